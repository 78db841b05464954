import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { startEmbeddedDatabase } from '../../src/postgres/embedded.js';
import type { Scope } from './scope.js';

/** A PostgreSQL of the run's own, empty, that remembers when each transaction was committed. */
export type BenchDatabase = {
  readonly url: string;
  readonly dataDir: string;
  readonly sql: Sql;
  readonly version: string;
};

export async function startBenchDatabase(
  scope: Scope,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'assent-bench-'));
  // PostgreSQL runs as a user of its own where this is root, and lives elsewhere if that one can't reach it.
  await chmod(dataDir, 0o755);
  scope.atEnd(() => rm(dataDir, { recursive: true, force: true }));
  const log = (): void => undefined;
  const first = await startEmbeddedDatabase({ dataDir, log });
  const setting = postgres(first.url, { max: 1 });
  for (const [name, value] of Object.entries({ track_commit_timestamp: 'on', ...settings })) {
    await setting.unsafe(`alter system set ${name} = ${value}`);
  }
  await setting.end();
  await first.stop();

  const database = await startEmbeddedDatabase({ dataDir, log });
  scope.atEnd(database.stop);
  const sql = postgres(database.url, { max: 4, onnotice: () => undefined });
  scope.atEnd(() => sql.end({ timeout: 2 }));
  const [row] = await sql<
    { version: string }[]
  >`select split_part(current_setting('server_version'), ' ', 1) as version`;
  return { url: database.url, dataDir, sql, version: row?.version ?? 'unknown' };
}
