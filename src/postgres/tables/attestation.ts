import { sql } from 'drizzle-orm';
import { bigint, pgTable, primaryKey, smallint, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { bytea, time } from './columns.js';
import { ofContact } from './contacts.js';
import { organizationId } from './organizations.js';

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
