import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/postgres/migrate.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { migrateUpTo } from '../support/earlier-migrations.js';
import { ordinaryOwnerOf } from '../support/ordinary-owner.js';

const A_SECOND = 1_000;

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

describe('versions of documents that were deprecated before that was noted with them', () => {
  let empty: TestDatabase;
  let owner: Awaited<ReturnType<typeof ordinaryOwnerOf>>;
  const [organization, partner] = [newId(), newId()];
  const published = new Date('2026-09-01T00:00:00Z');
  const noted = new Date('2026-10-01T00:00:00Z');
  const later = new Date('2026-11-01T00:00:00Z');

  beforeAll(async () => {
    empty = await createTestDatabase({ migrated: false });
    owner = await ordinaryOwnerOf(empty);
    await migrateUpTo(owner.url, '0015_documents_deprecated_at');
    const { sql } = empty;
    await sql`insert into organizations (id, slug, name, locale) values (${organization}, 'acme', 'Acme', 'en')`;
    await sql`
      insert into partners (organization_id, id, name, application, created_at)
      values (${organization}, ${partner}, 'Billing', 'main', now())`;
    const version = (name: string, status: string, sunset: Date | null = null) => sql`
      insert into document_versions
        (organization_id, partner_id, application, version, status, digest, published_at, sunset_at)
      values (${organization}, ${partner}, 'main', ${name}, ${status}, '', ${published}, ${sunset})`;
    const act = (name: string, at: Date, application = 'main') => sql`
      insert into audit_events (id, organization_id, at, actor, action, target, details)
      values (${newId()}, ${organization}, ${at}, 'somebody', 'documents.deprecate', 'Billing',
        ${sql.json({ application, version: name })})`;
    await version('active', 'ACTIVE');
    await version('noted twice', 'DEPRECATED', later);
    await act('noted twice', later);
    await act('noted twice', noted);
    await act('noted twice', published, 'another');
    await version('noted too late', 'DEPRECATED', noted);
    await act('noted too late', later);
    await version('noted and retired', 'RETIRED');
    await act('noted and retired', noted);
    await version('not noted', 'DEPRECATED');
    await version('not noted and at its end', 'DEPRECATED', noted);
    await version('retired', 'RETIRED');
  });
  afterAll(async () => {
    await owner.drop();
    await empty.close();
  });

  it('are given the best-known time, also where policies hold for the owner of the tables', async () => {
    const before = Date.now();
    await migrate(owner.url);

    const rows = await empty.sql<{ version: string; deprecatedAt: Date | null; sunsetAt: Date | null }[]>`
      select version, deprecated_at as "deprecatedAt", sunset_at as "sunsetAt" from document_versions`;
    const found = Object.fromEntries(rows.map(({ version, ...times }) => [version, times]));
    expect(found).toEqual({
      active: { deprecatedAt: null, sunsetAt: null },
      'noted twice': { deprecatedAt: noted, sunsetAt: later },
      'noted too late': { deprecatedAt: later, sunsetAt: later },
      'noted and retired': { deprecatedAt: noted, sunsetAt: null },
      'not noted': { deprecatedAt: expect.any(Date), sunsetAt: null },
      'not noted and at its end': { deprecatedAt: noted, sunsetAt: noted },
      retired: { deprecatedAt: null, sunsetAt: null },
    });
    expect(found['not noted']?.deprecatedAt?.getTime()).toBeGreaterThanOrEqual(before - A_SECOND);
  });
});

describe('disclosures that were in a table of their own', () => {
  let empty: TestDatabase;
  let owner: Awaited<ReturnType<typeof ordinaryOwnerOf>>;
  const [organization, erased, kept] = [newId(), newId(), newId()];

  beforeAll(async () => {
    empty = await createTestDatabase({ migrated: false });
    owner = await ordinaryOwnerOf(empty);
    await migrateUpTo(owner.url, '0017_evidence_speed');
    const { sql } = empty;
    await sql`insert into organizations (id, slug, name, locale) values (${organization}, 'acme', 'Acme', 'en')`;
    for (const contact of [erased, kept]) {
      await sql`
        insert into contacts (organization_id, id, revision, name, phone, phone_key, status, consent, message_count, held_count, created_at)
        values (${organization}, ${contact}, 1, 'Clara', '+12025550142', ${contact}, 'NOT_ASKED', '{}', 0, 0, now())`;
      for (const version of [1, 2]) {
        await sql`
          insert into consent_events (organization_id, contact_id, version, id, type, data, occurred_at, recorded_at, entry)
          values (${organization}, ${contact}, ${version}, ${newId()}, 'IdentityChanged', '{"kind":"x"}', now(), now(), 'entry')`;
      }
      await sql`
        insert into disclosures (organization_id, contact_id, version, sealed)
        values (${organization}, ${contact}, 1, convert_to(${`of ${contact}`}, 'UTF8'))`;
    }
  });
  afterAll(async () => {
    await owner.drop();
    await empty.close();
  });

  it('are beside their entries, and go with the contact', async () => {
    await migrate(owner.url);
    const { sql } = empty;
    const stored = () => sql`
      select contact_id, version, data, convert_from(entry, 'UTF8') as entry, convert_from(sealed, 'UTF8') as sealed
      from consent_events order by contact_id, version`;
    const event = (contact: string, version: number, sealed: string | null, data: object = { kind: 'x' }) => ({
      contact_id: contact,
      version,
      data,
      entry: 'entry',
      sealed,
    });
    const ofKept = [event(kept, 1, `of ${kept}`), event(kept, 2, null)];
    expect(await stored()).toEqual([event(erased, 1, `of ${erased}`), event(erased, 2, null), ...ofKept]);

    await expect(sql`update consent_events set sealed = null`).rejects.toMatchObject({ code: '23001' });
    await sql`update contacts set erased_at = now() where id = ${erased}`;
    await sql.begin(async (system) => {
      await system`set local assent.organizations = '*'`;
      await system`select purge_contact(${organization}, ${erased})`;
    });
    expect(await stored()).toEqual([event(erased, 1, null, {}), event(erased, 2, null, {}), ...ofKept]);
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
