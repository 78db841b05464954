import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import type { Sql } from 'postgres';

/** The superuser of an embedded PostgreSQL, and the name of its database. */
export const DATABASE_NAME = 'assent';

/** A claim on a running server, by a connection that a killed process loses with everything else. */
export type Hold = {
  /** Gives the claim up. True if no other process has one; none can then take one until `close`. */
  readonly becomeLast: () => Promise<boolean>;
  readonly close: () => Promise<void>;
};

/** Every process that uses the server has this advisory lock in common; who gets it alone is the last one. */
const IN_USE = 0x617373;

/** Claims the server at this port and sees that the database exists. Fails when the server is on its way down. */
export async function takeHold(server: { readonly port: number; readonly password: string }): Promise<Hold> {
  let isHeld = false;
  const sql = postgres({
    host: '127.0.0.1',
    port: server.port,
    username: DATABASE_NAME,
    password: server.password,
    database: 'postgres',
    max: 1,
    max_lifetime: null,
    idle_timeout: 0,
    fetch_types: false,
    onnotice: () => undefined,
    onclose: () => {
      if (isHeld) void takeAgain();
    },
  });
  const take = () => sql`select pg_advisory_lock_shared(${IN_USE})`;

  // PostgreSQL drops every connection when one of its processes dies, and is back a moment later.
  async function takeAgain(): Promise<void> {
    isHeld = false;
    const attempts = 50;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      try {
        await take();
        isHeld = true;
        return;
      } catch {
        await pause(100, undefined, { ref: false });
      }
    }
  }

  try {
    await take();
    await ensureDatabase(sql);
    isHeld = true;
  } catch (cause) {
    await sql.end({ timeout: 0 });
    throw cause;
  }

  return {
    async becomeLast() {
      isHeld = false;
      await sql`select pg_advisory_unlock_shared(${IN_USE})`;
      const [row] = await sql<{ alone: boolean }[]>`select pg_try_advisory_lock(${IN_USE}) as alone`;
      return row?.alone ?? true;
    },
    close: () => sql.end({ timeout: 0 }),
  };
}

async function ensureDatabase(sql: Sql): Promise<void> {
  const [found] = await sql`select 1 from pg_database where datname = ${DATABASE_NAME}`;
  if (found !== undefined) return;
  await sql`create database ${sql(DATABASE_NAME)}`.catch((error: unknown) => {
    const madeByAnother = ['42P04', '23505'];
    if (error instanceof postgres.PostgresError && madeByAnother.includes(error.code)) return;
    throw error;
  });
}
