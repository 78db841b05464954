import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import { listTypes } from './list-types.js';
import { renewedClient } from './renewed-client.js';
import * as tables from './tables.js';

/** Connections to one database: `sql` for prepared statements, `reads` for typed queries. */
export type Database = {
  readonly sql: Sql;
  readonly reads: PostgresJsDatabase<typeof tables>;
  /** For `listen` alone: it outlives what is replaced of the others. */
  readonly listening: Sql;
  readonly close: () => Promise<void>;
};

/**
 * The statements of `sql` look rows up by key, however many there are. The planner can't see that: it guesses a hundred
 * rows for each list that comes as JSON, and with statistics of a larger table it would read all of it.
 */
const byIndex = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  jit: 'off',
};

/**
 * Seconds until a connection that broke is tried again. The count is of all the connections, which break together when
 * PostgreSQL restarts; growing with it as it does by default, the wait would be 10 to 20 s after a restart of one.
 */
const BACK_OFF_S = 0.2;

/** Opens lazily: nothing connects before the first query. */
export function openDatabase(url: string, options: { readonly connections: number }): Database {
  const settings = {
    onnotice: () => {},
    connection: { application_name: 'assent' },
    fetch_types: false,
    types: listTypes,
    backoff: () => BACK_OFF_S * (0.5 + Math.random()),
    // A connection that ends counts as broken.
    max_lifetime: null,
  };
  const sql = renewedClient((broken) => {
    const client = postgres(url, {
      ...settings,
      max: options.connections,
      connection: { ...settings.connection, ...byIndex },
      // A value that can't be sent would reject the query under way in its place, and shift every answer behind that one.
      transform: { undefined: null },
      onclose: broken,
    });
    return { client, end: (timeout) => client.end({ timeout }) };
  });
  // Drizzle changes the parsers of the client that it is given, so it has its own.
  const reads = renewedClient((broken) => {
    const max = Math.max(2, Math.ceil(options.connections / 2));
    const client = postgres(url, { ...settings, max, onclose: broken });
    return { client: drizzle(client, { schema: tables }), end: (timeout) => client.end({ timeout }) };
  });
  const listening = postgres(url, settings);
  return {
    sql: sql.client,
    reads: reads.client,
    listening,
    close: async () => {
      await Promise.all([sql.end(5), reads.end(5), listening.end({ timeout: 5 })]);
    },
  };
}
