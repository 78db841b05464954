import { sql } from 'drizzle-orm';
import {
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type {
  Channel,
  DeliveryFailure,
  HeldReason,
  MessageDirection,
  MessageKind,
  MessageStatus,
} from '../../domain/message/message.js';
import { time } from './columns.js';
import { ofContact } from './contacts.js';

/** Messages as they are now. */
export const messages = pgTable(
  'messages',
  {
    organizationId: uuid('organization_id').notNull(),
    id: uuid('id').notNull(),
    contactId: uuid('contact_id').notNull(),
    number: integer('number').notNull(),
    channel: text('channel').$type<Channel>().notNull(),
    kind: text('kind').$type<MessageKind>().notNull(),
    direction: text('direction').$type<MessageDirection>().notNull(),
    body: text('body').notNull(),
    locale: text('locale'),
    status: text('status').$type<MessageStatus>().notNull(),
    heldReason: text('held_reason').$type<HeldReason>(),
    failure: jsonb('failure').$type<DeliveryFailure>(),
    author: text('author'),
    requestId: uuid('request_id'),
    attempts: integer('attempts').notNull(),
    providerMessageId: text('provider_message_id'),
    /** Handed over again although an earlier attempt may have arrived. */
    possibleDuplicate: boolean('possible_duplicate').notNull().default(false),
    createdAt: time('created_at').notNull(),
    statusChangedAt: time('status_changed_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    uniqueIndex('messages_number').on(table.organizationId, table.contactId, table.number),
    uniqueIndex('messages_provider_id')
      .on(table.organizationId, table.providerMessageId)
      .where(sql`provider_message_id is not null`),
    index('messages_open')
      .on(table.organizationId, table.contactId)
      .where(sql`status in ('HELD', 'QUEUED', 'SENDING')`),
    index('messages_held_age')
      .on(table.createdAt)
      .where(sql`status = 'HELD'`),
    index('messages_channel_down')
      .on(table.organizationId, table.contactId)
      .where(sql`held_reason = 'CHANNEL_DOWN'`),
    index('messages_unconfirmed')
      .on(table.organizationId, table.statusChangedAt)
      .where(sql`status = 'UNCONFIRMED'`),
    ofContact(table),
  ],
);

/** Every change of a message, in the order of its conversation. Append-only. */
export const messageEvents = pgTable(
  'message_events',
  {
    organizationId: uuid('organization_id').notNull(),
    contactId: uuid('contact_id').notNull(),
    revision: integer('revision').notNull(),
    ordinal: smallint('ordinal').notNull(),
    messageId: uuid('message_id').notNull(),
    status: text('status').$type<MessageStatus>().notNull(),
    channel: text('channel').$type<Channel>().notNull(),
    heldReason: text('held_reason').$type<HeldReason>(),
    failure: jsonb('failure').$type<DeliveryFailure>(),
    attempts: integer('attempts').notNull(),
    /** The operator who made it so; null for all that happens by the rules. */
    by: text('by'),
    occurredAt: time('occurred_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.contactId, table.revision, table.ordinal] }),
    index('message_events_attempts')
      .on(table.organizationId, table.messageId)
      .where(sql`attempts > 0`),
    ofContact(table),
  ],
);
