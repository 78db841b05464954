import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { readConfig } from '../../src/config.js';
import { startServer, type Server, type Step } from '../../src/start.js';
import { callerWith, type TestCaller } from './assent-server.js';
import { assent } from './command-line.js';
import { createTestDatabase } from './database.js';
import { postWebhook, startProviderStandIn, webhookOf, type RecordedRequest } from './provider-stand-in.js';
import { startDoomed, type AtEnd } from './server-process.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const patience = { timeout: 20_000, interval: 20 };

/** A message as the database has it, beside what the provider was sent of it. */
export type Fate = {
  readonly name: string;
  readonly kind: string;
  readonly direction: string;
  readonly body: string;
  readonly status: string;
  readonly sends: readonly RecordedRequest[];
};

export type CrashScene = Awaited<ReturnType<typeof setCrashScene>>;

/**
 * One database and one provider that outlive the servers on them: first servers in this process, then one in a process
 * of its own that dies, then again one in this process. All is gone at the end of the test.
 */
export async function setCrashScene(atEnd: AtEnd, settings: Readonly<Record<string, string>> = {}) {
  const [database, provider, dataDir] = await Promise.all([
    createTestDatabase(),
    startProviderStandIn(),
    mkdtemp(join(tmpdir(), 'assent-test-')),
  ]);
  const env = {
    PORT: '0',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    AUTH_JWT_SECRET: 'a secret for crashes that is long enough',
    WHATSAPP_BASE_URL: provider.baseUrl,
    WHATSAPP_TIMEOUT: 'PT1S',
    DELIVERY_LEASE: 'PT2S',
    DELIVERY_ORDER_WAIT: 'PT0.05S',
    LOG_LEVEL: 'warn',
    ...settings,
  };
  let server: Server | null = null;
  let url = '';
  atEnd(async () => {
    await server?.stop();
    await provider.close();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function operator(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await assent(env, ...args);
    if (code !== 0) throw new Error(err);
    return out.trim();
  }
  await operator('org', 'create', '--slug', 'acme', '--name', 'Acme Ltd', '--locale', 'en');
  const secrets = ['--access-token', 'a-token', '--app-secret', 'an-app-secret'];
  await operator('channel', 'set', '--org', 'acme', '--phone-number-id', 'acme-number', ...secrets);
  const token = await operator('token', '--org', 'acme', '--role', 'agent', '--sub', 'agent-1');
  const agent: TestCaller = callerWith(token, () => url);
  const { sql } = database;

  async function fates(): Promise<readonly Fate[]> {
    const rows = await sql<(Omit<Fate, 'sends'> & { id: string })[]>`
      select m.id, c.name, m.kind, m.direction, m.body, m.status from messages m
      join contacts c on c.organization_id = m.organization_id and c.id = m.contact_id
      order by c.name, m.number`;
    return rows.map(({ id, ...row }) => ({
      ...row,
      sends: provider.requests.filter((send) => messageOf(send) === id),
    }));
  }

  return {
    env,
    provider,
    sql,
    agent,
    fates,
    /** A server in this process. */
    async begin(): Promise<void> {
      server = await startServer(readConfig(env), silent);
      url = server.url;
    },
    async end(): Promise<void> {
      await server?.stop();
      server = null;
    },
    /** A server in a process of its own, doomed to die at the nth time of the step; resolves when it serves. */
    async beginDoomed(step: Step, count?: number) {
      const doomed = startDoomed(atEnd, env, step, count);
      url = await doomed.ready;
      return doomed;
    },
    /** Asks a new contact for consent; resolves when the provider has accepted the request. */
    async asks(name: string, phone: string): Promise<string> {
      const { sendOptIn } = await agent.ask(
        `mutation ($phone: PhoneNumber!, $name: String) {
          sendOptIn(input: { phone: $phone, name: $name }) { contact { id } userErrors { code } }
        }`,
        { phone, name },
      );
      expect(sendOptIn.userErrors).toEqual([]);
      await this.settled();
      return sendOptIn.contact.id;
    },
    async queues(contactId: string, body: string): Promise<void> {
      const { queueMessage } = await agent.ask(
        `mutation ($contactId: ID!, $body: String!) {
          queueMessage(input: { contactId: $contactId, body: $body }) { message { status } userErrors { code } }
        }`,
        { contactId, body },
      );
      expect(queueMessage).toEqual({ message: { status: 'HELD' }, userErrors: [] });
    },
    /** Posts a webhook once; null when the connection ended without an answer. */
    posts(contents: { messages?: readonly unknown[]; statuses?: readonly unknown[] }): Promise<number | null> {
      const body = webhookOf({ phoneNumberId: 'acme-number', ...contents });
      return postWebhook(`${url}/webhooks/whatsapp`, 'an-app-secret', body).catch(() => null);
    },
    /** All that was stored has taken effect, all that may leave has left or is known to be of unknown fate. */
    settled: () =>
      vi.waitFor(async () => {
        const [row] = await sql`
          select (select count(*) from webhook_inbox where processed_at is null)
            + (select count(*) from messages where status in ('QUEUED', 'SENDING'))
            + (select count(*) from outbox) + (select count(*) from feed_pending) as waiting`;
        if (Number(row?.['waiting']) > 0) throw new Error(`${row?.['waiting']} things wait`);
      }, patience),
    /**
     * What must be true after any crash: each message is at the provider as often as its status says, texts only of
     * those who agreed, and every transition has its place in the feed.
     */
    async holdsTrue({ consented }: { readonly consented: readonly string[] }): Promise<void> {
      const all = await fates();
      for (const { name, kind, body, status, sends } of all) {
        const what = `${name}: ${kind} "${body}" is ${status}`;
        const allowed = ['ACCEPTED', 'SENT', 'DELIVERED', 'READ'].includes(status)
          ? [1]
          : status === 'UNCONFIRMED'
            ? [0, 1]
            : [0];
        expect(allowed, `${what} and was sent ${sends.length} times`).toContain(sends.length);
        if (kind === 'TEXT' && sends.length > 0) expect(consented, `${what} without consent`).toContain(name);
      }
      expect(all.flatMap(({ sends }) => sends)).toHaveLength(provider.requests.length);
      const [feed] = await sql`
        select (select array_agg(position::int order by position) from feed) as positions,
          (select count(*)::int from consent_events where to_status is not null) as transitions`;
      expect(feed?.['positions']).toEqual(Array.from({ length: feed?.['transitions'] }, (_, index) => index + 1));
    },
  };
}

/** The message that a send was of, by the name of its attempt. */
function messageOf({ body }: RecordedRequest): string | undefined {
  return String(body?.biz_opaque_callback_data).split('.')[1];
}
