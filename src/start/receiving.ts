import { v7 as newId } from 'uuid';
import type { Config } from '../config.js';
import type { ChannelHealth } from '../delivery/channel-health.js';
import { createInboxProcessor, type InboxStep } from '../delivery/inbox-processor.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { ProviderNews } from '../domain/ports/provider-news.js';
import { createInbox } from '../postgres/inbox.js';
import type { TracedParts } from '../server/traced-parts.js';
import { createInboxReader as createSmsInboxReader } from '../sms/inbox-reader.js';
import { createSmsWebhook } from '../sms/webhook.js';
import { createInboxReader } from '../whatsapp/inbox-reader.js';
import { createWebhook, type WebhookStep } from '../whatsapp/webhook.js';
import type { Storage } from './storage.js';

export type Receiving = ReturnType<typeof createReceiving>;

/** What providers post: stored by the webhooks, and taken into the facts while it is started. */
export function createReceiving(options: {
  readonly config: Config;
  readonly storage: Pick<Storage, 'database' | 'channels' | 'smsSenders'>;
  readonly news: ProviderNews;
  readonly health: ChannelHealth;
  readonly traced: TracedParts;
  readonly publicUrl: () => string;
  readonly quarantined: () => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly reached?: (step: WebhookStep | InboxStep) => void;
}) {
  const { config, storage, news, health, traced, publicUrl, quarantined, clock, log, reached } = options;
  const { channels, smsSenders } = storage;
  const inbox = traced.inbox(createInbox(storage.database.sql));
  const processor = createInboxProcessor({
    inbox,
    read: {
      WHATSAPP: traced.read(createInboxReader({ channels, log })),
      SMS: traced.read(createSmsInboxReader({ log })),
    },
    news: traced.news(news),
    health,
    clock,
    log,
    leaseMs: config.delivery.leaseMs,
    reached,
  });
  const wake = (): void => processor.wake();
  const webhook = createWebhook({
    channels,
    inbox,
    clock,
    newId,
    verifyToken: config.whatsapp.verifyToken ?? '',
    wake,
    log,
    reached,
    quarantined,
  });
  const smsWebhook = createSmsWebhook({
    senders: smsSenders,
    inbox,
    clock,
    newId,
    publicUrl,
    wake,
    log,
    reached,
  });
  return { webhook, smsWebhook, start: () => processor.start(), stop: () => processor.stop() };
}
