import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { readConfig } from '../../src/config.js';
import { startServer, type Server } from '../../src/start.js';
import { callerWith, type TestCaller } from './assent-server.js';
import { assent } from './command-line.js';
import { createTestDatabase } from './database.js';
import { startProviderStandIn } from './provider-stand-in.js';
import type { AtEnd } from './server-process.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const patience = { timeout: 30_000, interval: 20 };

/** One database and one provider, with one organization; servers may come later. All is gone at the end of the test. */
export async function setServerScene(atEnd: AtEnd, settings: Readonly<Record<string, string>> = {}) {
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

  return {
    env,
    sql,
    agent,
    /** A server in this process. */
    async begin(): Promise<void> {
      server = await startServer(readConfig(env), silent);
      url = server.url;
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
  };
}
