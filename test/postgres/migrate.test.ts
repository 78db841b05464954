import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/postgres/migrate.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

describe('migrate', () => {
  let empty: TestDatabase;

  beforeAll(async () => {
    empty = await createTestDatabase({ migrated: false });
  });
  afterAll(() => empty.close());

  it('lets servers that start at once on an empty database all succeed, and each step happens once', async () => {
    await Promise.all([migrate(empty.url), migrate(empty.url), migrate(empty.url)]);

    const applied = await empty.sql`select hash from drizzle.__drizzle_migrations`;
    expect(new Set(applied.map(({ hash }) => hash)).size).toBe(applied.length);
    expect(applied.length).toBeGreaterThan(1);
    expect(await empty.sql`select * from organizations`).toEqual([]);
  });

  it('changes nothing the second time', async () => {
    const before = await empty.sql`select * from drizzle.__drizzle_migrations`;
    await migrate(empty.url);

    expect(await empty.sql`select * from drizzle.__drizzle_migrations`).toEqual(before);
  });

  it('fails soon and with a reason where there is no server', async () => {
    await expect(migrate('postgres://nobody@127.0.0.1:1/none')).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('the records', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.close());

  for (const table of ['consent_events', 'message_events', 'feed']) {
    it(`of ${table} can be added to, and not be changed or removed`, async () => {
      const { sql } = database;
      const refused = (operation: string) => ({
        code: '23001',
        message: `${table} is append-only: ${operation} is refused`,
      });

      await expect(sql`update ${sql(table)} set contact_id = contact_id`).rejects.toMatchObject(refused('UPDATE'));
      await expect(sql`delete from ${sql(table)}`).rejects.toMatchObject(refused('DELETE'));
      await expect(sql`truncate ${sql(table)}`).rejects.toMatchObject(refused('TRUNCATE'));
    });
  }

  it('do not fall with the contacts that they are about', async () => {
    await expect(database.sql`truncate contacts cascade`).rejects.toMatchObject({ code: '23001' });
  });
});
