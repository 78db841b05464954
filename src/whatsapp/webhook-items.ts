import type { StatusReport } from '../domain/conversation/delivery-facts.js';
import type { ProviderItem } from '../domain/ports/provider-news.js';
import { failureOfStatus } from './errors.js';
import { readMessage, timeIn } from './inbound-message.js';
import { listIn, objectIn, textIn, type JsonObject } from './json.js';
import { readCallbackData } from './payload.js';

/** What a change of the webhook says, for the number that it is about. */
export type WebhookChange = { readonly phoneNumberId: string | null; readonly items: readonly ProviderItem[] };

export type WebhookReading = {
  readonly changes: readonly WebhookChange[];
  /** Items that look like messages or statuses and can't be read. */
  readonly unreadable: number;
};

/** An item, nothing that concerns us, or something broken. */
export type Reading = ProviderItem | 'IGNORED' | 'UNREADABLE';

/** The numbers that a webhook is about. */
export function phoneNumberIdsIn(body: unknown): readonly string[] {
  const ids = changesIn(body).map(({ value }) => phoneNumberIdOf(value));
  return [...new Set(ids.filter((id) => id !== null))];
}

/**
 * Reads a webhook item by item: whatever is broken in it costs only itself. Takes any JSON and never throws.
 * Only the field `messages` is read. `user_preferences` (stop or resume of marketing, on Meta's side) changes nothing:
 * Meta itself holds its word on marketing, and a `resume` there must never undo a stop that was said to us.
 */
export function readWebhook(body: unknown, inboxId: string | null): WebhookReading {
  let unreadable = 0;
  const isAlone = countIn(body) <= 1;
  const changes = changesIn(body).map(({ field, value }) => {
    if (field !== undefined && field !== 'messages') return { phoneNumberId: phoneNumberIdOf(value), items: [] };
    const contacts = listIn(value.contacts).map(objectIn);
    const parts = [...listIn(value.messages), ...listIn(value.statuses)];
    const readings = [
      ...listIn(value.messages).map((message) => readMessage(objectIn(message), contacts, inboxId)),
      ...listIn(value.statuses).map((status) => readStatus(objectIn(status))),
    ].map((reading, index) =>
      isAlone || typeof reading === 'string' ? reading : { ...reading, part: JSON.stringify(parts[index]) },
    );
    unreadable += readings.filter((reading) => reading === 'UNREADABLE').length;
    const items = readings.filter((reading) => reading !== 'UNREADABLE' && reading !== 'IGNORED');
    return { phoneNumberId: phoneNumberIdOf(value), items };
  });
  return { changes, unreadable };
}

/** The latest time that anything in it happened, by the provider; null where nothing tells one. */
export function newestTimeIn(body: unknown): Date | null {
  const items = changesIn(body).flatMap(({ value }) => [...listIn(value.messages), ...listIn(value.statuses)]);
  const times = items.flatMap((item) => timeIn(objectIn(item).timestamp)?.getTime() ?? []);
  return times.length === 0 ? null : new Date(Math.max(...times));
}

/** How many messages and statuses it tells of. */
function countIn(body: unknown): number {
  return changesIn(body).reduce(
    (count, { value }) => count + listIn(value.messages).length + listIn(value.statuses).length,
    0,
  );
}

function changesIn(body: unknown): readonly { readonly field: unknown; readonly value: JsonObject }[] {
  return listIn(objectIn(body).entry)
    .flatMap((entry) => listIn(objectIn(entry).changes))
    .map(objectIn)
    .map(({ field, value }) => ({ field, value: objectIn(value) }));
}

function phoneNumberIdOf(value: JsonObject): string | null {
  return textIn(objectIn(value.metadata).phone_number_id);
}

function readStatus(status: JsonObject): Reading {
  const providerMessageId = textIn(status.id);
  const at = timeIn(status.timestamp);
  if (!providerMessageId || !at) return 'UNREADABLE';
  const report = reportOf(status, at, providerMessageId);
  if (!report) return typeof status.status === 'string' ? 'IGNORED' : 'UNREADABLE';
  const echoed = textIn(status.biz_opaque_callback_data);
  return { kind: 'STATUS', attempt: echoed === null ? null : readCallbackData(echoed), providerMessageId, report };
}

function reportOf(status: JsonObject, at: Date, providerMessageId: string): StatusReport | null {
  switch (status.status) {
    case 'sent':
      return { status: 'SENT', at, providerMessageId };
    case 'delivered':
      return { status: 'DELIVERED', at, providerMessageId };
    case 'read':
    case 'played':
      return { status: 'READ', at, providerMessageId };
    case 'failed':
      return { status: 'FAILED', at, providerMessageId, failure: failureOfStatus(listIn(status.errors)[0]) };
    default:
      return null;
  }
}
