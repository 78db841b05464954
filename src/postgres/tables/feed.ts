import { bigint, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type { ConsentStatus } from '../../domain/consent/transitions.js';
import { bytea } from './columns.js';
import { organizationId } from './organizations.js';

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
