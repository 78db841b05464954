import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { Channel } from '../../domain/message/message.js';
import { bytea, time } from './columns.js';
import { organizationId } from './organizations.js';

/** What the provider posted, as bytes, until all of it has taken effect (and after, as evidence). */
export const webhookInbox = pgTable(
  'webhook_inbox',
  {
    organizationId: organizationId(),
    id: uuid('id').notNull(),
    /** The provider of this channel posted it. */
    channel: text('channel').$type<Channel>().notNull().default('WHATSAPP'),
    receivedAt: time('received_at').notNull(),
    /** Where it was posted to, if the signature covers that too. */
    url: text('url'),
    body: bytea('body').notNull(),
    signature: text('signature').notNull(),
    dueAt: time('due_at').notNull(),
    attempts: integer('attempts').notNull().default(0),
    error: text('error'),
    processedAt: time('processed_at'),
    /** When it came, for a replay that is too old to take effect; such an entry is processed by being kept. */
    quarantinedAt: time('quarantined_at'),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    index('webhook_inbox_due')
      .on(table.dueAt)
      .where(sql`processed_at is null`),
    index('webhook_inbox_quarantined')
      .on(table.quarantinedAt)
      .where(sql`quarantined_at is not null`),
  ],
);

/** Callers' keys with the answer that was given; committed with the effect. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    organizationId: organizationId(),
    caller: text('caller').notNull(),
    operation: text('operation').notNull(),
    key: text('key').notNull(),
    inputHash: text('input_hash').notNull(),
    result: jsonb('result').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.caller, table.operation, table.key] }),
    index('idempotency_keys_age').on(table.createdAt),
  ],
);
