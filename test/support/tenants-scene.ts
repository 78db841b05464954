import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { vi } from 'vitest';
import { readConfig } from '../../src/config.js';
import { fromGlobalId } from '../../src/schema/global-id.js';
import { startServer } from '../../src/start.js';
import { callerWith, type TestCaller } from './assent-server.js';
import { assent } from './command-line.js';
import { createTestDatabase } from './database.js';
import { startProviderStandIn, type RecordedRequest } from './provider-stand-in.js';
import type { AtEnd } from './server-process.js';

const SECRET = 'a secret for tenants that is long enough';
const silent = { debug() {}, info() {}, warn() {}, error() {} };
/** How much later each step of the tenant under test is. */
const STEP_MS = 2_000;

/** One organization as its people, its contacts and its operator use it. */
export type Tenant = {
  readonly slug: string;
  readonly organizationId: string;
  readonly phoneNumberId: string;
  readonly appSecret: string;
  readonly sms: { readonly accountSid: string; readonly authToken: string; readonly from: string };
  readonly agent: TestCaller;
  readonly admin: TestCaller;
  /** What the provider was sent for it, in order. */
  readonly sent: () => readonly RecordedRequest[];
};

export type TenantsScene = Awaited<ReturnType<typeof setTenantsScene>>;

/**
 * A server with two organizations that are alike but for their names, under a clock that stands still but for `later`:
 * what one of them does comes out the same each time, unless the other gets in between.
 */
export async function setTenantsScene(atEnd: AtEnd, begin: Date) {
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
    WHATSAPP_MESSAGES_PER_SECOND: '100000',
    WHATSAPP_PAIR_INTERVAL: 'PT0S',
    SMS_BASE_URL: provider.baseUrl,
    SMS_MESSAGES_PER_SECOND: '100000',
    DELIVERY_ORDER_WAIT: 'PT0S',
    RATE_LIMIT_CALLER: 'off',
    RATE_LIMIT_ORGANIZATION: 'off',
  };
  let now = begin.getTime();
  const server = await startServer(readConfig(env), silent, { clock: { now: () => new Date(now) } });
  atEnd(async () => {
    await server.stop();
    await provider.close();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Resolves to what a command printed, whether or not it was refused. */
  async function command(...args: readonly string[]): Promise<string> {
    const { out, err } = await assent(env, ...args);
    return out + err;
  }

  async function tenant(slug: string, n: number): Promise<Tenant> {
    const sms = { accountSid: `AC${n}`, authToken: `${slug}-sms-token`, from: `+1500555000${n}` };
    const phoneNumberId = `${slug}-number`;
    const appSecret = `${slug}-app-secret`;
    const made = await assent(env, 'org', 'create', '--slug', slug, '--name', `${slug} Ltd`, '--json');
    const whatsapp = ['--phone-number-id', phoneNumberId, '--access-token', `${slug}-token`, '--app-secret', appSecret];
    await command('channel', 'set', '--org', slug, ...whatsapp);
    const account = ['--account-sid', sms.accountSid, '--auth-token', sms.authToken, '--from', sms.from];
    await command('sms', 'set', '--org', slug, ...account);
    const caller = async (role: string): Promise<TestCaller> => {
      const token = await new SignJWT({ org: slug, role, name: 'Ada Agent' })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('agent-1')
        .setIssuedAt(Math.floor(begin.getTime() / 1_000))
        .setExpirationTime('3650d')
        .sign(new TextEncoder().encode(SECRET));
      return callerWith(token, () => server.url);
    };
    let looked = 0;
    const sent: RecordedRequest[] = [];
    return {
      slug,
      organizationId: JSON.parse(made.out).id,
      phoneNumberId,
      appSecret,
      sms,
      agent: await caller('agent'),
      admin: await caller('admin'),
      sent: () => {
        const news = provider.requests.slice(looked);
        looked += news.length;
        sent.push(...news.filter(({ path }) => path.includes(phoneNumberId) || path.includes(`/${sms.accountSid}/`)));
        return sent;
      },
    };
  }

  const tenants = [await tenant('alpha', 1), await tenant('bravo', 2)] as const;
  return {
    url: server.url,
    sql: database.sql,
    tenants,
    command,
    now: () => new Date(now),
    later: () => {
      now += STEP_MS;
    },
    /** All that was begun for an organization has taken effect. */
    settled: ({ organizationId }: Tenant) =>
      vi.waitFor(
        async () => {
          const [row] = await database.sql<{ waiting: number }[]>`
            select ((select count(*) from webhook_inbox
                where organization_id = ${organizationId} and processed_at is null and quarantined_at is null)
              + (select count(*) from messages
                where organization_id = ${organizationId} and status in ('QUEUED', 'SENDING'))
              + (select count(*) from outbox where organization_id = ${organizationId})
              + (select count(*) from contacts
                where organization_id = ${organizationId} and erased_at is not null and purged_at is null)
              + (select count(*) from feed_pending where organization_id = ${organizationId}))::int as waiting`;
          if (row?.waiting !== 0) throw new Error(`${row?.waiting} things wait`);
        },
        { timeout: 30_000, interval: 3 },
      ),
    /** How many changes of messages a conversation has seen. */
    messageChangesOf: async ({ organizationId }: Tenant, contact: string): Promise<number> => {
      const [row] = await database.sql<{ changes: number }[]>`
        select count(*)::int as changes from message_events
        where organization_id = ${organizationId} and contact_id = ${fromGlobalId('Contact', contact)}`;
      return row?.changes ?? 0;
    },
    /** Every id of anything of an organization. */
    idsOf: async ({ organizationId }: Tenant): Promise<ReadonlySet<string>> => {
      const rows = await database.sql<{ id: string }[]>`
        select id from organizations where id = ${organizationId}
        union all select id from contacts where organization_id = ${organizationId}
        union all select id from messages where organization_id = ${organizationId}
        union all select id from opt_in_requests where organization_id = ${organizationId}
        union all select id from consent_events where organization_id = ${organizationId}`;
      return new Set(rows.map(({ id }) => id));
    },
  };
}
