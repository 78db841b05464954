import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPartnerKey } from '../../src/access/partner-keys.js';
import { hashOf } from '../../src/access/operation-request.js';
import { assent } from '../support/command-line.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let env: Readonly<Record<string, string>>;
let directory: string;

beforeAll(async () => {
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url };
  directory = await mkdtemp(join(tmpdir(), 'assent-documents-'));
  for (const slug of ['acme', 'globex']) await done('org', 'create', '--slug', slug, '--name', slug);
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await database.close();
});

async function done(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await assent(env, ...args);
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  return out;
}
const json = async (...args: readonly string[]) => JSON.parse(await done(...args, '--json'));

async function manifestOf(name: string, ...texts: readonly string[]): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, JSON.stringify(Object.fromEntries(texts.map((text) => [`sha256:${hashOf(text)}`, text]))));
  return file;
}
const HEAD = 'query Head { feedCursor }';
const FUNNEL = 'query Funnel { consentFunnel { optedIn } }';
const WRITE = 'mutation Withdraw($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { replayed } }';

describe('an operator who sets up a partner', () => {
  const create = ['partner', 'create', '--org', 'acme', '--name'];

  it('gets its key, once, and only a hash of it is kept', async () => {
    const { code, out, err } = await assent(env, ...create, 'Billing');

    expect(code).toBe(0);
    const shown = readPartnerKey(out);
    expect(err).toContain(shown?.keyId);
    const kept = await database.sql`select id, hash from partner_keys`;
    expect(kept).toEqual([{ id: shown?.keyId, hash: Buffer.from(shown?.hash ?? []) }]);
    const everything = await database.sql`select to_jsonb(a)::text as row from audit_events a`;
    expect(JSON.stringify(everything)).not.toContain(out.split('_')[2]);
    expect(await done('partner', 'list', '--org', 'acme')).not.toContain(out.split('_')[2]);
  });

  it('gives it a further key that does less and ends sooner', async () => {
    const made = await json(
      ...create,
      'Billing',
      '--scopes',
      'read',
      '--enforcement',
      'SAFELIST',
      '--expires-in',
      'P1D',
    );

    expect(made).toMatchObject({ organization: 'acme', partner: 'Billing', application: 'main', scopes: ['read'] });
    expect(readPartnerKey(made.key)?.keyId).toBe(made.keyId);
    expect(Date.parse(made.expiresAt) - Date.now()).toBeLessThanOrEqual(86_400_000);
    const { keys } = await json('partner', 'list', '--org', 'acme');
    expect(keys).toHaveLength(2);
    expect(keys[1]).toMatchObject({ keyId: made.keyId, enforcement: 'SAFELIST', scopes: ['read'], lastUsedAt: null });
  });

  it('exchanges a key, with an overlap, and revokes it', async () => {
    const old = await json(...create, 'Rotated');
    const next = await json('partner', 'rotate', '--key', old.keyId, '--overlap', 'PT1H');

    expect(next).toMatchObject({ partner: 'Rotated', old: { keyId: old.keyId } });
    expect(Date.parse(next.old.expiresAt) - Date.now()).toBeLessThanOrEqual(3_600_000);
    expect(next.keyId).not.toBe(old.keyId);
    expect(await json('partner', 'revoke', '--key', next.keyId)).toMatchObject({
      keyId: next.keyId,
      partner: 'Rotated',
    });
    expect(await assent(env, 'partner', 'rotate', '--key', next.keyId)).toMatchObject({ code: 1 });
    expect(await json('partner', 'revoke', '--key', old.key)).toMatchObject({ keyId: old.keyId });
    const acts = await database.sql`select action, target from audit_events where action like 'partner.r%' order by at`;
    expect(acts).toEqual([
      { action: 'partner.rotate', target: old.keyId },
      { action: 'partner.revoke', target: next.keyId },
      { action: 'partner.revoke', target: old.keyId },
    ]);
  });

  it('is told what was not understood or does not exist', async () => {
    const code = async (...args: readonly string[]) => (await assent(env, ...args)).code;

    expect(await code(...create, 'X', '--scopes', 'all')).toBe(2);
    expect(await code(...create, 'X', '--enforcement', 'NONE')).toBe(2);
    expect(await code(...create, 'X', '--expires-in', 'soon')).toBe(2);
    expect(await code(...create, 'X', '--expires-in', 'PT0S')).toBe(2);
    expect(await code('partner', 'create', '--org', 'nobody', '--name', 'X')).toBe(1);
    expect(await code('partner', 'revoke', '--key', 'nothing')).toBe(1);
  });
});

describe('whoever checks documents', () => {
  it('needs no settings and no database', async () => {
    const file = await manifestOf('good.json', HEAD, WRITE);
    const { code, out } = await assent({ DATABASE_URL: 'not one' }, 'documents', 'check', file, '--json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      ok: true,
      documents: [
        { hash: hashOf(HEAD), name: 'Head', kind: 'query', cost: 1, problems: [] },
        { hash: hashOf(WRITE), name: 'Withdraw', kind: 'mutation', cost: expect.any(Number), problems: [] },
      ],
    });
  });

  it('is told every problem of every document', async () => {
    const file = await manifestOf('bad.json', HEAD, '{ feedCursor nothing }', WRITE);
    const { code, out, err } = await assent({}, 'documents', 'check', file, '--scopes', 'read');

    expect(code).toBe(1);
    expect(err).toContain('Nothing of it can be published');
    expect(out.split('\n').filter((line) => line.includes('✗'))).toEqual([
      expect.stringContaining('nothing'),
      expect.stringContaining('no name'),
      expect.stringContaining('"write"'),
    ]);
    expect(await assent({}, 'documents', 'check', join(directory, 'none.json'))).toMatchObject({ code: 1, out: '' });
  });
});

describe('an operator who publishes', () => {
  const of = (command: string, version: string, ...more: readonly string[]) => [
    ...['documents', command, '--org', 'acme', '--partner', 'Publisher', '--version', version],
    ...more,
  ];
  beforeAll(() => done('partner', 'create', '--org', 'acme', '--name', 'Publisher', '--scopes', 'read'));

  it('does so once for each version', async () => {
    const file = await manifestOf('v1.json', HEAD, FUNNEL);
    const published = { organization: 'acme', partner: 'Publisher', application: 'main', version: '1', documents: 2 };

    expect(await json(...of('publish', '1', file))).toEqual({ ...published, unchanged: false, status: 'ACTIVE' });
    expect(await json(...of('publish', '1', file))).toEqual({ ...published, unchanged: true, status: 'ACTIVE' });
    const other = await assent(env, ...of('publish', '1', await manifestOf('v2.json', HEAD)));
    expect(other).toMatchObject({ code: 1, out: '', err: expect.stringContaining('choose another version') });
  });

  it('is refused what does not pass the check, or needs what no key of the partner may do', async () => {
    const { code, err } = await assent(env, ...of('publish', '2', await manifestOf('bad.json', HEAD, WRITE)));

    expect(code).toBe(1);
    expect(err).toContain('"write"');
    const { versions } = await json('documents', 'list', '--org', 'acme', '--partner', 'Publisher');
    expect(versions.map(({ version }: { version: string }) => version)).toEqual(['1']);
    const spent = await json('partner', 'create', '--org', 'acme', '--name', 'Spent');
    await done('partner', 'revoke', '--key', spent.keyId);
    const file = await manifestOf('v1.json', HEAD);
    const late = ['documents', 'publish', '--org', 'acme', '--partner', 'Spent', '--version', '1', file];
    expect(await assent(env, ...late)).toMatchObject({ code: 1, err: expect.stringContaining('no key that is good') });
  });

  it('deprecates and retires a version, which is recorded', async () => {
    expect(await json(...of('deprecate', '1', '--sunset', '2099-03-31'))).toMatchObject({
      status: 'DEPRECATED',
      deprecatedAt: expect.stringMatching(/^20\d\d-.*Z$/),
      sunsetAt: '2099-03-31T00:00:00.000Z',
    });
    expect(await done('documents', 'list', '--org', 'acme')).toMatch(
      /DEPRECATED {2}2 documents {2}since 20\S+Z {2}until 2099-03-31/,
    );
    const { versions } = await json('documents', 'list', '--org', 'acme', '--partner', 'Publisher');
    expect(versions).toMatchObject([{ deprecatedAt: expect.any(String), sunsetAt: '2099-03-31T00:00:00.000Z' }]);
    const ended = await assent(env, ...of('deprecate', '1', '--sunset', '2020-01-01'));
    expect(ended).toMatchObject({ code: 1, out: '', err: expect.stringContaining('choose a later sunset') });
    expect(await json(...of('retire', '1'))).toMatchObject({ status: 'RETIRED' });
    const acts = await database.sql`
      select action, details ->> 'version' as version from audit_events where target = 'Publisher'
        and action like 'documents.%' order by at`;
    expect(acts.map(({ action, version }) => `${action} ${version}`)).toEqual([
      'documents.publish 1',
      'documents.publish 1',
      'documents.deprecate 1',
      'documents.retire 1',
    ]);
  });

  it('sees the usage of each document', async () => {
    const { documents } = await json('documents', 'usage', '--org', 'acme', '--partner', 'Publisher');

    expect(documents).toHaveLength(2);
    expect(documents[0]).toMatchObject({ application: 'main', version: '1', runs: 0, errors: 0, p95Ms: null });
    expect(await done('documents', 'usage', '--org', 'acme', '--partner', 'Publisher')).toContain('never run');
  });

  it('reaches nothing of another organization', async () => {
    const file = await manifestOf('v1.json', HEAD);
    const theirs = ['documents', 'publish', '--org', 'globex', '--partner', 'Publisher', '--version', '9', file];

    expect(await assent(env, ...theirs)).toMatchObject({ code: 1, err: expect.stringContaining('no partner') });
    expect(await json('documents', 'list', '--org', 'globex')).toEqual({ organization: 'globex', versions: [] });
  });
});

describe('whoever looks at the impact of a change of the schema', () => {
  const schemaFile = async (name: string, text: string) => {
    const file = join(directory, name);
    await writeFile(file, text);
    return file;
  };
  const impact = async (...args: readonly string[]) => {
    const { code, out } = await assent(env, 'schema', 'impact', ...args, '--json');
    return { code, ...JSON.parse(out) };
  };

  it('is told what breaks, and which documents of partners', async () => {
    const file = await manifestOf('impact.json', HEAD, FUNNEL);
    await done('partner', 'create', '--org', 'acme', '--name', 'Affected');
    await done('documents', 'publish', '--org', 'acme', '--partner', 'Affected', '--version', '1', file);
    const cursor = 'scalar Cursor type Funnel { optedIn: Int! }';
    const before = await schemaFile(
      'before.graphql',
      `${cursor} type Query { feedCursor: Cursor! consentFunnel: Funnel! }`,
    );
    const after = await schemaFile('after.graphql', `${cursor} type Query { consentFunnel: Funnel! more: Int }`);

    expect(await impact(before, after, '--org', 'acme')).toEqual({
      code: 1,
      ok: false,
      changes: [{ type: 'FIELD_REMOVED', description: 'Query.feedCursor was removed.' }],
      documents: [
        {
          ...{ partner: 'Affected', application: 'main', version: '1', name: 'Head', hash: hashOf(HEAD) },
          problems: [expect.stringContaining('feedCursor')],
        },
      ],
    });
    expect(await impact(before, after, '--org', 'globex')).toMatchObject({ documents: [] });
    expect(await impact(before, before, '--org', 'acme')).toEqual({ code: 0, ok: true, changes: [], documents: [] });
    const { code, err } = await assent(env, 'schema', 'impact', before, join(directory, 'none.graphql'));
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("can't be read") });
  });
});
