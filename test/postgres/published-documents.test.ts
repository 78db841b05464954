import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makePartnerKey } from '../../src/access/partner-keys.js';
import { hashOf } from '../../src/access/operation-request.js';
import { documentUsageOf } from '../../src/postgres/document-usage.js';
import { createDocumentVersions, type DocumentVersions } from '../../src/postgres/document-versions.js';
import { createOrganizations } from '../../src/postgres/organizations.js';
import { createPartners, type Partner } from '../../src/postgres/partners.js';
import { openProtectedDatabase } from '../../src/postgres/protected-database.js';
import { createPublishedDocuments } from '../../src/postgres/published-documents.js';
import type { Scoped } from '../../src/postgres/scoped.js';
import { createSecrets } from '../../src/postgres/secrets.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const A_SECOND = 1_000;
const documentOf = (name: string, cost = 1) => {
  const text = `query ${name} { feedCursor }`;
  return { hash: hashOf(text), name, text, cost };
};
const [head, tail, other] = [documentOf('Head'), documentOf('Tail', 7), documentOf('Other')];

let database: TestDatabase;
let connected: Awaited<ReturnType<typeof openProtectedDatabase>>;
let versions: DocumentVersions;
let organizationId: string;
let partner: Partner;
let stranger: Partner;
let now: Date;
let statements: number;
const clock = { now: () => now };

beforeAll(async () => {
  database = await createTestDatabase();
  connected = await openProtectedDatabase(database.url, { connections: 2 });
  versions = createDocumentVersions({ sql: connected.sql });
  const organizations = createOrganizations({ sql: connected.sql, secrets: createSecrets([randomBytes(32)]) });
  organizationId = (await organizations.create({ slug: 'acme', name: 'Acme', locale: 'en' })).id;
});
afterAll(async () => {
  await connected.close();
  await database.close();
});
beforeEach(async (context) => {
  now = new Date('2026-11-22T12:00:00Z');
  statements = 0;
  [partner, stranger] = [await newPartner(`${context.task.id} a`), await newPartner(`${context.task.id} b`)];
});

async function newPartner(name: string): Promise<Partner> {
  const { keyId, hash } = makePartnerKey(randomBytes);
  const key = { keyId, hash, enforcement: 'ID_ONLY', scopes: ['read'], expiresAt: null } as const;
  return createPartners({ sql: connected.sql }).create({ organizationId, name, application: null }, key);
}

/** As a server has them; what it asks the database is counted. */
function open() {
  const scoped: Scoped = (ids, statement) => {
    statements += 1;
    return connected.scoped(ids, statement);
  };
  return createPublishedDocuments({ sql: connected.sql, scoped, clock });
}

const named = (version: string, application = 'main', of = partner) => ({ partner: of, application, version });
const refused = (part: string) =>
  expect.objectContaining({ name: 'SetupError', message: expect.stringContaining(part) });

describe('a published version', () => {
  it('is found by the hash of each of its documents, for its partner alone', async () => {
    await versions.publish(named('1'), [head, tail]);
    const { find } = open();

    expect(await find(organizationId, partner.id, tail.hash)).toEqual({
      partnerId: partner.id,
      application: 'main',
      version: '1',
      hash: tail.hash,
      text: tail.text,
      cost: 7,
      status: 'ACTIVE',
      deprecatedAt: null,
      sunsetAt: null,
    });
    expect(await find(organizationId, partner.id, other.hash)).toBeNull();
    expect(await find(organizationId, stranger.id, tail.hash)).toBeNull();
  });

  it('is published once: the same again changes nothing, anything else is refused', async () => {
    expect(await versions.publish(named('1'), [head, tail])).toEqual({ unchanged: false, status: 'ACTIVE' });
    expect(await versions.publish(named('1'), [tail, head])).toEqual({ unchanged: true, status: 'ACTIVE' });
    await expect(versions.publish(named('1'), [head])).rejects.toEqual(refused('other documents'));
    await expect(versions.publish(named('1'), [head, tail, other])).rejects.toEqual(refused('other documents'));
    await expect(versions.publish(named('2'), [])).rejects.toEqual(refused('no document'));
    await expect(versions.publish(named('2 b'), [head])).rejects.toEqual(refused('version'));

    expect(
      (await versions.list(organizationId, partner)).map(({ version, documents }) => [version, documents]),
    ).toEqual([['1', 2]]);
  });

  it('can never be changed, not even in the database', async () => {
    await versions.publish(named('1'), [head]);

    await expect(database.sql`update published_documents set text = 'query Other { viewer }'`).rejects.toThrow(
      'append-only',
    );
    await expect(database.sql`delete from published_documents`).rejects.toThrow('append-only');
  });

  it('gives way to a newer one with the same document', async () => {
    await versions.publish(named('1'), [head]);
    await versions.publish(named('2'), [head]);
    const { find } = open();
    const found = async () => {
      now = new Date(now.getTime() + A_SECOND);
      const document = await find(organizationId, partner.id, head.hash);
      return document === null ? null : `${document.version} ${document.status}`;
    };

    expect(await found()).toBe('2 ACTIVE');
    const sunsetAt = new Date('2099-03-31T00:00:00Z');
    await versions.deprecate(named('2'), sunsetAt);
    expect(await found()).toBe('1 ACTIVE');
    await versions.deprecate(named('1'), null);
    expect(await found()).toBe('2 DEPRECATED');
    expect((await find(organizationId, partner.id, head.hash))?.sunsetAt).toEqual(sunsetAt);
    await versions.retire(named('2'));
    expect(await found()).toBe('1 DEPRECATED');
    await versions.retire(named('1'));
    expect(await found()).toBeNull();
    await expect(versions.deprecate(named('1'), null)).rejects.toEqual(refused('retired'));
    await expect(versions.retire(named('3'))).rejects.toEqual(refused('Nothing is published'));
    expect(await versions.publish(named('1'), [head])).toEqual({ unchanged: true, status: 'RETIRED' });
    expect(await found()).toBeNull();
  });

  it('is deprecated once: done again, it is told another end, and never one before', async () => {
    await versions.publish(named('1'), [head]);
    const { find } = open();
    const found = async () => {
      now = new Date(now.getTime() + A_SECOND);
      const document = await find(organizationId, partner.id, head.hash);
      return [document?.deprecatedAt, document?.sunsetAt];
    };
    const listed = async () => {
      const [version] = await versions.list(organizationId, partner);
      return [version?.deprecatedAt, version?.sunsetAt];
    };

    expect(await listed()).toEqual([null, null]);
    const before = Date.now() - A_SECOND;
    const since = await versions.deprecate(named('1'), null);
    expect(since.getTime()).toBeGreaterThan(before);
    expect(await found()).toEqual([since, null]);
    const end = new Date(since.getTime() + A_SECOND);
    expect(await versions.deprecate(named('1'), end)).toEqual(since);
    expect([await found(), await listed()]).toEqual([
      [since, end],
      [since, end],
    ]);
    const past = new Date(since.getTime() - A_SECOND);
    await expect(versions.deprecate(named('1'), past)).rejects.toEqual(refused('choose a later sunset'));
    expect(await found()).toEqual([since, end]);
  });

  it('is not deprecated with an end that is past', async () => {
    await versions.publish(named('1'), [head]);
    await expect(versions.deprecate(named('1'), new Date('2020-01-01'))).rejects.toEqual(refused('later sunset'));
    expect(await versions.list(organizationId, partner)).toMatchObject([{ status: 'ACTIVE', deprecatedAt: null }]);
  });

  it('is one of an application: another application has its own', async () => {
    await versions.publish(named('1', 'web'), [head]);
    await versions.publish(named('1', 'mobile'), [tail]);
    await versions.retire(named('1', 'web'));
    const { find } = open();

    expect(await find(organizationId, partner.id, head.hash)).toBeNull();
    expect((await find(organizationId, partner.id, tail.hash))?.application).toBe('mobile');
  });
});

describe('looking documents up', () => {
  it('asks the database once a second at most, however many unknown hashes come', async () => {
    await versions.publish(named('1'), [head]);
    const { find } = open();
    const ask = () =>
      Promise.all(
        Array.from({ length: 500 }, (_, index) =>
          find(organizationId, partner.id, hashOf(`${index} ${now.getTime()}`)),
        ),
      );

    expect(new Set(await ask())).toEqual(new Set([null]));
    expect(statements).toBe(2);
    await ask();
    expect(statements).toBe(2);
    now = new Date(now.getTime() + A_SECOND);
    await ask();
    expect(statements).toBe(3);
  });

  it('reads each text once', async () => {
    await versions.publish(named('1'), [head]);
    const { find } = open();
    await find(organizationId, partner.id, head.hash);
    const known = statements;
    now = new Date(now.getTime() + A_SECOND);
    await find(organizationId, partner.id, head.hash);

    expect(statements - known).toBe(1);
  });
});

describe('the usage of documents', () => {
  const run = (document: { readonly hash: string }, ms: number, failed = false, at = now) => ({
    ...{ organizationId, partnerId: partner.id, application: 'main', version: '1', hash: document.hash },
    ...{ ms, failed, at },
  });

  it('counts runs and failures, and tells the last and how long 95 of 100 took', async () => {
    await versions.publish(named('1'), [head, tail]);
    const { ran, flush } = open();
    for (let index = 0; index < 95; index += 1) ran(run(head, 3.4));
    for (let index = 0; index < 5; index += 1) ran(run(head, 700, true));
    await flush();
    const last = new Date('2026-11-22T12:00:05Z');
    ran(run(head, 3.4, false, last));
    await flush();
    await flush();

    expect(await documentUsageOf(connected.sql, partner, null)).toEqual([
      {
        ...{ application: 'main', version: '1', status: 'ACTIVE', hash: head.hash, name: 'Head' },
        ...{ runs: 101, errors: 5, lastRunAt: last, p95Ms: 4 },
      },
      {
        ...{ application: 'main', version: '1', status: 'ACTIVE', hash: tail.hash, name: 'Tail' },
        ...{ runs: 0, errors: 0, lastRunAt: null, p95Ms: null },
      },
    ]);
  });

  it('is kept by day', async () => {
    await versions.publish(named('1'), [head]);
    const { ran, flush } = open();
    ran(run(head, 1, false, new Date('2026-11-20T23:59:59Z')));
    ran(run(head, 1, false, new Date('2026-11-21T00:00:00Z')));
    await flush();
    const runsSince = async (day: string) => (await documentUsageOf(connected.sql, partner, new Date(day)))[0]?.runs;

    expect(await runsSince('2026-11-20')).toBe(2);
    expect(await runsSince('2026-11-21')).toBe(1);
    expect(await runsSince('2026-11-22')).toBe(0);
  });

  it('adds up what several servers count at once', async () => {
    await versions.publish(named('1'), [head, tail]);
    const servers = [open(), open(), open()];
    for (const { ran } of servers) for (const document of [head, tail, head]) ran(run(document, 2));
    await Promise.all(servers.map(({ flush }) => flush()));

    const usage = await documentUsageOf(connected.sql, partner, null);
    expect(usage.map(({ name, runs }) => [name, runs])).toEqual([
      ['Head', 6],
      ['Tail', 3],
    ]);
  });

  it('is not lost when it could not be written, and nothing is made of documents that are not there', async () => {
    await versions.publish(named('1'), [head]);
    const { ran, flush } = open();
    ran(run(head, 2));
    ran(run(other, 2));
    await database.sql`alter table document_usage rename to document_usage_away`;
    await expect(flush()).rejects.toThrow();
    ran(run(head, 2));
    await database.sql`alter table document_usage_away rename to document_usage`;
    await flush();

    expect((await documentUsageOf(connected.sql, partner, null)).map(({ runs }) => runs)).toEqual([2]);
  });
});
