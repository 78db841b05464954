import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { Step } from '../../src/start.js';
import { readStatusCallback } from '../../src/sms/attempt-name.js';
import { callerWith } from './assent-server.js';
import { assent } from './command-line.js';
import { createTestDatabase } from './database.js';
import type { Send } from './judge-sends.js';
import { postWebhook, startProviderStandIn, webhookOf, type RecordedRequest } from './provider-stand-in.js';
import { bundleServer } from './server-bundle.js';
import { startDriven, type AtEnd, type DrivenServer } from './server-process.js';

const patience = { timeout: 60_000, interval: 20 };

/** One that keeps to the defaults, one that wants messages of unknown fate sent again, one that reopens windows. */
export const organizations = ['plain', 'again', 'later'] as const;
export type Organization = (typeof organizations)[number];

export type MatrixScene = Awaited<ReturnType<typeof setMatrixScene>>;

/**
 * One database and one provider, and one server after the other on them, each in a process of its own: what one leaves
 * behind when it is killed, the next one finds. All is gone at the end.
 */
export async function setMatrixScene(atEnd: AtEnd) {
  const [database, provider, dataDir, program] = await Promise.all([
    createTestDatabase(),
    startProviderStandIn(),
    mkdtemp(join(tmpdir(), 'assent-test-')),
    bundleServer(atEnd),
  ]);
  atEnd(() => rm(dataDir, { recursive: true, force: true }));
  atEnd(database.close);
  atEnd(provider.close);
  const env = {
    PORT: '0',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    AUTH_JWT_SECRET: 'a secret for crashes that is long enough',
    WHATSAPP_BASE_URL: provider.baseUrl,
    // Nothing runs out by itself, however slow the machine is: see `leasesOfTheDead`.
    WHATSAPP_TIMEOUT: 'PT60S',
    DELIVERY_LEASE: 'PT120S',
    DELIVERY_ORDER_WAIT: 'PT0S',
    DELIVERY_UNCONFIRMED_WAIT: 'PT1S',
    WHATSAPP_PAIR_INTERVAL: 'PT0S',
    SMS_BASE_URL: provider.baseUrl,
    SMS_ACCOUNT_SID: 'AC1',
    SMS_AUTH_TOKEN: 'an-sms-token',
    SMS_FROM: '+15550100',
    PUBLIC_URL: 'http://127.0.0.1:1',
    LOG_LEVEL: 'warn',
  };
  const { sql } = database;
  let server: DrivenServer | null = null;
  let url = '';
  let numbers = 1000;

  async function operator(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await assent(env, ...args);
    if (code !== 0) throw new Error(err);
    return out.trim();
  }
  const agents = new Map<Organization, ReturnType<typeof callerWith>>();
  for (const slug of organizations) {
    await operator('org', 'create', '--slug', slug, '--name', 'Acme Ltd', '--locale', 'en');
    const secrets = ['--access-token', 'a-token', '--app-secret', 'an-app-secret'];
    const template = slug === 'later' ? ['--continue-template', 'continue_conversation'] : [];
    await operator('channel', 'set', '--org', slug, '--phone-number-id', `${slug}-number`, ...secrets, ...template);
    const token = await operator('token', '--org', slug, '--role', 'agent', '--sub', 'agent-1');
    agents.set(
      slug,
      callerWith(token, () => url),
    );
  }

  function agentOf(slug: Organization): ReturnType<typeof callerWith> {
    const agent = agents.get(slug);
    if (!agent) throw new Error(`there is no ${slug}`);
    return agent;
  }

  return {
    sql,
    provider,
    agentOf,
    nextPhone: (): string => `+1650253${(numbers += 1)}`,
    /** A server that lives; the one before if it does. */
    async begin(): Promise<DrivenServer> {
      if (server !== null) return server;
      const begun = startDriven(atEnd, env, program, 'tell');
      void begun.ended.then(() => (server = server === begun ? null : server));
      server = begun;
      url = await begun.ready;
      return begun;
    },
    /** Posts a webhook once; null when the connection ended without an answer. */
    posts(slug: Organization, contents: { messages?: readonly unknown[]; statuses?: readonly unknown[] }) {
      const body = webhookOf({ phoneNumberId: `${slug}-number`, ...contents });
      return postWebhook(`${url}/webhooks/whatsapp`, 'an-app-secret', body).catch(() => null);
    },
    /** All has taken effect that was stored, but for what the dead had taken up. */
    heard: () =>
      vi.waitFor(async () => {
        const waiting = await sql`select 1 from webhook_inbox where processed_at is null and due_at <= now()`;
        expect(waiting).toEqual([]);
      }, patience),
    /** What the dead have leased; lets so much time pass, when it is told to, that it is free. */
    async leasesOfTheDead(): Promise<() => Promise<void>> {
      const sends = await sql`select * from outbox where leased_until is not null`;
      const entries = await sql`select id from webhook_inbox where processed_at is null and due_at > now()`;
      return async () => {
        for (const { contact_id, fence } of sends) {
          await sql`update outbox set leased_until = now() where contact_id = ${contact_id} and fence = ${fence}`;
        }
        const ids = entries.map(({ id }) => String(id));
        await sql`update webhook_inbox set due_at = now() where id = any(${ids}::uuid[]) and processed_at is null`;
      };
    },
    /** All that was stored has taken effect, all that may leave has left or is known to be of unknown fate; and the
     * server does nothing more about it. */
    settled: () =>
      vi.waitFor(async () => {
        const [row] = await sql`
          select (select count(*) from webhook_inbox where processed_at is null)
            + (select count(*) from messages where status in ('QUEUED', 'SENDING'))
            + (select count(*) from messages m join organizations o on o.id = m.organization_id
                where o.unconfirmed = 'RESEND' and m.status = 'UNCONFIRMED' and m.kind = 'TEXT')
            + (select count(*) from outbox) + (select count(*) from feed_pending) as waiting`;
        expect(Number(row?.['waiting'])).toBe(0);
        const count = (step: Step): number => server?.reached.filter((one) => one === step).length ?? 0;
        expect(count('SEND_CLAIMED')).toBe(count('SEND_RELEASED'));
        expect(count('INBOX_CLAIMED')).toBe(count('INBOX_DONE'));
      }, patience),
    /** The conversation with a number, as lines. */
    async conversationWith(phone: string): Promise<readonly string[]> {
      const rows = await sql<{ id: string; line: string; out: boolean }[]>`
        select m.id, m.direction = 'OUTBOUND' as out,
          case when m.direction = 'INBOUND' then m.body
            when m.kind = 'TEXT' then m.body || ' ' || m.status else m.kind || ' ' || m.status end as line
        from messages m join contacts c on c.organization_id = m.organization_id and c.id = m.contact_id
        where c.phone = ${phone} order by m.number`;
      const [contact] = await sql<{ status: string }[]>`select status from contacts where phone = ${phone}`;
      const sends = sendsAt(provider.requests);
      const count = (id: string): number => sends.filter(({ messageId }) => messageId === id).length;
      return [...rows.map(({ id, line, out }) => (out ? `${line} ${count(id)}` : line)), contact?.status ?? 'unknown'];
    },
    sends: () => sendsAt(provider.requests),
  };
}

function sendsAt(requests: readonly RecordedRequest[]): readonly Send[] {
  return requests.map(({ body }) => {
    const named = body.StatusCallback ? readStatusCallback(body.StatusCallback) : null;
    const [, messageId = '', attempt] = String(body.biz_opaque_callback_data).split('.');
    return { messageId: named?.messageId ?? messageId, attempt: named?.attempt ?? Number(attempt), taken: true };
  });
}
