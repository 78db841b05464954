import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import type { Sql } from 'postgres';
import { admitServer } from './tenancy.js';

const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../drizzle', import.meta.url));
const OLDEST_VERSION = 15;
/** Servers that start at once migrate one after the other; who comes second finds nothing left to do. */
const MIGRATING = 0x6d6967;

/**
 * Brings the database to this program's tables, from any earlier state, and tells as which role to work with them. Safe to
 * call from many processes at once.
 */
export async function migrate(url: string): Promise<string | null> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    await requireRecentVersion(sql);
    await sql`select pg_advisory_lock(${MIGRATING})`;
    await applyMigrations(drizzle(sql), { migrationsFolder: MIGRATIONS_FOLDER });
    return await admitServer(sql);
  } finally {
    // The lock is the connection's, and ends with it.
    await sql.end({ timeout: 5 });
  }
}

async function requireRecentVersion(sql: Sql): Promise<void> {
  const server = await askVersion(sql);
  if (server.number >= OLDEST_VERSION * 10_000) return;
  throw new Error(`PostgreSQL ${OLDEST_VERSION} or newer is needed; the server of the database is ${server.version}.`);
}

async function askVersion(sql: Sql): Promise<{ readonly version: string; readonly number: number }> {
  try {
    const [server] = await sql<[{ version: string; number: number }]>`
      select current_setting('server_version') as version, current_setting('server_version_num')::int as number`;
    return server;
  } catch (cause) {
    throw new Error(`The database can't be reached: ${reasonOf(cause)}.`, { cause });
  }
}

function reasonOf(error: unknown): string {
  // A name with several addresses fails with one error for each.
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
