import type { BenchDatabase } from '../support/database.js';
import { now } from '../support/clock.js';
import { serverCore } from '../support/machine.js';
import type { Scope } from '../support/scope.js';
import { startWorker } from '../support/worker.js';
import type { Greeting } from './crowd.js';

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
export async function startWholeServer(scope: Scope, database: BenchDatabase): Promise<Target> {
  const { sql } = database;
  const env = { DATABASE_URL: database.url, DATA_DIR: database.dataDir };
  const { call } = await startWorker(scope, 'support/assent.ts', { cores: serverCore, env });
  const [contact] = await sql<{ organization_id: string; id: string }[]>`
    select organization_id, id from contacts order by phone limit 1`;
  if (!contact) throw new Error('the demo organization has no contact');
  const { organization_id: organizationId, id: contactId } = contact;
  return {
    port: await call<number>('port'),
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
  };
}
