import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from '../support/assent-server.js';
import { assent } from '../support/command-line.js';

const PHONE = '+12025550123';
const patience = { timeout: 60_000, interval: 50 };

let server: TestServer;
let project: string;
let key: string;
let keyId: string;

beforeAll(async () => {
  server = await startTestServer({ DELIVERY_ORDER_WAIT: 'PT0S' });
  await server.organization('acme');
  project = join(await realpath(await mkdtemp(join(tmpdir(), 'assent-partner-'))), 'partner');
  await cp('examples/partner', project, { recursive: true });
  await rm(join(project, 'generated'), { recursive: true });
  await symlink(resolve('node_modules'), join(project, 'node_modules'));
});
afterAll(async () => {
  await server.close();
  await rm(resolve(project, '..'), { recursive: true, force: true });
});

async function operator(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await assent(server.env, ...args);
  if (code !== 0) throw new Error(`${out}\n${err}`);
  return out;
}

const environment = () => ({ ...process.env, ASSENT_URL: server.url, ASSENT_KEY: key });

/** What a command of the project prints. */
async function run(script: string, ...args: readonly string[]): Promise<string> {
  const command = ['run', '--silent', script, '--', ...args];
  const { stdout } = await promisify(execFile)('npm', command, { cwd: project, env: environment() });
  return stdout.trim();
}
const json = async (script: string, ...args: readonly string[]) => JSON.parse(await run(script, ...args));
const usage = async () =>
  JSON.parse(await operator('documents', 'usage', '--org', 'acme', '--partner', 'Billing', '--json')).documents;

describe('the example of a partner, from key to production', { timeout: 180_000 }, () => {
  const manifest = () => join(project, 'generated/persisted-documents.json');

  it('gets a key', async () => {
    ({ key, keyId } = JSON.parse(await operator('partner', 'create', '--org', 'acme', '--name', 'Billing', '--json')));

    expect(key).toMatch(/^assent_/);
  });

  it('reads the schema with it, and generates what stands beside the example', async () => {
    await run('schema');
    await run('generate');

    for (const file of ['persisted-documents.json', 'graphql.ts', 'gql.ts']) {
      expect(await readFile(join(project, 'generated', file), 'utf8')).toBe(
        await readFile(join('examples/partner/generated', file), 'utf8'),
      );
    }
  });

  it('can run none of its documents before they are published', async () => {
    await expect(run('get')).rejects.toMatchObject({ stdout: expect.stringContaining('PERSISTED_QUERY_NOT_FOUND') });
  });

  it('has them checked and published', async () => {
    await operator('documents', 'check', manifest());
    const version = ['--org', 'acme', '--partner', 'Billing', '--version', '1.0.0'];

    expect(await operator('documents', 'publish', ...version, manifest())).toContain('ACTIVE: 4 documents');
  });

  it('runs one at an address of its own', async () => {
    await vi.waitFor(async () => expect(await json('get')).toMatchObject({ data: { organization: {} } }), patience);
  });

  it('runs them with urql', async () => {
    expect(await json('urql')).toMatchObject({ organization: { name: 'acme Ltd' }, consentFunnel: { optedIn: 0 } });
  });

  it('runs them with Apollo Client, and what is repeated is not done again', async () => {
    const contact = { consent: { status: 'PENDING' } };
    const first = await json('apollo', PHONE, 'Ada Example');
    const second = await json('apollo', PHONE, 'Ada Example');

    expect(first).toMatchObject({ asked: { replayed: false, userErrors: [], contact }, contact });
    expect(second).toMatchObject({ asked: { replayed: true, contact: { id: first.contact.id } } });
    await vi.waitFor(() => expect(server.provider.requests).toHaveLength(1), patience);
  });

  it('follows the feed over a WebSocket', async () => {
    const { feedCursor } = await (await server.caller('acme')).ask('{ feedCursor }');
    const watching = spawn('npm', ['run', '--silent', 'watch', '--', feedCursor], {
      cwd: project,
      env: environment(),
      detached: true,
    });
    const items: { readonly to?: string; readonly caughtUp?: boolean }[] = [];
    createInterface(watching.stdout).on('line', (line) => items.push(JSON.parse(line)));
    try {
      await vi.waitFor(() => expect(items).toContainEqual(expect.objectContaining({ caughtUp: true })), patience);
      await run('apollo', '+12025550124', 'Bob Example');
      await vi.waitFor(() => expect(items).toContainEqual(expect.objectContaining({ to: 'PENDING' })), patience);
    } finally {
      // npm and what it runs are one group.
      if (watching.pid !== undefined) process.kill(-watching.pid, 'SIGKILL');
    }
  });

  it('is shown in the usage, and sends no text', async () => {
    await vi.waitFor(async () => {
      const runs = Object.fromEntries(
        (await usage()).map(({ name, runs: count }: { name: string; runs: number }) => [name, count]),
      );
      expect(runs).toEqual({ Overview: 2, AskForConsent: 3, FindContact: 3, ConsentFeed: 1 });
    }, patience);
    const { keys } = JSON.parse(await operator('partner', 'list', '--org', 'acme', '--json'));
    expect(keys[0].lastUsedAt).not.toBeNull();
    const text = { method: 'POST', body: JSON.stringify({ query: '{ feedCursor }' }) };
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await (await fetch(`${server.url}/graphql`, { ...text, headers })).json();
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'PERSISTED_QUERY_REQUIRED' } }] });
  });

  it('is told of a version that will end, and ends with it', async () => {
    const version = ['--org', 'acme', '--partner', 'Billing', '--version', '1.0.0'];
    await operator('documents', 'deprecate', ...version, '--sunset', '2099-03-31');
    await vi.waitFor(async () => {
      expect(await json('get')).toMatchObject({
        extensions: { deprecation: { version: '1.0.0', sunsetAt: '2099-03-31T00:00:00.000Z' } },
      });
    }, patience);
    await operator('documents', 'retire', ...version);
    await vi.waitFor(
      () => expect(run('get')).rejects.toMatchObject({ stdout: expect.stringContaining('NOT_FOUND') }),
      patience,
    );
  });

  it('is let in with a new key, and not with one that was revoked', async () => {
    const old = key;
    ({ key } = JSON.parse(await operator('partner', 'rotate', '--key', keyId, '--json')));
    await run('schema');
    await operator('partner', 'revoke', '--key', keyId);
    await vi.waitFor(async () => {
      const { status } = await fetch(`${server.url}/graphql/d/${'0'.repeat(64)}`, {
        headers: { authorization: `Bearer ${old}` },
      });
      expect(status).toBe(401);
    }, patience);
  });
});
