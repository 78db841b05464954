import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Permission, Revocations } from '../../src/domain/ports/revocations.js';
import { openProtectedDatabase } from '../../src/postgres/protected-database.js';
import { createRevocations, createTokenSetup, type TokenSetup } from '../../src/postgres/revocations.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const acme = '01920000-0000-7000-8000-000000000001';
const globex = '01920000-0000-7000-8000-000000000002';
const nobody = '01920000-0000-7000-8000-000000000003';
const partnerId = '01920000-0000-7000-8000-000000000004';
const ids: Readonly<Record<string, string>> = { acme, globex };

let database: TestDatabase;
let revocations: Revocations;
let setup: TokenSetup;

const person = (organizationId: string, subject: string, issuedAt: Date | null = null): Permission => ({
  ...{ organizationId, subject, issuedAt, partner: null },
});
const key = (organizationId: string, keyId: string): Permission => ({
  ...{ organizationId, subject: `partner:${partnerId}`, issuedAt: null },
  partner: { partnerId, keyId, enforcement: 'OFF', scopes: [] },
});

beforeEach(async () => {
  database = await createTestDatabase();
  const opened = await openProtectedDatabase(database.url, { connections: 2 });
  onTestFinished(async () => {
    await opened.close();
    await database.close();
  });
  revocations = createRevocations(opened.scoped);
  const organizations = {
    findBySlug: async (slug: string) => {
      const id = ids[slug];
      return id === undefined ? null : { id, slug, name: slug, locale: 'en' };
    },
  };
  setup = createTokenSetup({ sql: opened.sql, organizations });
  await opened.sql`
    insert into organizations (id, slug, name, locale) values (${acme}, 'acme', 'A', 'en'), (${globex}, 'globex', 'G', 'en')`;
  await opened.sql`
    insert into partners (organization_id, id, name, application, created_at) values (${acme}, ${partnerId}, 'P', 'p', now())`;
  await opened.sql`
    insert into partner_keys (organization_id, id, partner_id, hash, enforcement, scopes, created_at, expires_at, revoked_at)
    select ${acme}, name, ${partnerId}, '\\x00', 'OFF', '[]', now(), now() + ends * interval '1 minute', revoked
    from (values ('good', null, null), ('lasting', 1, null), ('ended', -1, null), ('revoked', null, now()))
      as k (name, ends, revoked)`;
});

describe('the tokens of a subject that were revoked', () => {
  it('no longer count; those made later do, and so do those of others', async () => {
    const before = new Date();
    const notBefore = await setup.revoke('acme', 'ana');

    expect(notBefore.getTime()).toBeGreaterThan(before.getTime());
    expect(notBefore.getTime()).toBeLessThanOrEqual(Date.now() + 1_000);
    expect(notBefore.getMilliseconds()).toBe(0);
    const answers = await revocations.stillValid([
      person(acme, 'ana', before),
      person(acme, 'ana', new Date(notBefore.getTime() - 1_000)),
      person(acme, 'ana', null),
      person(acme, 'ana', notBefore),
      person(acme, 'Ana', before),
      person(globex, 'ana', before),
    ]);
    expect(answers).toEqual([false, false, false, true, true, true]);
  });

  it('stay so when they are revoked again', async () => {
    const first = await setup.revoke('acme', 'ana');
    const second = await setup.revoke('acme', 'ana');

    expect(second.getTime()).toBeGreaterThanOrEqual(first.getTime());
    expect(await revocations.stillValid([person(acme, 'ana', new Date(first.getTime() - 1))])).toEqual([false]);
  });

  it('are those of an organization that there is, and of somebody', async () => {
    await expect(setup.revoke('initech', 'ana')).rejects.toThrow('There is no organization "initech".');
    await expect(setup.revoke('acme', ' ')).rejects.toThrow('the `sub`');
  });
});

describe('a permission', () => {
  it('counts no longer than its organization is there', async () => {
    expect(await revocations.stillValid([person(nobody, 'ana', new Date()), person(acme, 'ana')])).toEqual([
      false,
      true,
    ]);
    expect(await revocations.stillValid([])).toEqual([]);
  });

  it('by a key counts until the key is revoked or has ended, and in its own organization', async () => {
    const answers = await revocations.stillValid([
      ...['good', 'lasting', 'ended', 'revoked', 'made up'].map((name) => key(acme, name)),
      key(globex, 'good'),
    ]);

    expect(answers).toEqual([true, true, false, false, false, false]);
  });
});
