import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from 'graphql-ws';
import { SignJWT } from 'jose';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import { readConfig } from '../../src/config.js';
import type { Logger } from '../../src/domain/ports/logger.js';
import { startServer, type Observer, type Server } from '../../src/start.js';
import { assent } from './command-line.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import type { TypedDocumentString } from './gql/graphql.js';
import { patience } from './patience.js';
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
  readonly caller: (slug: string, options?: CallerOptions) => Promise<TestCaller>;
  /** Resolves when all that commits leave to be done afterwards is done. */
  readonly quiet: () => Promise<void>;
  /** Stops the server and starts another on the same database. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
};

type CallerOptions = {
  readonly role?: string;
  readonly sub?: string;
  readonly locale?: string;
  /** How long the token is good, such as "2s" or "1s ago". */
  readonly ttl?: string;
};

/** Variables of a typed document; left out where it has none. */
type VariablesOf<Variables> =
  Variables extends Record<string, never> ? readonly [variables?: Variables] : readonly [variables: Variables];

type Ask = {
  <Result, Variables extends object>(
    document: TypedDocumentString<Result, Variables>,
    ...variables: VariablesOf<Variables>
  ): Promise<Result>;
  (document: string, variables?: object): Promise<Json>;
};

export type TestCaller = {
  readonly token: string;
  /** Data of the operation, typed where its document is; errors fail the test. */
  readonly ask: Ask;
  /** The whole answer, errors and all. */
  readonly raw: (document: string, variables?: object) => Promise<Json>;
  readonly socket: (options?: object) => Client;
};

type Settings = Readonly<Record<string, string>>;

type TestServerOptions = Observer & {
  readonly log?: Logger;
  /** Stands between the server and its database; takes the url and gives the one to use. */
  readonly through?: (databaseUrl: string) => Promise<string>;
};

/** Starts a server; settings of the environment may be added, also ones that name the stand-in. */
export async function startTestServer(
  settings: Settings | ((provider: ProviderStandIn) => Settings) = {},
  { log = silent, through, ...observer }: TestServerOptions = {},
): Promise<TestServer> {
  const [database, provider, dataDir] = await Promise.all([
    createTestDatabase(),
    startProviderStandIn(),
    mkdtemp(join(tmpdir(), 'assent-test-')),
  ]);
  const env = {
    PORT: '0',
    DATABASE_URL: through === undefined ? database.url : await through(database.url),
    DATA_DIR: dataDir,
    AUTH_JWT_SECRET: SECRET,
    WHATSAPP_BASE_URL: provider.baseUrl,
    WHATSAPP_VERIFY_TOKEN: 'verify me',
    DELIVERY_ORDER_WAIT: 'PT0.2S',
    ...(typeof settings === 'function' ? settings(provider) : settings),
  };
  let server = await startServer(readConfig(env), log, observer);

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
        const facts = ['--number', '+1 555 010 0000', '--template-category', 'MARKETING', '--template-version', '3'];
        await run(env, 'channel', 'set', '--org', slug, '--phone-number-id', phoneNumberId, ...token, ...facts);
      }
      return organization;
    },
    caller: async (slug, { role = 'agent', sub = 'agent-1', locale, ttl = '1h' } = {}) => {
      const token = await new SignJWT({ org: slug, role, name: 'Ada Agent', ...(locale && { locale }) })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(sub)
        .setExpirationTime(ttl)
        .sign(new TextEncoder().encode(SECRET));
      return callerWith(token, () => server.url);
    },
    quiet: () =>
      vi.waitFor(async () => {
        const waiting = await database.sql`
          select 'a position' as what from feed_pending union all select 'the funnel' from funnel_changes
          union all select 'a send' from outbox union all select 'a webhook' from webhook_inbox where processed_at is null
          union all select 'a checkpoint' from feed_heads h where h.position > coalesce((
            select max(c.size) from checkpoints c where c.organization_id = h.organization_id), 0)`;
        if (waiting.length > 0) throw new Error(`${waiting.map(({ what }) => what).join(', ')} is not done`);
      }, patience),
    restart: async () => {
      await server.stop();
      server = await startServer(readConfig(env), log, observer);
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
  const ask = async (document: { toString(): string }, ...[variables]: readonly unknown[]): Promise<Json> => {
    const { data, errors } = await raw(document.toString(), variables as object | undefined);
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return {
    token: token ?? '',
    raw,
    ask,
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
