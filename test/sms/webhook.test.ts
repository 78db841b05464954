import { describe, expect, it } from 'vitest';
import type { InboxEntry } from '../../src/domain/ports/inbox.js';
import type { SmsSender } from '../../src/domain/ports/sms-senders.js';
import { statusCallback } from '../../src/sms/attempt-name.js';
import { createSmsWebhook } from '../../src/sms/webhook.js';
import { recordingLog } from '../support/channel-fakes.js';
import { senderOf, sendersOf, signedForm } from '../support/sms-fakes.js';

const now = new Date('2026-05-01T10:00:00Z');
const publicUrl = 'https://assent.test/here';
const own = senderOf();
const other = senderOf({ organizationId: 'org-2', accountSid: 'AC2', authToken: 'token-2', from: '+15550200' });
const shared = senderOf({ organizationId: null, accountSid: 'AC0', authToken: 'token-0', from: '+15550000' });
const everyone = ['org-1', 'org-2', 'org-3'];

function webhookFor(senders: readonly SmsSender[], knowing: readonly string[] = everyone) {
  const stored: InboxEntry[] = [];
  const log = recordingLog();
  let woken = 0;
  let ids = 0;
  const webhook = createSmsWebhook({
    senders: sendersOf(senders, knowing),
    inbox: { store: async (entries) => void stored.push(...entries) },
    clock: { now: () => now },
    newId: () => `id-${++ids}`,
    publicUrl: () => publicUrl,
    wake: () => {
      // Whoever is woken finds the entries stored.
      woken = stored.length;
    },
    log,
  });
  const writes = (sender: SmsSender, token = sender.authToken, change: Readonly<Record<string, string>> = {}) => {
    const fields = { MessageSid: 'SM1', AccountSid: sender.accountSid, From: '+14155550177', To: sender.from };
    const form = signedForm(`${publicUrl}/webhooks/sms`, { ...fields, Body: 'STOP & go', ...change }, token);
    return webhook.inbound({ path: '/webhooks/sms', ...form });
  };
  const reports = (organizationId: string, sender: SmsSender, token = sender.authToken) => {
    const url = statusCallback(publicUrl, { organizationId, messageId: 'm-1', attempt: 2 });
    const fields = { MessageSid: 'SM1', MessageStatus: 'sent', AccountSid: sender.accountSid, From: sender.from };
    return webhook.status({ path: url.slice(publicUrl.length), ...signedForm(url, fields, token) });
  };
  const owners = () => stored.map(({ organizationId }) => organizationId);
  return { webhook, writes, reports, stored, owners, log, woken: () => woken };
}

describe('an SMS that a contact wrote', () => {
  it('is stored as it came, then answered, then worked on', async () => {
    const { writes, stored, woken } = webhookFor([own]);
    expect(await writes(own)).toEqual({ status: 200 });
    expect(stored).toMatchObject([
      { organizationId: 'org-1', id: 'id-1', channel: 'SMS', receivedAt: now, url: `${publicUrl}/webhooks/sms` },
    ]);
    expect(Buffer.from(stored[0]?.body ?? []).toString()).toContain('Body=STOP+%26+go');
    expect(woken()).toBe(1);
  });

  it('is for the organization whose number was written to', async () => {
    const { writes, owners } = webhookFor([own, other, shared]);
    await writes(other);
    expect(owners()).toEqual(['org-2']);
  });

  it('is for every organization that knows the contact, where the number is that of all', async () => {
    const { writes, owners } = webhookFor([own, other, shared], ['org-2', 'org-3']);
    await writes(shared);
    expect(owners()).toEqual(['org-2', 'org-3']);
  });

  it.each([
    ['nobody knows who wrote', shared, [], {}],
    ['the organization does not know who wrote', own, ['org-2'], {}],
    ['the number belongs to no sender', own, everyone, { To: '+15559999' }],
    ['the writer has no number', own, everyone, { From: 'Acme' }],
    ['it was written on WhatsApp', own, everyone, { From: 'whatsapp:+14155550177' }],
  ] as const)('is taken and kept nowhere when %s', async (_why, sender, knowing, change) => {
    const { writes, stored, woken } = webhookFor([own, shared], knowing);
    expect(await writes(sender, sender.authToken, change)).toEqual({ status: 200 });
    expect([stored.length, woken()]).toEqual([0, 0]);
  });

  it('that somebody else signed is turned away, and nothing of it is kept or logged', async () => {
    const { writes, webhook, stored, log, woken } = webhookFor([own, other, shared]);
    expect(await writes(own, 'token-2')).toEqual({ status: 401 });
    expect(await writes(own, '')).toEqual({ status: 401 });
    expect(await writes(senderOf({ accountSid: 'AC9', from: '+15559999' }))).toEqual({ status: 401 });
    expect(await webhook.inbound({ path: '/webhooks/sms', body: Buffer.from('To=1'), signature: undefined })).toEqual({
      status: 401,
    });
    expect([stored.length, woken()]).toEqual([0, 0]);
    expect(log.lines.join()).not.toMatch(/STOP|4155550177/);
  });

  it('counts for its own number only, though another of the account signed with its own token', async () => {
    const second = senderOf({ organizationId: 'org-2', authToken: 'token-2', from: '+15550200' });
    const { writes, stored } = webhookFor([own, second]);
    expect(await writes(own, 'token-2')).toEqual({ status: 200 });
    expect(stored).toEqual([]);
  });

  it('that can’t be stored is not answered with 200', async () => {
    const { url, ...form } = { url: `${publicUrl}/webhooks/sms`, path: '/webhooks/sms' };
    const webhook = createSmsWebhook({
      senders: sendersOf([own], everyone),
      inbox: { store: () => Promise.reject(new Error('disk full')) },
      clock: { now: () => now },
      newId: () => 'id',
      publicUrl: () => publicUrl,
      wake: () => expect.unreachable('nothing was stored'),
      log: recordingLog(),
    });
    const fields = { AccountSid: 'AC1', From: '+14155550177', To: own.from };
    await expect(webhook.inbound({ ...form, ...signedForm(url, fields, 'token-1') })).rejects.toThrow('disk full');
  });
});

describe('a report on an SMS', () => {
  it('is stored for the organization that its address names', async () => {
    const { reports, stored } = webhookFor([own]);
    expect(await reports('org-1', own)).toEqual({ status: 200 });
    expect(stored).toMatchObject([
      { organizationId: 'org-1', channel: 'SMS', url: expect.stringContaining('attempt=') },
    ]);
  });

  it('may come of the sender that serves all', async () => {
    const { reports, owners } = webhookFor([own, shared]);
    expect(await reports('org-3', shared)).toEqual({ status: 200 });
    expect(owners()).toEqual(['org-3']);
  });

  it('of one organization’s account never speaks for another organization', async () => {
    const { reports, stored } = webhookFor([own, other]);
    expect(await reports('org-1', other)).toEqual({ status: 200 });
    expect(stored).toEqual([]);
  });

  it('that somebody else signed is turned away', async () => {
    const { reports, stored } = webhookFor([own, other]);
    expect(await reports('org-1', own, 'token-2')).toEqual({ status: 401 });
    expect(stored).toEqual([]);
  });

  it('whose address names nothing is taken and kept nowhere', async () => {
    const { webhook, stored } = webhookFor([own]);
    const path = '/webhooks/sms/status?attempt=nonsense';
    const form = signedForm(`${publicUrl}${path}`, { AccountSid: 'AC1', MessageStatus: 'sent' }, 'token-1');
    expect(await webhook.status({ path, ...form })).toEqual({ status: 200 });
    expect(stored).toEqual([]);
  });
});
