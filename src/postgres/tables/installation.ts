import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core';
import { bytea, time } from './columns.js';

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
