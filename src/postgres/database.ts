import postgres, { type Sql } from 'postgres';
import { listTypes } from './list-types.js';
import { renewedClient } from './renewed-client.js';
import type { PoolLoad } from '../domain/ports/figures.js';
import { createScoped, statementsOfScope, type Scoped } from './scoped.js';
import { everyOrganization } from './tenancy.js';
import { watchedClient, type Load } from './watched-client.js';

/** Connections to one database. */
export type Database = {
  /** For the system's own work, which is that of every organization. */
  readonly sql: Sql;
  /** As `sql`, for statements that are asked all the time and whose best plan is always the same: it is made once. */
  readonly kept: Sql;
  /** For what is done for somebody: it reaches what is of their organization. */
  readonly scoped: Scoped;
  /** Opens a client for `listen` alone, which outlives what is replaced of the others. Who opens it ends it. */
  readonly openListening: () => Sql;
  /** How busy the connections are now. */
  readonly loads: () => readonly PoolLoad[];
  readonly close: () => Promise<void>;
};

/**
 * The statements look rows up by key, however many there are. The planner can't see that: it guesses a hundred
 * rows for each list that comes as JSON, and with statistics of a larger table it would read all of it.
 */
const byIndex = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
};

/**
 * Left to itself PostgreSQL makes a plan anew whenever a list comes as a parameter, and with policies that takes longer
 * than the read.
 */
const keptPlans = { plan_cache_mode: 'force_generic_plan' };

/**
 * Seconds until a connection that broke is tried again. The count is of all the connections, which break together when
 * PostgreSQL restarts; growing with it as it does by default, the wait would be 10 to 20 s after a restart of one.
 */
const BACK_OFF_S = 0.2;
const CONNECT_S = 5;
/** For the system's statements that are asked all the time. */
const KEPT_CONNECTIONS = 2;
/** What is asked has come to its end after so long, or its client is replaced; then it fails within two seconds. */
const ANSWER_MS = 8_000;

/**
 * PostgreSQL gives up a statement before we give up its connection, and lets go of what a client held that is no longer
 * heard of. In milliseconds; of the keepalives in seconds.
 */
const limitsFor = (answerMs: number) => ({
  statement_timeout: answerMs * 0.75,
  idle_in_transaction_session_timeout: answerMs,
  tcp_user_timeout: 10_000,
  tcp_keepalives_idle: 10,
  tcp_keepalives_interval: 5,
  tcp_keepalives_count: 3,
});

/**
 * Opens lazily: nothing connects before the first query. What is asked is answered or fails, `answerMs` or a bit later.
 * It works as `role`; null is the user of the url.
 */
export function openDatabase(
  url: string,
  options: { readonly connections: number; readonly role: string | null; readonly answerMs?: number },
): Database {
  const { connections, role, answerMs = ANSWER_MS } = options;
  const settings = {
    onnotice: () => {},
    connection: { application_name: 'assent', ...limitsFor(answerMs), ...(role !== null && { role }) },
    connect_timeout: CONNECT_S,
    fetch_types: false,
    types: listTypes,
    backoff: () => BACK_OFF_S * (0.5 + Math.random()),
    // A connection that ends counts as broken.
    max_lifetime: null,
  };
  const open = (max: number, scope: Readonly<Record<string, string>>) => {
    const load: Load = { asked: 0 };
    const { client, end } = renewedClient((broken) => {
      const client = postgres(url, {
        ...settings,
        max,
        connection: { ...settings.connection, ...byIndex, ...scope },
        // A value that can't be sent would reject the query under way in its place, and shift every answer behind that one.
        transform: { undefined: null },
        onclose: broken,
      });
      return { client: watchedClient(client, answerMs, broken, load), end: (timeout) => client.end({ timeout }) };
    });
    return { client, end, load };
  };
  const systemConnections = Math.ceil(connections / 2);
  const system = open(systemConnections, everyOrganization);
  const keptConnections = Math.min(KEPT_CONNECTIONS, connections);
  const kept = open(keptConnections, { ...everyOrganization, ...keptPlans });
  const lines = Array.from({ length: connections }, () => open(1, keptPlans));
  return {
    sql: system.client,
    kept: kept.client,
    scoped: createScoped(lines.map(({ client }) => client)),
    openListening: () => postgres(url, { ...settings, max: 1 }),
    loads: () => {
      const transactions = lines.map(({ load }) => Math.ceil(load.asked / statementsOfScope));
      const busy = transactions.filter((count) => count > 0);
      const behind = busy.reduce((sum, count) => sum + count - 1, 0);
      const asked = system.load.asked + kept.load.asked;
      const ofSystem = systemConnections + keptConnections;
      return [
        {
          pool: 'system',
          connections: ofSystem,
          inUse: Math.min(asked, ofSystem),
          waiting: Math.max(0, asked - ofSystem),
        },
        { pool: 'organizations', connections, inUse: busy.length, waiting: behind },
      ];
    },
    close: async () => {
      await Promise.all([system, kept, ...lines].map(({ end }) => end(5)));
    },
  };
}
