import { bigint, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { Channel } from '../../domain/message/message.js';
import { time } from './columns.js';
import { ofContact } from './contacts.js';
import { organizationId } from './organizations.js';

/** Conversations that have something to send: one row per channel, leased to one sender at a time. */
export const outbox = pgTable(
  'outbox',
  {
    organizationId: uuid('organization_id').notNull(),
    contactId: uuid('contact_id').notNull(),
    channel: text('channel').$type<Channel>().notNull(),
    dueAt: time('due_at').notNull(),
    leasedUntil: time('leased_until'),
    /** Grows with each lease. */
    fence: bigint('fence', { mode: 'bigint' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.contactId, table.channel] }),
    index('outbox_due').on(table.organizationId, table.channel, table.dueAt),
    ofContact(table),
  ],
);

/** How fast each organization's channel sends: all servers take turns by one row. */
export const sendLanes = pgTable(
  'send_lanes',
  {
    organizationId: organizationId(),
    channel: text('channel').$type<Channel>().notNull(),
    /** When the intervals of all that was taken have passed. */
    paidUntil: time('paid_until').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.channel] })],
);
