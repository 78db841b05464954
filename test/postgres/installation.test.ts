import postgres from 'postgres';
import { describe, expect, it, onTestFinished } from 'vitest';
import { installationOf } from '../../src/postgres/installation.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

async function testDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  onTestFinished(database.close);
  return database;
}

describe('the name of an installation', () => {
  it('is the same for all servers of a database, those that start at the same time included', async () => {
    const { sql } = await testDatabase();
    const names = await Promise.all(Array.from({ length: 4 }, () => installationOf(sql)));
    expect(new Set([...names, await installationOf(sql)]).size).toBe(1);
    expect(names[0]).toMatch(/^[0-9a-f]{16}$/);
  });

  it('differs between databases, even if one is a copy of the other', async () => {
    const [original, copy] = [await testDatabase(), await testDatabase()];
    const name = await installationOf(original.sql);
    for (const row of await original.sql`select * from server_keys`)
      await copy.sql`insert into server_keys ${copy.sql(row)}`;
    expect(await installationOf(copy.sql)).not.toBe(name);
  });

  it('can be read by a role without special rights', async () => {
    const database = await testDatabase();
    const name = await installationOf(database.sql);
    const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
    onTestFinished(() => sql.end());
    const role = `plain_${name}`;
    await sql`create role ${sql(role)}`;
    onTestFinished(async () => {
      await database.sql`drop owned by ${database.sql(role)}`;
      await database.sql`drop role ${database.sql(role)}`;
    });
    await sql`grant select, insert on server_keys to ${sql(role)}`;
    await sql`set role ${sql(role)}`;
    expect(await installationOf(sql)).toBe(name);
  });
});
