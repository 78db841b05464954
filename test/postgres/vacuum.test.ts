import { randomBytes } from 'node:crypto';
import type { Sql } from 'postgres';
import { expect, it } from 'vitest';
import { createVacuum } from '../../src/postgres/vacuum.js';
import { assent } from '../support/command-line.js';
import { createTestDatabase } from '../support/database.js';

/** Many keys, of which most are gone again. */
async function deleteMuch(sql: Sql): Promise<void> {
  // PostgreSQL itself would sometimes be first.
  await sql`alter table idempotency_keys set (autovacuum_enabled = off)`;
  await sql`insert into organizations (id, slug, name, locale) values (gen_random_uuid(), 'acme', 'Acme', 'en')`;
  await sql`
    insert into idempotency_keys (organization_id, caller, operation, key, input_hash, result, created_at)
    select id, 'caller', 'operation', n::text, 'hash', '{}', now() from organizations, generate_series(1, 1000) n`;
  await sql`delete from idempotency_keys where key <> '1000'`;
}

const tableOf = async (sql: Sql) =>
  (
    await sql<{ dead: number; vacuumed: boolean; pages: number }[]>`
      select n_dead_tup::int as dead, last_vacuum is not null as vacuumed,
        (pg_relation_size(relid) / current_setting('block_size')::int)::int as pages
      from pg_stat_user_tables where relname = 'idempotency_keys'`
  )[0];

it('gives the room of deleted rows to others, and tables without any are left alone', async ({ onTestFinished }) => {
  const database = await createTestDatabase();
  onTestFinished(() => database.close());
  const { sql, url } = database;
  await deleteMuch(sql);
  await expect.poll(() => tableOf(sql)).toMatchObject({ dead: 999 });
  const before = await tableOf(sql);

  const vacuum = createVacuum(url);
  await vacuum.run();
  await expect.poll(() => tableOf(sql)).toMatchObject({ dead: 0, vacuumed: true, pages: before?.pages });
  expect(await sql`select from pg_stat_user_tables where relname = 'artifacts' and last_vacuum is not null`).toEqual(
    [],
  );

  expect(await vacuum.rewrite()).toEqual({ skipped: [], checkpointed: true });
  expect(await tableOf(sql)).toMatchObject({ pages: 1 });
});

it('says what it may not write anew', async ({ onTestFinished }) => {
  const database = await createTestDatabase();
  const { sql } = database;
  const name = `visitor_${randomBytes(4).toString('hex')}`;
  await sql.unsafe(`create role ${name} login password 'ordinary'`);
  onTestFinished(async () => {
    await sql.unsafe(`drop role ${name}`);
    await database.close();
  });
  const url = new URL(database.url);
  url.username = name;
  url.password = 'ordinary';
  const { skipped, checkpointed } = await createVacuum(url.href).rewrite();
  expect(skipped).toContainEqual(expect.stringMatching(/permission denied to vacuum "messages"/));
  expect(checkpointed).toBe(false);
});

it('passes a table that somebody keeps in use, and the command says so', async ({ onTestFinished }) => {
  const database = await createTestDatabase();
  onTestFinished(() => database.close());
  const { sql, url } = database;
  const { code, out } = await sql.begin(async (other) => {
    await other`lock table messages in access share mode`;
    return assent({ DATABASE_URL: url }, 'compact');
  });
  expect({ code, out }).toEqual({
    code: 1,
    out: expect.stringContaining('Left out: "messages" was in use all the time.'),
  });
  expect(await sql`select action, details from audit_events`).toMatchObject([
    { action: 'compact', details: { skipped: ['"messages" was in use all the time'] } },
  ]);
}, 120_000);
