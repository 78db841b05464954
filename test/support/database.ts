import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import type { Sql } from 'postgres';
import { inject } from 'vitest';
import { databaseUrl } from './database-server.js';

/** A database of one's own; `close` drops it with whatever is still connected. */
export type TestDatabase = {
  readonly url: string;
  /** Whom a server works as there: not the user of the url, who sees all. */
  readonly role: string | null;
  readonly sql: Sql;
  /** Another with all that is committed now, as a restored backup is. Whoever is connected has to connect again. */
  readonly copy: () => Promise<TestDatabase>;
  readonly close: () => Promise<void>;
};

/** A migrated, empty database, or with `migrated: false` one without any table. */
export async function createTestDatabase(options: { readonly migrated?: boolean } = {}): Promise<TestDatabase> {
  return createFrom((options.migrated ?? true) ? inject('databaseServer').template : 'template0');
}

async function createFrom(template: string): Promise<TestDatabase> {
  const server = inject('databaseServer');
  const name = `${server.template}_${randomBytes(6).toString('hex')}`;
  await onServer(async (sql) => {
    await sql`create database ${sql(name)} template ${sql(template)}`;
    await sql`alter database ${sql(name)} set synchronous_commit = off`;
  });
  const url = databaseUrl(server.url, name);
  const sql = postgres(url, { max: 8, onnotice: () => undefined });
  return {
    url,
    role: server.role,
    sql,
    async copy() {
      await onServer(async (admin) => {
        await admin`alter database ${admin(name)} allow_connections false`;
        await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
      });
      try {
        return await createFrom(name);
      } finally {
        await onServer((admin) => admin`alter database ${admin(name)} allow_connections true`);
      }
    },
    async close() {
      await sql.end({ timeout: 5 });
      await onServer((admin) => admin`drop database if exists ${admin(name)} with (force)`);
    },
  };
}

async function onServer(task: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(inject('databaseServer').url, { max: 1, onnotice: () => undefined });
  try {
    await task(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
