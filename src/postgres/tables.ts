import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
  type AnyPgColumn,
} from 'drizzle-orm/pg-core';
import type { PermissionBasis } from '../domain/consent/events.js';
import type { ConsentCause, ConsentStatus } from '../domain/consent/transitions.js';
import type {
  Channel,
  DeliveryFailure,
  HeldReason,
  MessageDirection,
  MessageKind,
  MessageStatus,
} from '../domain/message/message.js';
import type { TextOverrides } from '../domain/message/texts.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { UnconfirmedPolicy } from '../domain/ports.js';

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** The tenants. Every other table of an organization carries its id first in its keys. */
export const organizations = pgTable('organizations', {
  id: uuid('id').primaryKey(),
  slug: text('slug').notNull().unique(),
  name: text('name').notNull(),
  locale: text('locale').notNull(),
  /** The organization's own words for the messages of the system. */
  texts: jsonb('texts').$type<TextOverrides>().notNull().default({}),
  /** What becomes of a message of unknown fate that no report comes for. */
  unconfirmed: text('unconfirmed').$type<UnconfirmedPolicy>().notNull().default('PARK'),
  createdAt: time('created_at').notNull().defaultNow(),
});

const organizationId = () =>
  uuid('organization_id')
    .notNull()
    .references(() => organizations.id);

/** WhatsApp numbers. The secrets are encrypted. */
export const whatsappChannels = pgTable('whatsapp_channels', {
  organizationId: organizationId().primaryKey(),
  phoneNumberId: text('phone_number_id').notNull().unique(),
  accessToken: bytea('access_token').notNull(),
  appSecret: bytea('app_secret').notNull(),
  templateName: text('template_name').notNull(),
  templateLocale: text('template_locale').notNull(),
  enabled: boolean('enabled').notNull().default(true),
  simulated: boolean('simulated').notNull().default(false),
  /** What the provider holds against the channel; null while it serves it. */
  problem: text('problem'),
  /** How often it was tried again since, and when it is the next time. */
  retries: integer('retries').notNull().default(0),
  retryAt: time('retry_at'),
  /** What the provider holds against the template of the opt-in request, and when that is tried again. */
  templateProblem: text('template_problem'),
  templateRetryAt: time('template_retry_at'),
  /** The template that asks a contact to reopen the window; null where there is none. */
  continueTemplate: text('continue_template'),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

/** What organizations send SMS with that have a sender of their own. The token is encrypted. */
export const smsSenders = pgTable(
  'sms_senders',
  {
    organizationId: organizationId().primaryKey(),
    accountSid: text('account_sid').notNull(),
    authToken: bytea('auth_token').notNull(),
    fromNumber: text('from_number').notNull().unique(),
    enabled: boolean('enabled').notNull().default(true),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [index('sms_senders_account').on(table.accountSid)],
);

/** Contacts: what the fold of their events says now. */
export const contacts = pgTable(
  'contacts',
  {
    organizationId: organizationId(),
    id: uuid('id').notNull(),
    /** How often it was written; decisions are made against one revision. */
    revision: integer('revision').notNull(),
    name: text('name').notNull(),
    phone: text('phone').$type<PhoneNumber>().notNull(),
    /** One key for all the forms that one number may come back as. */
    phoneKey: text('phone_key').notNull(),
    locale: text('locale'),
    status: text('status').$type<ConsentStatus>().notNull(),
    consent: jsonb('consent').notNull(),
    answerDueAt: time('answer_due_at'),
    windowOpenedAt: time('window_opened_at'),
    messageCount: integer('message_count').notNull(),
    heldCount: integer('held_count').notNull(),
    /** What was sent on WhatsApp of late. */
    pace: jsonb('pace'),
    /** When the contact was asked to reopen the window; null since it last wrote. */
    continueAskedAt: time('continue_asked_at'),
    createdAt: time('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    uniqueIndex('contacts_phone_key').on(table.organizationId, table.phoneKey),
    index('contacts_name').on(table.organizationId, table.name, table.id),
    index('contacts_status').on(table.organizationId, table.status),
    index('contacts_answer_due')
      .on(table.answerDueAt)
      .where(sql`answer_due_at is not null`),
  ],
);

/** A row of a contact; the contact's own key vouches for the organization. */
const ofContact = (table: { organizationId: AnyPgColumn; contactId: AnyPgColumn }) =>
  foreignKey({
    columns: [table.organizationId, table.contactId],
    foreignColumns: [contacts.organizationId, contacts.id],
  });

/** What the provider calls a contact: wa_id, business-scoped user id. */
export const contactIdentities = pgTable(
  'contact_identities',
  {
    organizationId: uuid('organization_id').notNull(),
    identity: text('identity').notNull(),
    contactId: uuid('contact_id').notNull(),
    firstSeenAt: time('first_seen_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.identity] }), ofContact(table)],
);

/** The facts of consent. Append-only: a trigger refuses update, delete and truncate. */
export const consentEvents = pgTable(
  'consent_events',
  {
    organizationId: uuid('organization_id').notNull(),
    contactId: uuid('contact_id').notNull(),
    version: integer('version').notNull(),
    id: uuid('id').notNull(),
    type: text('type').notNull(),
    data: jsonb('data').notNull(),
    occurredAt: time('occurred_at').notNull(),
    recordedAt: time('recorded_at').notNull(),
    /** Set together for events that have a place in the feed. */
    contactVersion: integer('contact_version'),
    fromStatus: text('from_status').$type<ConsentStatus>(),
    toStatus: text('to_status').$type<ConsentStatus>(),
    cause: text('cause').$type<ConsentCause>(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.contactId, table.version] }),
    uniqueIndex('consent_events_id').on(table.organizationId, table.id),
    ofContact(table),
  ],
);

/** The opt-in requests; their delivery is that of the message which carries them. */
export const optInRequests = pgTable(
  'opt_in_requests',
  {
    organizationId: uuid('organization_id').notNull(),
    id: uuid('id').notNull(),
    contactId: uuid('contact_id').notNull(),
    messageId: uuid('message_id').notNull(),
    attempt: integer('attempt').notNull(),
    requestedAt: time('requested_at').notNull(),
    requestedBy: text('requested_by').notNull(),
    locale: text('locale').notNull(),
    basis: jsonb('basis').$type<PermissionBasis>(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    index('opt_in_requests_contact').on(table.organizationId, table.contactId, table.id),
    ofContact(table),
  ],
);

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
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    index('webhook_inbox_due')
      .on(table.dueAt)
      .where(sql`processed_at is null`),
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

/** Transitions that are committed and have no position yet. */
export const feedPending = pgTable(
  'feed_pending',
  {
    organizationId: organizationId(),
    id: bigint('id', { mode: 'bigint' }).notNull().generatedAlwaysAsIdentity(),
    contactId: uuid('contact_id').notNull(),
    version: integer('version').notNull(),
    toStatus: text('to_status').$type<ConsentStatus>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.id] }), index('feed_pending_order').on(table.id)],
);

/** The organization's feed: positions 1, 2, 3 … without a gap, given after commit. Append-only. */
export const feed = pgTable(
  'feed',
  {
    organizationId: organizationId(),
    position: bigint('position', { mode: 'bigint' }).notNull(),
    contactId: uuid('contact_id').notNull(),
    version: integer('version').notNull(),
    toStatus: text('to_status').$type<ConsentStatus>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.position] }),
    uniqueIndex('feed_contact').on(table.organizationId, table.contactId, table.version),
  ],
);

/** The newest position of each organization. */
export const feedHeads = pgTable('feed_heads', {
  organizationId: organizationId().primaryKey(),
  position: bigint('position', { mode: 'bigint' }).notNull(),
});

/** The funnel: how many contacts have each status, and HELD_MESSAGES. What waits in `funnel_changes` is not yet in it. */
export const funnelCounts = pgTable(
  'funnel_counts',
  {
    organizationId: organizationId(),
    counter: text('counter').notNull(),
    count: bigint('count', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.counter] })],
);

/** What commits did to the funnel. Only added to, so that writers never wait for one another's counts. */
export const funnelChanges = pgTable(
  'funnel_changes',
  {
    organizationId: organizationId(),
    id: bigint('id', { mode: 'bigint' }).notNull().generatedAlwaysAsIdentity(),
    counter: text('counter').notNull(),
    change: integer('change').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.id] }), index('funnel_changes_order').on(table.id)],
);

/** Keys of the installation that have no better place to live. */
export const serverKeys = pgTable('server_keys', {
  name: text('name').primaryKey(),
  value: bytea('value').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
});
