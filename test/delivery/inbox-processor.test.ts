import { afterEach, describe, expect, it, vi } from 'vitest';
import type { InboxEntry } from '../../src/domain/ports/inbox.js';
import type { ProviderItem } from '../../src/domain/ports/provider-news.js';
import { createInboxProcessor, type InboxProcessor } from '../../src/delivery/inbox-processor.js';
import { createInboxReader as createSmsInboxReader } from '../../src/sms/inbox-reader.js';
import { createInboxReader } from '../../src/whatsapp/inbox-reader.js';
import { channelOf, channelsOf, recordingLog } from '../support/channel-fakes.js';
import { patience } from '../support/patience.js';
import { gate, signed, statusOf, textMessage, webhookOf } from '../support/provider-stand-in.js';

const receivedAt = new Date('2026-05-01T10:00:00Z');
const now = new Date('2026-05-01T10:00:08Z');
const channels = channelsOf(channelOf(), channelOf({ organizationId: 'org-2', phoneNumberId: '1002' }));
const said = (body: string, from = '+14155550177') => textMessage({ from, at: receivedAt, body, id: `wamid.${body}` });

let running: InboxProcessor | null = null;
afterEach(() => running?.stop());

function entryOf(id: string, body: unknown, organizationId = 'org-1'): InboxEntry {
  const { bytes, signature } = signed(body, 'secret-1');
  return { organizationId, id, channel: 'WHATSAPP', receivedAt, url: null, body: bytes, signature };
}

function smsEntryOf(id: string, text: string, From = '+14155550177'): InboxEntry {
  const body = Buffer.from(new URLSearchParams({ MessageSid: `SM.${text}`, From, Body: text }).toString());
  const url = 'https://assent.test/webhooks/sms';
  return { organizationId: 'org-1', id, channel: 'SMS', receivedAt, url, body, signature: '' };
}

function started(options: { pollMs?: number; record?: (organizationId: string, item: ProviderItem) => Promise<void> }) {
  const waiting: InboxEntry[] = [];
  const done: string[] = [];
  const failed: { id: string; retryAt: Date; error: string }[] = [];
  const recorded: string[] = [];
  const log = recordingLog();
  const record = async (organizationId: string, item: ProviderItem) => {
    await options.record?.(organizationId, item);
    recorded.push(`${organizationId} ${'inbound' in item ? item.inbound.text : item.kind}`);
  };
  const processor = createInboxProcessor({
    inbox: {
      claim: async ({ limit }) => waiting.splice(0, limit),
      done: async ({ id }) => void done.push(id),
      failed: async ({ id }, retryAt, error) => void failed.push({ id, retryAt, error }),
    },
    read: { WHATSAPP: createInboxReader({ channels, log }), SMS: createSmsInboxReader({ log }) },
    health: { refused: async () => undefined },
    news: { record },
    clock: { now: () => now },
    log,
    pollMs: options.pollMs ?? 3_600_000,
  });
  running = processor;
  processor.start();
  const add = (...entries: readonly InboxEntry[]) => {
    waiting.push(...entries);
    processor.wake();
  };
  return { processor, waiting, add, done, failed, recorded, log };
}

describe('the inbox', () => {
  it('is worked on as soon as something is stored', async () => {
    const { add, done, recorded } = started({});
    const statuses = [statusOf({ id: 'wamid.1', status: 'read', at: receivedAt })];
    add(entryOf('e-1', webhookOf({ phoneNumberId: '1001', messages: [said('yes')], statuses })));
    await vi.waitFor(() => expect(done).toEqual(['e-1']), patience);
    expect(recorded).toEqual(['org-1 yes', 'org-1 STATUS']);
  });

  it('is found by polling when nobody wakes it', async () => {
    const { waiting, done } = started({ pollMs: 5 });
    waiting.push(entryOf('e-1', webhookOf({ phoneNumberId: '1001', messages: [said('yes')] })));
    await vi.waitFor(() => expect(done).toEqual(['e-1']), patience);
  });

  it('gives each organization what concerns its own numbers', async () => {
    const { add, done, recorded } = started({});
    const body = webhookOf(
      { phoneNumberId: '1001', messages: [said('one')] },
      { phoneNumberId: '1002', messages: [said('two')] },
    );
    add(entryOf('e-1', body, 'org-1'), entryOf('e-2', body, 'org-2'), entryOf('e-3', {}, 'org-1'));
    await vi.waitFor(() => expect(done).toHaveLength(3), patience);
    expect(recorded.sort()).toEqual(['org-1 one', 'org-2 two']);
  });

  it('tells what one contact said in its order, whatever others are waiting for', async () => {
    const { opened, open } = gate();
    const { add, done, recorded } = started({
      record: async (_organization, item) => {
        if (item.kind === 'INBOUND' && item.inbound.text === 'slow') await opened;
      },
    });
    const other = '+14155550188';
    add(
      entryOf('e-1', webhookOf({ phoneNumberId: '1001', messages: [said('slow'), said('a', other), said('then')] })),
      entryOf('e-2', webhookOf({ phoneNumberId: '1001', messages: [said('last'), said('b', other)] })),
    );
    await vi.waitFor(() => expect(recorded).toEqual(['org-1 a', 'org-1 b']), patience);
    open();
    await vi.waitFor(() => expect(done).toEqual(['e-1', 'e-2']), patience);
    expect(recorded.slice(2)).toEqual(['org-1 slow', 'org-1 then', 'org-1 last']);
  });

  it('reads the entries of each provider in its own way, and keeps one contact’s order across them', async () => {
    const { opened, open } = gate();
    const { add, done, recorded } = started({
      record: async (_organization, item) => {
        if (item.kind === 'INBOUND_SMS' && item.inbound.text === 'slow') await opened;
      },
    });
    add(
      smsEntryOf('e-1', 'slow'),
      entryOf('e-2', webhookOf({ phoneNumberId: '1001', messages: [said('then')] })),
      smsEntryOf('e-3', 'other', '+14155550188'),
    );
    await vi.waitFor(() => expect(recorded).toEqual(['org-1 other']), patience);
    open();
    await vi.waitFor(() => expect(done).toEqual(['e-1', 'e-2', 'e-3']), patience);
    expect(recorded).toEqual(['org-1 other', 'org-1 slow', 'org-1 then']);
  });

  it('keeps an entry of which an item failed, and lets the others take effect', async () => {
    const { add, done, failed, recorded, log } = started({
      record: async (_organization, item) => {
        if (item.kind === 'INBOUND' && item.inbound.text === 'bad') throw new TypeError('could not store: bad');
      },
    });
    add(
      entryOf('e-1', webhookOf({ phoneNumberId: '1001', messages: [said('bad'), said('good')] })),
      entryOf('e-2', webhookOf({ phoneNumberId: '1001', messages: [said('fine')] })),
    );
    await vi.waitFor(() => expect(done).toEqual(['e-2']), patience);
    expect(recorded).toEqual(['org-1 good', 'org-1 fine']);
    expect(failed).toEqual([{ id: 'e-1', retryAt: new Date(now.getTime() + 8000), error: 'TypeError' }]);
    expect(log.lines.join()).not.toMatch(/bad|good|4155550177/);
  });

  it('goes on after a failure of the store', async () => {
    const { processor, add, done } = started({ pollMs: 5 });
    const claim = vi.spyOn(channels, 'byPhoneNumberIds').mockRejectedValueOnce(new Error('database'));
    add(entryOf('e-1', webhookOf({ phoneNumberId: '1001' })), entryOf('e-2', webhookOf({ phoneNumberId: '1001' })));
    await vi.waitFor(() => expect(done).toEqual(['e-2']), patience);
    claim.mockRestore();
    await processor.stop();
  });

  it('stops only when what was taken up is finished', async () => {
    const { opened, open } = gate();
    const record = vi.fn(() => opened);
    const { processor, add, done, recorded } = started({ record });
    add(entryOf('e-1', webhookOf({ phoneNumberId: '1001', messages: [said('yes')] })));
    await vi.waitFor(() => expect(record).toHaveBeenCalled(), patience);
    const stopped = processor.stop();
    open();
    await stopped;
    expect([done.length, recorded.length]).toEqual([1, 1]);
    add(entryOf('e-2', webhookOf({ phoneNumberId: '1001', messages: [said('no')] })));
    expect(done).toHaveLength(1);
  });
});
