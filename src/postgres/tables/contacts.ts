import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { ConsentStatus } from '../../domain/consent/transitions.js';
import type { PhoneNumber } from '../../domain/phone-number.js';
import { bytea, time } from './columns.js';
import { organizationId } from './organizations.js';

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
export const ofContact = (table: { organizationId: AnyPgColumn; contactId: AnyPgColumn }) =>
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
