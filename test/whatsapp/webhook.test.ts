import { describe, expect, it } from 'vitest';
import type { WhatsAppChannel } from '../../src/domain/ports/channels.js';
import type { InboxEntry } from '../../src/domain/ports/inbox.js';
import { createWebhook } from '../../src/whatsapp/webhook.js';
import { channelOf, channelsOf, recordingLog } from '../support/channel-fakes.js';
import { signed, textMessage, webhookOf } from '../support/provider-stand-in.js';

const now = new Date('2026-05-01T10:00:00Z');
const first = channelOf();
const second = channelOf({ organizationId: 'org-2', phoneNumberId: '1002', appSecret: 'secret-2' });
const message = textMessage({ from: '+14155550177', at: now, body: 'STOP please' });
const aboutFirst = { phoneNumberId: '1001', messages: [message] };
const aboutSecond = { phoneNumberId: '1002', messages: [message] };

function webhookFor(...channels: readonly WhatsAppChannel[]) {
  const stored: InboxEntry[] = [];
  const log = recordingLog();
  let woken = 0;
  let ids = 0;
  const webhook = createWebhook({
    channels: channelsOf(...channels),
    inbox: { store: async (entries) => void stored.push(...entries) },
    clock: { now: () => now },
    newId: () => `id-${++ids}`,
    verifyToken: 'open sesame',
    wake: () => {
      // Whoever is woken finds the entries stored.
      woken = stored.length;
    },
    log,
  });
  const receive = (body: unknown, secret: string) => {
    const { bytes, signature } = signed(body, secret);
    return webhook.receive(bytes, signature);
  };
  return { webhook, receive, stored, log, woken: () => woken };
}

describe('a webhook', () => {
  it('is stored as it came, then answered, then worked on', async () => {
    const { receive, stored, woken } = webhookFor(first, second);
    const body = webhookOf(aboutFirst);
    expect(await receive(body, 'secret-1')).toEqual({ status: 200 });
    const { bytes, signature } = signed(body, 'secret-1');
    expect(stored).toEqual([
      { organizationId: 'org-1', id: 'id-1', channel: 'WHATSAPP', receivedAt: now, url: null, body: bytes, signature },
    ]);
    expect(woken()).toBe(1);
  });

  it.each([undefined, '', 'sha256=', 'sha256=zz', `sha1=${'a'.repeat(40)}`])(
    'without a signature worth the name (%j) is turned away',
    async (header) => {
      const { webhook, stored } = webhookFor(first);
      expect(await webhook.receive(Buffer.from(JSON.stringify(webhookOf(aboutFirst))), header)).toEqual({
        status: 401,
      });
      expect(stored).toEqual([]);
    },
  );

  it('that somebody else signed is turned away, and nothing of it is kept or logged', async () => {
    const { receive, stored, log, woken } = webhookFor(first, second);
    expect(await receive(webhookOf(aboutFirst), 'secret-2')).toEqual({ status: 401 });
    expect(await receive(webhookOf(aboutFirst), 'guessed')).toEqual({ status: 401 });
    expect([stored.length, woken()]).toEqual([0, 0]);
    expect(log.lines.join()).not.toMatch(/STOP|4155550177/);
  });

  it('that is not JSON is a bad request', async () => {
    const { receive, stored } = webhookFor(first);
    expect(await receive('{"entry":', 'secret-1')).toEqual({ status: 400 });
    expect(stored).toEqual([]);
  });

  it('about several organizations is kept for each whose secret signed it', async () => {
    const third = channelOf({ organizationId: 'org-3', phoneNumberId: '1003' });
    const { receive, stored } = webhookFor(first, second, third);
    const body = webhookOf(aboutFirst, aboutSecond, { phoneNumberId: '1003', messages: [message] }, aboutFirst);
    expect(await receive(body, 'secret-1')).toEqual({ status: 200 });
    expect(stored.map(({ organizationId }) => organizationId)).toEqual(['org-1', 'org-3']);
  });

  it('of a channel that is switched off still counts: a stop may be in it', async () => {
    const { receive, stored } = webhookFor(channelOf({ enabled: false }));
    expect(await receive(webhookOf(aboutFirst), 'secret-1')).toEqual({ status: 200 });
    expect(stored).toHaveLength(1);
  });

  it.each([{}, [], 'text', webhookOf({ phoneNumberId: 'unknown' })])(
    'about no known number (%j) is taken when one of the secrets signed it',
    async (body) => {
      const { receive, stored } = webhookFor(
        first,
        second,
        channelOf({ organizationId: 'org-4', appSecret: 'secret-2' }),
      );
      const text = JSON.stringify(body);
      expect(await receive(text, 'secret-2')).toEqual({ status: 200 });
      expect(stored.map(({ organizationId }) => organizationId)).toEqual(['org-2']);
      expect(await receive(text, 'guessed')).toEqual({ status: 401 });
    },
  );

  it('that can’t be stored is not answered with 200', async () => {
    const webhook = createWebhook({
      channels: channelsOf(first),
      inbox: { store: () => Promise.reject(new Error('disk full')) },
      clock: { now: () => now },
      newId: () => 'id',
      verifyToken: 't',
      wake: () => expect.unreachable('nothing was stored'),
      log: recordingLog(),
    });
    const { bytes, signature } = signed(webhookOf(aboutFirst), 'secret-1');
    await expect(webhook.receive(bytes, signature)).rejects.toThrow('disk full');
  });
});

describe('a secret that was replaced', () => {
  const until = new Date(now.getTime() + 1000);
  const rotated = channelOf({ previousAppSecret: { secret: 'secret-0', until } });

  it('signs as the new one does, until its time', async () => {
    const { receive, stored } = webhookFor(rotated);
    expect(await receive(webhookOf(aboutFirst), 'secret-0')).toEqual({ status: 200 });
    expect(await receive(webhookOf(aboutFirst), 'secret-1')).toEqual({ status: 200 });
    expect(stored).toHaveLength(2);
  });

  it('signs nothing after it', async () => {
    const { receive, stored } = webhookFor(channelOf({ previousAppSecret: { secret: 'secret-0', until: now } }));
    expect(await receive(webhookOf(aboutFirst), 'secret-0')).toEqual({ status: 401 });
    expect(stored).toEqual([]);
  });

  it('signs nothing of another channel', async () => {
    const { receive } = webhookFor(rotated, second);
    expect(await receive(webhookOf(aboutSecond), 'secret-0')).toEqual({ status: 401 });
  });
});

describe('a replay', () => {
  const DAY = 24 * 60 * 60 * 1000;
  const daysAgo = (days: number, more = 0) => new Date(now.getTime() - days * DAY - more);
  const about = (...times: readonly Date[]) =>
    webhookOf({ ...aboutFirst, messages: times.map((at) => textMessage({ from: '+14155550177', at, body: 'stop' })) });

  it('older than 8 days is stored, set aside and told of', async () => {
    const { receive, stored, log, woken } = webhookFor(first);
    expect(await receive(about(daysAgo(9), daysAgo(8, 1000)), 'secret-1')).toEqual({ status: 200 });
    expect(stored).toMatchObject([{ organizationId: 'org-1', quarantinedAt: now }]);
    expect(woken()).toBe(0);
    expect(log.lines).toHaveLength(1);
    expect(log.lines.join()).not.toMatch(/stop|4155550177/);
  });

  it.each<[string, object]>([
    ['of 8 days', about(daysAgo(8))],
    ['with anything younger in it', about(daysAgo(30), daysAgo(7))],
    ['that tells no time', webhookOf({ phoneNumberId: '1001' })],
  ])('%s is taken in', async (_what, body) => {
    const { receive, stored, woken } = webhookFor(first);
    expect(await receive(body, 'secret-1')).toEqual({ status: 200 });
    expect(stored[0]?.quarantinedAt ?? null).toBeNull();
    expect(woken()).toBe(1);
  });
});

describe('the challenge', () => {
  const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 'open sesame', 'hub.challenge': '1158201444' };

  it('is answered to whoever knows the token', () => {
    expect(webhookFor().webhook.challenge(query)).toEqual({ status: 200, body: '1158201444' });
  });

  it.each([
    {},
    { ...query, 'hub.verify_token': 'wrong' },
    { ...query, 'hub.mode': 'unsubscribe' },
    { ...query, 'hub.challenge': ['1', '2'] },
    { ...query, 'hub.verify_token': ['open sesame'] },
  ])('is not answered to %j', (given) => {
    expect(webhookFor().webhook.challenge(given)).toEqual({ status: 403, body: '' });
  });

  it('is never answered while no token is set', () => {
    const webhook = createWebhook({
      channels: channelsOf(),
      inbox: { store: async () => undefined },
      clock: { now: () => now },
      newId: () => 'id',
      verifyToken: '',
      wake: () => undefined,
      log: recordingLog(),
    });
    expect(webhook.challenge({ ...query, 'hub.verify_token': '' }).status).toBe(403);
  });
});
