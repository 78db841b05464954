import type { Channels } from '../domain/ports/channels.js';
import type { InboxEntry } from '../domain/ports/inbox.js';
import type { Logger } from '../domain/ports/logger.js';
import type { ProviderItem } from '../domain/ports/provider-news.js';
import { phoneNumberIdsIn, readWebhook } from './webhook-items.js';

/** Reads what a stored webhook tells about the organization's own numbers; what it says of others is not the entry's. */
export function createInboxReader(dependencies: {
  readonly channels: Pick<Channels, 'byPhoneNumberIds'>;
  readonly log: Logger;
}): (entry: InboxEntry) => Promise<readonly ProviderItem[]> {
  const { channels, log } = dependencies;

  return async (entry) => {
    const body: unknown = JSON.parse(Buffer.from(entry.body).toString('utf8'));
    const ids = phoneNumberIdsIn(body);
    const known = ids.length === 0 ? [] : await channels.byPhoneNumberIds(ids);
    const own = known.filter(({ organizationId }) => organizationId === entry.organizationId);
    const numbers = new Set(own.map(({ phoneNumberId }) => phoneNumberId));
    const { changes, unreadable } = readWebhook(body, entry.id);
    if (unreadable > 0) log.warn({ inboxId: entry.id, unreadable }, 'a webhook has items that can not be read');
    return changes
      .filter(({ phoneNumberId }) => phoneNumberId !== null && numbers.has(phoneNumberId))
      .flatMap(({ items }) => items);
  };
}
