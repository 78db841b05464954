import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  customType,
  date,
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
import type { DocumentVersionStatus, Enforcement, PartnerScope } from '../domain/partner.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { UnconfirmedPolicy } from '../domain/ports.js';

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/**
 * The tenants. Every other table of an organization carries its id first in its keys, in a column "organization_id", and
 * its migration ends with `select assent_protect_tables();`: that gives it the policy by which organizations are kept
 * apart, and without it no server starts. Which rights the server has on a table it is given by itself.
 */
export const organizations = pgTable('organizations', {
  id: uuid('id').primaryKey(),
  slug: text('slug').notNull().unique(),
  name: text('name').notNull(),
  locale: text('locale').notNull(),
  /** The organization's own words for the messages of the system. */
  texts: jsonb('texts').$type<TextOverrides>().notNull().default({}),
  /** What becomes of a message of unknown fate that no report comes for. */
  unconfirmed: text('unconfirmed').$type<UnconfirmedPolicy>().notNull().default('PARK'),
  /** For how many seconds texts of messages are kept once nothing more becomes of these; null for as long as the contact. */
  messageRetention: bigint('message_retention', { mode: 'number' }),
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
  /** The secret before, which is good until its time. */
  previousAppSecret: bytea('previous_app_secret'),
  previousSecretUntil: time('previous_secret_until'),
  templateName: text('template_name').notNull(),
  templateLocale: text('template_locale').notNull(),
  /** For the evidence of what was sent, as far as the organization has said: the number, and the kind and version of the template. */
  number: text('number'),
  templateCategory: text('template_category'),
  templateVersion: text('template_version'),
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
    /** The contact's chain of entries: its random name in the log, the hash of the last entry, and its time. */
    logName: text('log_name'),
    logHash: bytea('log_hash'),
    logAt: time('log_at'),
    /** The key of what entries of the contact only commit to; encrypted itself, and gone with the contact. */
    logKey: bytea('log_key'),
    /** Since when the contact is on legal hold: nothing of it is deleted. */
    heldAt: time('held_at'),
    /** When the contact was erased, and when everything personal that was stored of it was gone. */
    erasedAt: time('erased_at'),
    purgedAt: time('purged_at'),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    uniqueIndex('contacts_phone_key').on(table.organizationId, table.phoneKey),
    index('contacts_name').on(table.organizationId, table.name, table.id),
    index('contacts_status').on(table.organizationId, table.status),
    index('contacts_answer_due')
      .on(table.answerDueAt)
      .where(sql`answer_due_at is not null`),
    index('contacts_unpurged')
      .on(table.erasedAt)
      .where(sql`erased_at is not null and purged_at is null`),
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
    /** What proves it: these bytes are in the contact's chain, and those of a transition in the organization's log. */
    entry: bytea('entry'),
    /** What the entry commits to, encrypted with the contact's key. Deleted with the contact. */
    sealed: bytea('sealed'),
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
    /** The hash of its entry: leaf position - 1 of the organization's log. */
    leafHash: bytea('leaf_hash'),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.position] }),
    uniqueIndex('feed_contact').on(table.organizationId, table.contactId, table.version),
  ],
);

/** Bytes sent and received that entries commit to, once each, encrypted with the contact's key. Deleted with the contact. */
export const artifacts = pgTable(
  'artifacts',
  {
    organizationId: uuid('organization_id').notNull(),
    contactId: uuid('contact_id').notNull(),
    sha256: bytea('sha256').notNull(),
    sealed: bytea('sealed').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.contactId, table.sha256] }), ofContact(table)],
);

/** Roots of full subtrees of the log, so that a proof reads little: of 256, 65,536 … leaves (levels 8, 16 …). */
export const logTiles = pgTable(
  'log_tiles',
  {
    organizationId: organizationId(),
    level: smallint('level').notNull(),
    index: bigint('index', { mode: 'number' }).notNull(),
    hash: bytea('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.level, table.index] })],
);

/** Signed heads of the organization's log. Append-only. */
export const checkpoints = pgTable(
  'checkpoints',
  {
    organizationId: organizationId(),
    size: bigint('size', { mode: 'number' }).notNull(),
    root: bytea('root').notNull(),
    note: text('note').notNull(),
    signedAt: time('signed_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.size] })],
);

/** What the organization's log signs with. The secret is encrypted, and forgotten when a new key takes over. */
export const logKeys = pgTable(
  'log_keys',
  {
    organizationId: organizationId(),
    /** The key as verifiers are given it. */
    verifierKey: text('verifier_key').notNull(),
    seed: bytea('seed'),
    createdAt: time('created_at').notNull(),
    /** The word of the key before this one that it signs from now on; null for the first. */
    rotation: text('rotation'),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.verifierKey] }),
    uniqueIndex('log_keys_in_use')
      .on(table.organizationId)
      .where(sql`seed is not null`),
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

/** Administrative acts: who changed which setting. Append-only. The organization is null for acts on the installation. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: uuid('id').primaryKey(),
    organizationId: uuid('organization_id').references(() => organizations.id),
    at: time('at').notNull().defaultNow(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    target: text('target'),
    details: jsonb('details').notNull().default({}),
  },
  (table) => [index('audit_events_time').on(table.organizationId, table.at, table.id)],
);

/** Whose tokens were taken back: those that were made before. */
export const tokenRevocations = pgTable(
  'token_revocations',
  {
    organizationId: organizationId(),
    subject: text('subject').notNull(),
    notBefore: time('not_before').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organizationId, table.subject] })],
);

/** Systems that act for an organization, and may run what was published for them. */
export const partners = pgTable(
  'partners',
  {
    organizationId: organizationId(),
    id: uuid('id').notNull(),
    name: text('name').notNull(),
    /** What its documents are published for, where nothing else is said. */
    application: text('application').notNull(),
    /** Grows with whatever changes what it may run. */
    documentsRevision: integer('documents_revision').notNull().default(0),
    createdAt: time('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    uniqueIndex('partners_name').on(table.organizationId, table.name),
  ],
);

/** The keys of partners; of a key only its hash is kept. */
export const partnerKeys = pgTable(
  'partner_keys',
  {
    organizationId: uuid('organization_id').notNull(),
    id: text('id').notNull().unique(),
    partnerId: uuid('partner_id').notNull(),
    hash: bytea('hash').notNull(),
    enforcement: text('enforcement').$type<Enforcement>().notNull(),
    scopes: jsonb('scopes').$type<readonly PartnerScope[]>().notNull(),
    createdAt: time('created_at').notNull(),
    expiresAt: time('expires_at'),
    revokedAt: time('revoked_at'),
    lastUsedAt: time('last_used_at'),
  },
  (table) => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    index('partner_keys_partner').on(table.organizationId, table.partnerId),
    foreignKey({
      columns: [table.organizationId, table.partnerId],
      foreignColumns: [partners.organizationId, partners.id],
    }),
  ],
);

/** What was published for a partner together; its documents never change, its status does. */
export const documentVersions = pgTable(
  'document_versions',
  {
    organizationId: uuid('organization_id').notNull(),
    partnerId: uuid('partner_id').notNull(),
    application: text('application').notNull(),
    version: text('version').notNull(),
    status: text('status').$type<DocumentVersionStatus>().notNull(),
    /** One digest of all its documents. */
    digest: text('digest').notNull(),
    publishedAt: time('published_at').notNull(),
    deprecatedAt: time('deprecated_at'),
    sunsetAt: time('sunset_at'),
    retiredAt: time('retired_at'),
  },
  (table) => [
    check('document_versions_deprecated', sql`status <> 'DEPRECATED' or deprecated_at is not null`),
    primaryKey({ columns: [table.organizationId, table.partnerId, table.application, table.version] }),
    foreignKey({
      columns: [table.organizationId, table.partnerId],
      foreignColumns: [partners.organizationId, partners.id],
    }),
  ],
);

/** The documents that partners may run. Append-only. */
export const publishedDocuments = pgTable(
  'published_documents',
  {
    organizationId: uuid('organization_id').notNull(),
    partnerId: uuid('partner_id').notNull(),
    application: text('application').notNull(),
    version: text('version').notNull(),
    hash: text('hash').notNull(),
    name: text('name').notNull(),
    text: text('text').notNull(),
    cost: integer('cost').notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.organizationId, table.partnerId, table.application, table.version, table.hash],
    }),
    index('published_documents_hash').on(table.organizationId, table.partnerId, table.hash),
    foreignKey({
      name: 'published_documents_version_fk',
      columns: [table.organizationId, table.partnerId, table.application, table.version],
      foreignColumns: [
        documentVersions.organizationId,
        documentVersions.partnerId,
        documentVersions.application,
        documentVersions.version,
      ],
    }),
  ],
);

/** How often published documents ran, by day and by how long it took; only added to. */
export const documentUsage = pgTable(
  'document_usage',
  {
    organizationId: uuid('organization_id').notNull(),
    partnerId: uuid('partner_id').notNull(),
    application: text('application').notNull(),
    version: text('version').notNull(),
    hash: text('hash').notNull(),
    day: date('day', { mode: 'string' }).notNull(),
    /** Runs that took at most as long as the bucket's bound. */
    bucket: smallint('bucket').notNull(),
    runs: bigint('runs', { mode: 'number' }).notNull(),
    errors: bigint('errors', { mode: 'number' }).notNull(),
    lastRunAt: time('last_run_at').notNull(),
  },
  (table) => [
    primaryKey({
      columns: [
        table.organizationId,
        table.partnerId,
        table.application,
        table.version,
        table.hash,
        table.day,
        table.bucket,
      ],
    }),
    foreignKey({
      name: 'document_usage_document_fk',
      columns: [table.organizationId, table.partnerId, table.application, table.version, table.hash],
      foreignColumns: [
        publishedDocuments.organizationId,
        publishedDocuments.partnerId,
        publishedDocuments.application,
        publishedDocuments.version,
        publishedDocuments.hash,
      ],
    }),
  ],
);

/**
 * Points spent by callers and organizations in their minute, which ends at `expire` (milliseconds of Unix time). Not kept
 * through a crash of PostgreSQL: then everybody has all points again.
 */
export const rateLimits = pgTable('rate_limits', {
  key: text('key').primaryKey(),
  points: integer('points').notNull(),
  expire: bigint('expire', { mode: 'number' }),
});

/** Keys of the installation that have no better place to live. */
export const serverKeys = pgTable('server_keys', {
  name: text('name').primaryKey(),
  value: bytea('value').notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
});
