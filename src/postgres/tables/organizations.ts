import { bigint, index, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { TextOverrides } from '../../domain/message/texts.js';
import type { UnconfirmedPolicy } from '../../domain/ports/outbox.js';
import { time } from './columns.js';

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

export const organizationId = () =>
  uuid('organization_id')
    .notNull()
    .references(() => organizations.id);

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
