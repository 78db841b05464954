import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from 'graphql-ws';
import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { readConfig } from '../../src/config.js';
import { startServer, type Server } from '../../src/start.js';
import { assent } from './command-line.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { startProviderStandIn, type ProviderStandIn } from './provider-stand-in.js';

/** JSON that a test asked for; a wrong shape fails its assertions. */
type Json = ReturnType<typeof JSON.parse>;

const SECRET = 'a secret for tests that is long enough';
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** An organization with its channel at the provider's stand-in. */
export type TestOrganization = {
  readonly slug: string;
  readonly phoneNumberId: string;
  readonly appSecret: string;
};

/** A whole server on a database of its own, with the stand-in in Meta's place. */
export type TestServer = {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly database: TestDatabase;
  readonly provider: ProviderStandIn;
  readonly server: Server;
  /** Makes an organization with a channel; `channel: false` leaves it without. */
  readonly organization: (slug: string, options?: { channel?: boolean; locale?: string }) => Promise<TestOrganization>;
  /** A caller with a token of the organization. */
  readonly caller: (slug: string, options?: { role?: string; sub?: string; locale?: string }) => Promise<TestCaller>;
  /** Stops the server and starts another on the same database. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type TestCaller = {
  readonly token: string;
  /** Data of the operation; errors fail the test. */
  readonly ask: (document: string, variables?: object) => Promise<Json>;
  /** The whole answer, errors and all. */
  readonly raw: (document: string, variables?: object) => Promise<Json>;
  readonly socket: (options?: object) => Client;
};

/** Starts a server; settings of the environment may be added. */
export async function startTestServer(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const [database, provider, dataDir] = await Promise.all([
    createTestDatabase(),
    startProviderStandIn(),
    mkdtemp(join(tmpdir(), 'assent-test-')),
  ]);
  const env = {
    PORT: '0',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    AUTH_JWT_SECRET: SECRET,
    WHATSAPP_BASE_URL: provider.baseUrl,
    WHATSAPP_VERIFY_TOKEN: 'verify me',
    DELIVERY_ORDER_WAIT: 'PT0.2S',
    ...settings,
  };
  let server = await startServer(readConfig(env), silent);

  return {
    get url() {
      return server.url;
    },
    get server() {
      return server;
    },
    env,
    database,
    provider,
    organization: async (slug, { channel = true, locale = 'en' } = {}) => {
      const organization = { slug, phoneNumberId: `${slug}-number`, appSecret: `${slug}-app-secret` };
      await run(env, 'org', 'create', '--slug', slug, '--name', `${slug} Ltd`, '--locale', locale);
      if (channel) {
        const { phoneNumberId, appSecret } = organization;
        const token = ['--access-token', `${slug}-token`, '--app-secret', appSecret];
        await run(env, 'channel', 'set', '--org', slug, '--phone-number-id', phoneNumberId, ...token);
      }
      return organization;
    },
    caller: async (slug, { role = 'agent', sub = 'agent-1', locale } = {}) => {
      const token = await new SignJWT({ org: slug, role, name: 'Ada Agent', ...(locale && { locale }) })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(sub)
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(SECRET));
      return callerWith(token, () => server.url);
    },
    restart: async () => {
      await server.stop();
      server = await startServer(readConfig(env), silent);
    },
    close: async () => {
      await server.stop();
      await provider.close();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A caller of any server, with any token (or none). */
export function callerWith(token: string | null, url: () => string): TestCaller {
  const authorization: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const raw = async (query: string, variables?: object): Promise<Json> => {
    const response = await fetch(`${url()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  };
  return {
    token: token ?? '',
    raw,
    ask: async (document, variables) => {
      const { data, errors } = await raw(document, variables);
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    socket: (options = {}) =>
      createClient({
        url: () => `${url().replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: authorization,
        retryAttempts: 0,
        ...options,
      }),
  };
}

async function run(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<void> {
  const { code, err } = await assent(env, ...args);
  if (code !== 0) throw new Error(err);
}
