import { once } from 'node:events';
import { mkdtemp, realpath, rm, chmod } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { readConfig } from '../../src/config.js';
import { readPostmaster } from '../../src/postgres/embedded-postmaster.js';
import { startServer } from '../../src/start.js';
import { callerWith } from '../support/assent-server.js';
import { createTestDatabase } from '../support/database.js';
import { startProcess } from '../support/server-process.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function emptyDatabase() {
  const database = await createTestDatabase({ migrated: false });
  onTestFinished(database.close);
  return database;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'assent-test-'));
  // The embedded database may run as another user, in a home that the folder leads to.
  await chmod(path, 0o755);
  onTestFinished(async () => {
    const home = await realpath(join(path, 'postgres')).catch(() => path);
    await rm(home, { recursive: true, force: true });
    await rm(path, { recursive: true, force: true });
  });
  return path;
}

describe('the server', { timeout: 180_000 }, () => {
  it('comes up twice at once on an empty database, and both serve the same', async () => {
    const database = await emptyDatabase();
    const env = { PORT: '0', DATABASE_URL: database.url, DATA_DIR: await folder() };
    const servers = await Promise.all([1, 2].map(() => startServer(readConfig(env), silent)));
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.stop()));
    });
    const [one, other] = servers.map(({ url }) => callerWith(null, () => url));
    const created = await one?.ask(`mutation {
      createContact(input: { phone: "+16502539001", name: "Clara" }) { contact { id } userErrors { code } } }`);
    expect(created.createContact.userErrors).toEqual([]);
    const found = await other?.ask(`{ organization { slug } contactByPhone(phone: "+16502539001") { name } }`);
    expect(found).toEqual({ organization: { slug: 'demo' }, contactByPhone: { name: 'Clara' } });
  });

  it('does not start in production without knowing who may call, and says which setting is missing', async () => {
    const server = startProcess(onTestFinished, { NODE_ENV: 'production', PORT: '0' });
    await server.ready.catch(() => undefined);
    expect(await server.ended).toEqual({ code: 1, signal: null });
    expect(server.errors()).toMatch(/^AUTH_JWT_SECRET or AUTH_JWKS_URL should be set/);
  });

  it('does not start with settings that it can not understand, and names each of them', async () => {
    const server = startProcess(onTestFinished, {
      PORT: 'eighty',
      OPT_IN_RESEND_INTERVAL: '24h',
      DATABASE_URL: 'mysql://somewhere:secret@there',
    });
    await server.ready.catch(() => undefined);
    expect(await server.ended).toEqual({ code: 1, signal: null });
    const lines = server.errors().trim().split('\n');
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(['DATABASE_URL', 'OPT_IN_RESEND_INTERVAL', 'PORT']);
    expect(server.errors()).not.toContain('secret');
  });

  it('says which setting keeps it from listening, and leaves no embedded database running', async () => {
    const dataDir = await folder();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(async () => {
      taken.close();
      await once(taken, 'close');
    });
    const { port } = taken.address() as AddressInfo;

    const late = startProcess(onTestFinished, { PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'silent' });
    await late.ready.catch(() => undefined);
    expect(await late.ended).toEqual({ code: 1, signal: null });
    expect(late.errors()).toBe(`PORT should be a free port: something listens at ${port} already.\n`);

    const lost = startProcess(onTestFinished, { PORT: '0', HOST: '192.0.2.1', DATA_DIR: dataDir, LOG_LEVEL: 'silent' });
    await lost.ready.catch(() => undefined);
    expect(await lost.ended).toEqual({ code: 1, signal: null });
    expect(lost.errors()).toMatch(/^HOST should be an address of this machine/);

    expect(await readPostmaster(join(await realpath(join(dataDir, 'postgres')), 'data'))).toBeUndefined();
  });

  it('closes its sockets with 1012 when it is told to stop, and exits with 0', async () => {
    const database = await emptyDatabase();
    const server = startProcess(onTestFinished, { PORT: '0', DATABASE_URL: database.url, DATA_DIR: await folder() });
    const url = await server.ready;
    let checkpoint = (): void => undefined;
    const caughtUp = new Promise<void>((resolve) => (checkpoint = resolve));
    const closed = new Promise<{ code: number }>((resolve) => {
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        on: { closed: (event) => resolve(event as { code: number }) },
      });
      client.subscribe(
        { query: 'subscription { consentTransitions { __typename } }' },
        { next: () => checkpoint(), error: () => undefined, complete: () => undefined },
      );
    });
    await caughtUp;
    server.kill('SIGTERM');
    expect((await closed).code).toBe(1012);
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.errors()).not.toMatch(/"level":[56]0/);
  });

  it('starts again with its embedded database after kill -9, and what was answered is there', async () => {
    const env = { PORT: '0', DATA_DIR: await folder() };
    const killed = startProcess(onTestFinished, env);
    const before = await killed.ready;
    await callerWith(null, () => before).ask(`mutation {
      createContact(input: { phone: "+16502539002", name: "Clara" }) { contact { id } } }`);
    killed.kill('SIGKILL');
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });

    const again = startProcess(onTestFinished, env);
    const after = await again.ready;
    const found = await callerWith(null, () => after).ask(`{ contactByPhone(phone: "+16502539002") { name } }`);
    expect(found).toEqual({ contactByPhone: { name: 'Clara' } });
    again.kill('SIGTERM');
    expect(await again.ended).toEqual({ code: 0, signal: null });
  });
});

describe('what a running server shows', () => {
  it('is its health, its figures, its schema and a page to try it, which needs nothing from elsewhere', async () => {
    const database = await emptyDatabase();
    const config = readConfig({ PORT: '0', DATABASE_URL: database.url, DATA_DIR: await folder() });
    const server = await startServer(config, silent);
    onTestFinished(server.stop);
    const get = async (path: string) => {
      const response = await fetch(`${server.url}${path}`);
      return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
    };
    expect(await get('/livez')).toMatchObject({ status: 200 });
    expect(await get('/readyz')).toMatchObject({ status: 200 });
    const metrics = await get('/metrics');
    expect(metrics).toMatchObject({ status: 200, type: expect.stringContaining('text/plain') });
    expect(metrics.text).toMatch(/^assent_sockets 0$/m);
    expect(metrics.text).toMatch(/^assent_outbox_waiting\{channel="WHATSAPP",status="QUEUED",reason=""\} \d+$/m);
    expect(metrics.text).toMatch(/^assent_feed_waiting \d+$/m);
    const sdl = await get('/graphql/schema.graphql');
    expect(sdl).toMatchObject({ status: 200, type: expect.stringContaining('text/plain') });
    expect(sdl.text).toContain('consentTransitions(');
    const page = await get('/graphiql');
    expect(page).toMatchObject({ status: 200, type: expect.stringContaining('text/html') });
    const markup = page.text.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, (script) =>
      script.slice(0, script.indexOf('>')),
    );
    const loaded = [...markup.matchAll(/(?:src|href)\s*=\s*["']?([^"'\s>]+)/g)].map(([, address]) => address);
    expect(loaded.filter((address) => /^(?:[a-z]+:)?\/\//i.test(address ?? ''))).toEqual([]);
    expect(page.text).not.toMatch(/\bimport\s*\(?\s*["'](?:https?:)?\/\//);
    expect(page.text).not.toMatch(/@import|url\(\s*["']?(?:https?:)?\/\//);
  });
});
