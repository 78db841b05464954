import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { startEmbeddedDatabase } from '../../src/postgres/embedded.js';
import type { Scope } from './scope.js';

/** A PostgreSQL of the run's own, empty, that remembers when each transaction was committed and, where asked, counts statements. */
export type BenchDatabase = {
  readonly url: string;
  readonly dataDir: string;
  readonly sql: Sql;
  readonly version: string;
};

export async function startBenchDatabase(
  scope: Scope,
  { counting = false }: { readonly counting?: boolean } = {},
): Promise<BenchDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'assent-bench-'));
  scope.atEnd(() => rm(dataDir, { recursive: true, force: true }));
  const log = (): void => undefined;
  const first = await startEmbeddedDatabase({ dataDir, log });
  const setting = postgres(first.url, { max: 1 });
  await setting`alter system set track_commit_timestamp = on`;
  if (counting) await setting`alter system set shared_preload_libraries = pg_stat_statements`;
  await setting.end();
  await first.stop();

  const database = await startEmbeddedDatabase({ dataDir, log });
  scope.atEnd(database.stop);
  const sql = postgres(database.url, { max: 4, onnotice: () => undefined });
  scope.atEnd(() => sql.end({ timeout: 2 }));
  if (counting) await sql`create extension pg_stat_statements`;
  const [row] = await sql<
    { version: string }[]
  >`select split_part(current_setting('server_version'), ' ', 1) as version`;
  return { url: database.url, dataDir, sql, version: row?.version ?? 'unknown' };
}
