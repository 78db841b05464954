import { describe, expect, it } from 'vitest';
import type { InboxEntry } from '../../src/domain/ports/inbox.js';
import { statusCallback } from '../../src/sms/attempt-name.js';
import { createInboxReader } from '../../src/sms/inbox-reader.js';
import { recordingLog } from '../support/channel-fakes.js';

const receivedAt = new Date('2026-05-01T10:00:00.123Z');
const statusUrl = statusCallback('https://assent.test', { organizationId: 'org-1', messageId: 'm-1', attempt: 2 });

function read(fields: Readonly<Record<string, string>>, url = 'https://assent.test/webhooks/sms') {
  const log = recordingLog();
  const body = Buffer.from(new URLSearchParams(fields).toString());
  const entry: InboxEntry = {
    organizationId: 'org-1',
    id: 'e-1',
    channel: 'SMS',
    receivedAt,
    url,
    body,
    signature: '',
  };
  return createInboxReader({ log })(entry).then((items) => ({ items, log: log.lines }));
}

describe('an SMS of a contact', () => {
  const sms = { MessageSid: 'SM1', From: '+14155550177', To: '+15550100', Body: ' Stop, s’il vous plaît 🛑 ' };

  it('is read with its words, as of when it came', async () => {
    expect((await read(sms)).items).toEqual([
      {
        kind: 'INBOUND_SMS',
        phone: '+14155550177',
        inbound: {
          providerMessageId: 'SM1',
          at: receivedAt,
          text: 'Stop, s’il vous plaît 🛑',
          takenFor: null,
          inboxId: 'e-1',
        },
      },
    ]);
  });

  it.each([
    [{ OptOutType: 'STOP' }, { takenFor: 'STOP' }],
    [{ OptOutType: 'START' }, { takenFor: 'START' }],
    [{ OptOutType: 'HELP' }, { takenFor: null }],
    [{ NumMedia: '2', Body: 'look' }, { text: '[media] look' }],
    [{ NumMedia: '1', Body: '' }, { text: '[media]' }],
    [{ NumMedia: '0', Body: '' }, { text: '[empty]' }],
    [{ Body: 'a\u0000b' }, { text: 'a\ufffdb' }],
  ])('with %j is read as %j', async (fields, inbound) => {
    expect((await read({ ...sms, ...fields })).items).toMatchObject([{ inbound }]);
  });

  it.each([{ MessageSid: '' }, { From: '12' }])(
    'with %j can’t be read, and says nothing of it in the log',
    async (fields) => {
      const { items, log } = await read({ ...sms, ...fields });
      expect({ items, lines: log.length }).toEqual({ items: [], lines: 1 });
      expect(log.join()).not.toMatch(/4155550177|plaît/);
    },
  );
});

describe('a report on an SMS', () => {
  const report = (fields: Readonly<Record<string, string>>) => read({ MessageSid: 'SM1', ...fields }, statusUrl);

  it.each([
    ['sending', 'SENT'],
    ['sent', 'SENT'],
    ['delivered', 'DELIVERED'],
    ['read', 'READ'],
  ])('of "%s" makes it %s', async (word, status) => {
    expect((await report({ MessageStatus: word })).items).toEqual([
      {
        kind: 'STATUS',
        attempt: { messageId: 'm-1', attempt: 2 },
        providerMessageId: 'SM1',
        report: { status, at: receivedAt, providerMessageId: 'SM1' },
      },
    ]);
  });

  it.each([
    ['undelivered', '30003', 30003],
    ['failed', '30008', 30008],
    ['failed', '', null],
    ['undelivered', 'x', null],
  ])('of "%s" with the code "%s" makes it FAILED', async (word, given, code) => {
    expect((await report({ MessageStatus: word, ErrorCode: given })).items).toMatchObject([
      { report: { status: 'FAILED', failure: { kind: 'REJECTED', code } } },
    ]);
  });

  it.each(['accepted', 'queued', 'scheduled', 'canceled', 'receiving'])('of "%s" tells nothing', async (word) => {
    expect(await report({ MessageStatus: word })).toEqual({ items: [], log: [] });
  });

  it('without a status can’t be read', async () => {
    expect(await report({})).toMatchObject({ items: [], log: [expect.any(String)] });
  });
});
