import { run } from '../../src/cli/run.js';
import { readCommandConfig } from '../../src/config.js';
import type { BenchDatabase } from '../support/database.js';
import { now } from '../support/clock.js';
import { serverCore } from '../support/machine.js';
import type { Scope } from '../support/scope.js';
import type { Footprint } from '../support/serve.js';
import { startWorker } from '../support/worker.js';
import type { Greeting } from './crowd.js';
import { ORGANIZATION, SECRET, tokenOf } from './tokens.js';

/** A server that publishes to its subscribers. */
export type Target = {
  readonly port: number;
  readonly greeting: Greeting;
  /** Publishes so many events at once; resolves to the time from which their way to the subscribers is counted. */
  readonly publish: (count: number) => Promise<number>;
  /** Null where subscribers know by themselves that they have joined. */
  readonly subscribers: (() => Promise<number>) | null;
  readonly memory: () => Promise<number>;
  readonly usage: () => Promise<number>;
};

/** All of Assent. */
export type WholeServer = Target & { readonly footprint: (collected: boolean) => Promise<Footprint> };

/** A server that publishes from memory, counted from the moment it begins to. */
export async function startPeer(scope: Scope, entry: string, greeting: Greeting): Promise<Target> {
  const { call } = await startWorker(scope, `fanout/servers/${entry}.ts`, { cores: serverCore });
  return {
    port: await call<number>('port'),
    greeting,
    publish: (count) => call<number>('publish', count),
    subscribers: greeting === 'SUBSCRIPTION_WITH_CHECKPOINT' ? null : () => call<number>('subscribers'),
    memory: () => call<number>('memory'),
    usage: () => call<number>('usage'),
  };
}

let version = 1_000_000;

/**
 * The whole server on a database. Events are rows that another process inserts as a commit of the server does, with the
 * hint that one server gives another; the sequencer and all that follows is the server's. Counted from the moment the
 * commit was answered.
 */
export async function startWholeServer(scope: Scope, database: BenchDatabase): Promise<WholeServer> {
  const { sql } = database;
  const env = { DATABASE_URL: database.url, DATA_DIR: database.dataDir, AUTH_JWT_SECRET: SECRET };
  const { call } = await startWorker(scope, 'support/assent.ts', { cores: serverCore, env });
  const port = await call<number>('port');
  const { organizationId, contactId } = await contactOf(database, port);
  return {
    port,
    greeting: 'SUBSCRIPTION_WITH_CHECKPOINT',
    publish: async (count) => {
      const first = version + 1;
      version += count;
      await sql`
        with event as materialized (
          select ${first}::int + n - 1 as version from generate_series(1, ${count}::int) as n
        ), recorded as (
          insert into consent_events (organization_id, contact_id, version, id, type, data, occurred_at, recorded_at,
              contact_version, from_status, to_status, cause)
            select ${organizationId}, ${contactId}, version, gen_random_uuid(), 'ConsentRecorded', '{}', now(), now(),
              version, 'OPTED_OUT', 'OPTED_IN', 'RECORDED'
            from event
        ), pending as (
          insert into feed_pending (organization_id, contact_id, version, to_status)
            select ${organizationId}, ${contactId}, version, 'OPTED_IN' from event order by version
        )
        select pg_notify('assent', ${JSON.stringify(['bench', [organizationId, null]])})`;
      return now();
    },
    subscribers: null,
    memory: () => call<number>('memory'),
    usage: () => call<number>('usage'),
    footprint: (collected) => call<Footprint>('footprint', collected),
  };
}

/** The contact whose transitions are published; made once for a database. */
async function contactOf(
  { url, sql }: BenchDatabase,
  port: number,
): Promise<{ readonly organizationId: string; readonly contactId: string }> {
  const known = await sql<{ organizationId: string; contactId: string }[]>`
    select organization_id as "organizationId", id as "contactId" from contacts limit 1`;
  if (known[0]) return known[0];
  const errors: string[] = [];
  await run(['org', 'create', '--slug', ORGANIZATION, '--name', 'Benchmark'], {
    readConfig: () => readCommandConfig({ DATABASE_URL: url }),
    out: () => undefined,
    err: (line) => errors.push(line),
  });
  const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokenOf('publisher', 'admin')}` },
    body: JSON.stringify({
      query: 'mutation { createContact(input: { phone: "+16505550100", name: "Benchmark" }) { contact { id } } }',
    }),
  });
  const made = await answer.text();
  const rows = await sql<{ organizationId: string; contactId: string }[]>`
    select organization_id as "organizationId", id as "contactId" from contacts limit 1`;
  if (!rows[0]) throw new Error(`no contact: ${errors.join(' ')} ${made}`);
  return rows[0];
}
