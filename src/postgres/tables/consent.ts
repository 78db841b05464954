import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { PermissionBasis } from '../../domain/consent/events.js';
import type { ConsentCause, ConsentStatus } from '../../domain/consent/transitions.js';
import { bytea, time } from './columns.js';
import { ofContact } from './contacts.js';

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
