import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePartnerKey } from '../../src/access/partner-keys.js';
import { createOrganizations } from '../../src/postgres/organizations.js';
import { createPartnerKeys } from '../../src/postgres/partner-keys.js';
import { createPartners, type Partners } from '../../src/postgres/partners.js';
import { openProtectedDatabase } from '../../src/postgres/protected-database.js';
import { createSecrets } from '../../src/postgres/secrets.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const FAR = new Date('2036-01-01T00:00:00Z');

let database: TestDatabase;
let connected: Awaited<ReturnType<typeof openProtectedDatabase>>;
let partners: Partners;
let acme: string;
let globex: string;
let now: Date;
const clock = { now: () => now };

beforeAll(async () => {
  database = await createTestDatabase();
  connected = await openProtectedDatabase(database.url, { connections: 2 });
  partners = createPartners({ sql: connected.sql });
  const organizations = createOrganizations({ sql: connected.sql, secrets: createSecrets([randomBytes(32)]) });
  acme = (await organizations.create({ slug: 'acme', name: 'Acme', locale: 'en' })).id;
  globex = (await organizations.create({ slug: 'globex', name: 'Globex', locale: 'en' })).id;
});
afterAll(async () => {
  await connected.close();
  await database.close();
});
beforeEach(() => {
  now = new Date('2026-11-22T12:00:00Z');
});

const newKey = () => {
  const { keyId, hash } = makePartnerKey(randomBytes);
  return { keyId, hash, enforcement: 'ID_ONLY', scopes: ['read'], expiresAt: FAR } as const;
};
const refused = (part: string) =>
  expect.objectContaining({ name: 'SetupError', message: expect.stringContaining(part) });

describe('a partner', () => {
  it('is made with its first key, and given more under the same name', async () => {
    const [first, second] = [newKey(), newKey()];
    const made = await partners.create({ organizationId: acme, name: 'Billing', application: 'web' }, first);
    const again = await partners.create({ organizationId: acme, name: 'Billing', application: null }, second);

    expect(again).toEqual(made);
    expect(made).toMatchObject({ organizationId: acme, name: 'Billing', application: 'web' });
    expect((await partners.list(acme)).map(({ keyId, partner }) => ({ keyId, partner }))).toEqual([
      { keyId: first.keyId, partner: 'Billing' },
      { keyId: second.keyId, partner: 'Billing' },
    ]);
    expect(await partners.list(globex)).toEqual([]);
  });

  it('is of one organization: another may have one of the same name', async () => {
    const theirs = await partners.create({ organizationId: globex, name: 'Billing', application: null }, newKey());

    expect(theirs.id).not.toBe((await partners.find(acme, 'Billing')).id);
    expect(theirs.application).toBe('main');
  });

  it('is refused without a proper name, and with another application than it has', async () => {
    for (const name of ['', ' Billing', 'a\nb', 'x'.repeat(101)]) {
      await expect(partners.create({ organizationId: acme, name, application: null }, newKey())).rejects.toEqual(
        refused('a name of'),
      );
    }
    const create = (application: string) =>
      partners.create({ organizationId: acme, name: 'Billing', application }, newKey());
    await expect(create('a b')).rejects.toEqual(refused('application'));
    await expect(create('mobile')).rejects.toEqual(refused('"web"'));
    await expect(partners.find(acme, 'Nobody')).rejects.toEqual(refused('no partner "Nobody"'));
  });
});

describe('a key', () => {
  const keys = () => createPartnerKeys({ sql: connected.sql, clock });

  it('is found with whom it is for, and what it allows; nobody can make the key of what is kept', async () => {
    const { key, keyId, hash } = makePartnerKey(randomBytes);
    const settings = { keyId, hash, enforcement: 'SAFELIST', scopes: ['read', 'write'], expiresAt: FAR } as const;
    const { id } = await partners.create({ organizationId: acme, name: 'Ledger', application: null }, settings);
    const found = await keys().find(keyId);

    expect(found).toEqual({
      ...settings,
      hash: Buffer.from(hash),
      organizationId: acme,
      organizationSlug: 'acme',
      partnerId: id,
      partnerName: 'Ledger',
      revokedAt: null,
    });
    const [row] = await database.sql`select to_jsonb(k)::text as text from partner_keys k where id = ${keyId}`;
    expect(row?.text).not.toContain(key.split('_')[2]);
    expect(await keys().find('nothing')).toBeNull();
  });

  it('is refused within a second of its revocation, and the database is asked once in that time', async () => {
    const mine = newKey();
    await partners.create({ organizationId: acme, name: 'Ledger', application: null }, mine);
    const { find } = keys();
    expect((await find(mine.keyId))?.revokedAt).toBeNull();
    const at = await partners.revoke(mine.keyId);

    expect((await find(mine.keyId))?.revokedAt).toBeNull();
    now = new Date(now.getTime() + 1_000);
    expect((await find(mine.keyId))?.revokedAt).toEqual(at);
    expect(await partners.revoke(mine.keyId)).toEqual(at);
    await expect(partners.revoke('nothing')).rejects.toEqual(refused('no key "nothing"'));
  });

  it('is followed by another that may do the same, and ends after the overlap', async () => {
    const [old, next] = [newKey(), newKey()];
    await partners.create({ organizationId: acme, name: 'Rotated', application: null }, old);
    const until = new Date('2026-12-01T00:00:00Z');
    await partners.rotate(old.keyId, { keyId: next.keyId, hash: next.hash, expiresAt: FAR }, until);
    const { find } = keys();

    expect(await find(old.keyId)).toMatchObject({ expiresAt: until, scopes: ['read'] });
    expect(await find(next.keyId)).toMatchObject({ expiresAt: FAR, scopes: ['read'], partnerName: 'Rotated' });
    const later = newKey();
    await partners.rotate(old.keyId, { keyId: later.keyId, hash: later.hash, expiresAt: FAR }, FAR);
    expect((await partners.findKey(old.keyId)).expiresAt).toEqual(until);
    await partners.revoke(old.keyId);
    await expect(partners.rotate(old.keyId, newKey(), until)).rejects.toEqual(refused('was revoked'));
  });

  it('tells when it was last used, once that is written', async () => {
    const mine = newKey();
    await partners.create({ organizationId: acme, name: 'Ledger', application: null }, mine);
    const { used, flush } = keys();
    const late = new Date('2026-11-22T13:00:00Z');
    used({ organizationId: acme, keyId: mine.keyId }, new Date('2026-11-22T12:00:00Z'));
    used({ organizationId: acme, keyId: mine.keyId }, late);
    expect((await partners.findKey(mine.keyId)).lastUsedAt).toBeNull();
    await flush();

    expect((await partners.findKey(mine.keyId)).lastUsedAt).toEqual(late);
    used({ organizationId: globex, keyId: mine.keyId }, FAR);
    await flush();
    expect((await partners.findKey(mine.keyId)).lastUsedAt).toEqual(late);
  });

  it('remembers its use until it could be written', async () => {
    const mine = newKey();
    await partners.create({ organizationId: acme, name: 'Ledger', application: null }, mine);
    const { used, flush } = keys();
    used({ organizationId: acme, keyId: mine.keyId }, now);
    await database.sql`alter table partner_keys rename to partner_keys_away`;
    await expect(flush()).rejects.toThrow();
    await database.sql`alter table partner_keys_away rename to partner_keys`;
    await flush();

    expect((await partners.findKey(mine.keyId)).lastUsedAt).toEqual(now);
  });
});
