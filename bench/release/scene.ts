import { randomBytes } from 'node:crypto';
import { run } from '../../src/cli/run.js';
import { readCommandConfig } from '../../src/config.js';
import { ORGANIZATION, SECRET, tokenOf } from '../fanout/tokens.js';
import type { BenchDatabase } from '../support/database.js';
import { anyCore } from '../support/machine.js';
import type { Scope } from '../support/scope.js';
import { startWorker, type Worker } from '../support/worker.js';

export const NUMBER_ID = 'bench-number';
export const APP_SECRET = 'the secret of an app that is good for nothing';

/** A provider, and an organization that sends through it. Servers come and go. */
export type Scene = {
  readonly database: BenchDatabase;
  readonly provider: Worker;
  readonly providerPort: number;
  readonly organizationId: string;
  /** A contact who has agreed and may be written to: what all the others are copied from. */
  readonly modelId: string;
  /** Starts one more server on the database. */
  readonly startServer: () => Promise<ReleaseServer>;
};

export type ReleaseServer = {
  readonly port: number;
  /** Milliseconds of processor time so far. */
  readonly usage: () => Promise<number>;
  /** Carries out a mutation about a contact as an agent, and resolves to the contact's id; throws when it is refused. */
  readonly mutate: (name: string, input: object) => Promise<string>;
  readonly stop: () => Promise<void>;
};

export async function setScene(scope: Scope, database: BenchDatabase): Promise<Scene> {
  const provider = await startWorker(scope, 'release/provider.ts', { cores: anyCore });
  const providerPort = await provider.call<number>('port');
  const env = {
    DATABASE_URL: database.url,
    DATA_DIR: database.dataDir,
    AUTH_JWT_SECRET: SECRET,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    WHATSAPP_BASE_URL: `http://127.0.0.1:${providerPort}`,
    // What is measured is what a server can do, not the pace that it keeps for Meta's sake.
    WHATSAPP_MESSAGES_PER_SECOND: '100000',
    WHATSAPP_PAIR_INTERVAL: 'PT0S',
    DELIVERY_ORDER_WAIT: 'PT0S',
  };
  const startServer = async (): Promise<ReleaseServer> => {
    const { call, stop } = await startWorker(scope, 'support/assent.ts', { cores: anyCore, env });
    const port = await call<number>('port');
    return { port, usage: () => call<number>('usage'), mutate: mutateOn(port), stop };
  };

  await operate(env, ['org', 'create', '--slug', ORGANIZATION, '--name', 'Benchmark']);
  const secrets = ['--access-token', 'a token of a benchmark', '--app-secret', APP_SECRET];
  await operate(env, ['channel', 'set', '--org', ORGANIZATION, '--phone-number-id', NUMBER_ID, ...secrets]);
  const first = await startServer();
  const phone = '+16505550100';
  const contactId = await first.mutate('createContact', { phone, name: 'Benchmark' });
  await first.mutate('recordConsent', { contactId, source: 'OTHER', note: 'benchmark' });
  await first.stop();
  const [row] = await database.sql<{ organizationId: string; id: string }[]>`
    select organization_id as "organizationId", id from contacts limit 1`;
  if (!row) throw new Error('the contact that was created is not there');
  return { database, provider, providerPort, organizationId: row.organizationId, modelId: row.id, startServer };
}

async function operate(env: Readonly<Record<string, string>>, args: readonly string[]): Promise<void> {
  const errors: string[] = [];
  const code = await run(args, {
    readConfig: () => readCommandConfig(env),
    out: () => undefined,
    err: (line) => errors.push(line),
  });
  if (code !== 0) throw new Error(`assent ${args.join(' ')}: ${errors.join(' ')}`);
}

function mutateOn(port: number): ReleaseServer['mutate'] {
  const authorization = `Bearer ${tokenOf('operator', 'admin')}`;
  return async (name, input) => {
    const type = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input`;
    const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({
        query: `mutation ($input: ${type}!) { done: ${name}(input: $input) { contact { id } userErrors { code } } }`,
        variables: { input },
      }),
    });
    const { data, errors } = await answer.json();
    if (errors || data.done.userErrors.length > 0) throw new Error(`${name}: ${JSON.stringify(errors ?? data)}`);
    return data.done.contact.id;
  };
}
