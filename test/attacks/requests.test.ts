import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.js';
import { startServer } from '../../src/start.js';
import { callerWith, startTestServer } from '../support/assent-server.js';
import { setAttackScene, type AttackScene } from '../support/attack-scene.js';
import { createTestDatabase } from '../support/database.js';
import { transports } from '../support/transports.js';

const CREATE = 'mutation { createContact(input: { phone: "+12025550177", name: "Forged" }) { contact { id } } }';

let scene: AttackScene;

beforeAll(async () => {
  scene = await setAttackScene();
});
afterAll(async () => {
  expect(scene.leaks()).toEqual([]);
  await scene.close();
});

/** Sends these bytes and resolves to all that comes back until the server closes, as it does for what it can't read. */
function raw(text: string): Promise<string> {
  const { port } = new URL(scene.url);
  const socket = connect(Number(port), '127.0.0.1');
  let told = '';
  socket.setEncoding('latin1').on('data', (data: string) => (told += data));
  socket.on('error', () => undefined);
  socket.write(Buffer.from(text, 'latin1'));
  return new Promise((resolve) => socket.once('close', () => resolve(told)));
}

const forged = async (): Promise<number> => {
  const [row] = await scene.sql<{ count: number }[]>`select count(*)::int as count from contacts where name = 'Forged'`;
  return row?.count ?? -1;
};
const authorization = (): string => `authorization: Bearer ${scene.attacker.token}`;
const body = JSON.stringify({ query: CREATE });

describe('a request that is two', () => {
  it.each<[string, (own: string) => string]>([
    [
      'by a length and chunks',
      (own) =>
        `POST /graphql HTTP/1.1\r\nhost: x\r\n${own}\r\ncontent-type: application/json\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'by two lengths',
      (own) =>
        `POST /graphql HTTP/1.1\r\nhost: x\r\n${own}\r\ncontent-type: application/json\r\ncontent-length: 0\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    ],
    [
      'by an encoding that nobody knows',
      (own) => `POST /graphql HTTP/1.1\r\nhost: x\r\n${own}\r\ntransfer-encoding: chunked, x\r\n\r\n0\r\n\r\n`,
    ],
    [
      'by a space before a colon',
      (own) => `POST /graphql HTTP/1.1\r\nhost: x\r\n${own}\r\ncontent-length : 3\r\n\r\nabc`,
    ],
    ['by a line of its own within a header', (own) => `GET /graphql HTTP/1.1\r\nhost: x\r\nx: a\rb\r\n${own}\r\n\r\n`],
    ['by a NUL in a header', (own) => `GET /graphql HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n${own}\r\n\r\n`],
    [
      'by headers of a megabyte',
      (own) => `GET /graphql HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(1 << 20)}\r\n${own}\r\n\r\n`,
    ],
  ])('%s is refused and the connection closed', async (_what, text) => {
    const told = await raw(text(authorization()));
    expect(told).toMatch(/^(HTTP\/1\.1 (400|431|501) |$)/);
    expect(told).not.toContain('"data"');
    expect(await forged()).toBe(0);
    expect(await scene.serves()).toBe(true);
  });
});

describe('what a request says', () => {
  it('is in no header of the answer', async () => {
    const evil = 'evil-header-value';
    for (const path of ['/graphql', '/graphql/stream', '/graphql/d/x', '/webhooks/whatsapp', '/nowhere']) {
      const response = await fetch(`${scene.url}${path}?x=%0d%0aset-cookie:%20${evil}&operationName=%0d%0a${evil}`, {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', authorization: `Bearer ${scene.attacker.token}` },
          ...{ 'x-request-id': evil, 'request-id': evil, origin: `https://${evil}`, 'accept-language': evil },
          ...{ 'x-forwarded-host': evil, 'x-forwarded-for': evil, traceparent: evil, 'last-event-id': evil },
        },
        body: JSON.stringify({ query: '{ viewer { id } }', operationName: `x\r\nset-cookie: ${evil}` }),
      });
      await response.text();
      expect(JSON.stringify([...response.headers])).not.toContain(evil);
      expect(response.headers.get('set-cookie')).toBeNull();
    }
  });

  it('tells nothing of what answers it', async () => {
    for (const path of ['/graphql', '/livez', '/nowhere']) {
      const response = await fetch(`${scene.url}${path}`);
      expect(response.headers.get('server') ?? response.headers.get('x-powered-by')).toBeNull();
      expect(await response.text()).not.toMatch(/node_modules|at .*\.ts:\d+/);
    }
  });

  it('by a method or at an address that is not there does nothing', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'HEAD']) {
      const response = await fetch(`${scene.url}/graphql`, {
        method,
        headers: { 'content-type': 'application/json', authorization: `Bearer ${scene.attacker.token}` },
        ...(method !== 'HEAD' && { body }),
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
    }
    for (const path of [
      '/graphql/../metrics%00',
      '/.env',
      '/.git/config',
      '/simulator/contacts',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/graphql%2fstream',
      '//graphql',
    ]) {
      const response = await fetch(`${scene.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
      await response.text();
    }
    expect(await forged()).toBe(0);
  });
});

describe('a server in production', () => {
  it('shows neither GraphiQL nor the simulator', async () => {
    const production = await startTestServer({ NODE_ENV: 'production' });
    onTestFinished(production.close);
    for (const path of ['/graphiql', '/simulator', '/simulator/contacts']) {
      const response = await fetch(`${production.url}${path}`);
      expect([path, response.status]).toEqual([path, 404]);
      await response.text();
    }
  });
});

describe('names that an object has of its own', () => {
  it.each(Object.entries(transports))('pollute nothing over %s', async (_name, run) => {
    const evil = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    for (const ask of [
      { query: '{ viewer { id } }', variables: evil },
      { query: '{ viewer { id } }', extensions: evil },
      { query: 'query ($i: CreateContactInput!) { viewer { id } }', variables: { i: evil } },
    ]) {
      await run({ url: scene.url, token: scene.attacker.token }, ask).catch(() => null);
      expect(Object.prototype).not.toHaveProperty('polluted');
    }
    expect(await scene.serves()).toBe(true);
  });
});

describe('a page of another origin', () => {
  it('is allowed nothing where no origin is named', async () => {
    for (const origin of ['https://evil.example.com', 'null', 'file://', scene.url.replace('127', '128')]) {
      const asked = await fetch(`${scene.url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      });
      await asked.text();
      expect([...asked.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('has no mutation run by what a browser sends without asking, even where everybody is an admin', async () => {
    const [database, dataDir] = await Promise.all([createTestDatabase(), mkdtemp(join(tmpdir(), 'assent-test-'))]);
    const settings = { PORT: '0', DATABASE_URL: database.url, DATA_DIR: dataDir };
    const open = await startServer(readConfig(settings), { debug() {}, info() {}, warn() {}, error() {} });
    try {
      const { data } = await callerWith(null, () => open.url).raw('{ viewer { role } }');
      expect(data.viewer.role).toBe('ADMIN');
      const simple: readonly [string, string][] = [
        ['text/plain', body],
        ['application/x-www-form-urlencoded', `query=${encodeURIComponent(CREATE)}`],
        [
          'multipart/form-data; boundary=x',
          `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${body}\r\n--x--`,
        ],
        ['text/plain; application/json', body],
      ];
      for (const path of ['/graphql', '/graphql/stream']) {
        for (const [type, contents] of simple) {
          const response = await fetch(`${open.url}${path}`, {
            method: 'POST',
            headers: { 'content-type': type, origin: 'https://evil.example.com', accept: '*/*' },
            body: contents,
          });
          expect(response.status).toBeGreaterThanOrEqual(400);
          await response.text();
        }
        const got = await fetch(`${open.url}${path}?query=${encodeURIComponent(CREATE)}`, {
          headers: { origin: 'https://evil.example.com', accept: '*/*' },
        });
        expect(got.status).toBeGreaterThanOrEqual(400);
        await got.text();
      }
      expect(await database.sql`select 1 from contacts where name = 'Forged'`).toEqual([]);
    } finally {
      await open.stop();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
