import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { vi } from 'vitest';
import { openHome } from '../../src/postgres/embedded-home.js';
import { readPostmaster } from '../../src/postgres/embedded-postmaster.js';
import { spawnOptions } from '../../src/postgres/embedded-process.js';
import { freePort } from './free-port.js';
import type { AtEnd } from './server-process.js';

const SUPERUSER = 'assent';
const CONNECTIONS = 250;
const patience = { timeout: 30_000, interval: 10 };

/** A PostgreSQL of one test, which may crash. It is gone, with its data, when the test is over. */
export type OwnPostgres = {
  /** Of its one database, for the superuser or a user that was created; the same across restarts. */
  readonly url: (user?: string) => string;
  /** Another superuser: connections tell by their user whose they are. */
  readonly createUser: (name: string) => Promise<void>;
  /** Resolves when it takes connections. */
  readonly running: () => Promise<void>;
  /** Stops it as a crash does, without a checkpoint and without a word to its clients, and starts it again. */
  readonly crash: () => Promise<void>;
};

/** Starts the embedded programs on a data directory of their own, as durable as the embedded database is. */
export async function startOwnPostgres(atEnd: AtEnd): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-test-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const home = await openHome(folder, () => undefined);
  const place = await realpath(join(folder, 'postgres'));
  atEnd(() => rm(place, { recursive: true, force: true }));
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: CONNECTIONS,
    timezone: 'UTC',
    log_min_messages: 'fatal',
  };
  let server: ChildProcess;
  let running: Promise<void>;

  const url = (user = SUPERUSER): string => `postgres://${user}:${home.password}@127.0.0.1:${port}/postgres`;

  async function launch(): Promise<void> {
    const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const options = { ...spawnOptions(home.account, home.path), stdio: 'ignore' as const };
    server = spawn(home.binaries.postgres, ['-D', home.data, '-p', String(port), ...given], options);
    const { pid } = server;
    await vi.waitUntil(async () => {
      const found = await readPostmaster(home.data);
      return found?.ready === true && found.pid === pid;
    }, patience);
  }

  async function stop(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGQUIT');
    await once(server, 'exit');
  }

  // Should this process be told to go in the middle of a test, its PostgreSQL goes with it.
  const leave = (): void => void server.kill('SIGQUIT');
  process.once('exit', leave);
  atEnd(async () => {
    await stop();
    process.off('exit', leave);
  });
  running = launch();
  await running;

  return {
    url,
    running: () => running,
    createUser: async (name) => {
      const sql = postgres(url(), { max: 1, onnotice: () => undefined });
      await sql.unsafe(`create role "${name}" superuser login password '${home.password}'`);
      await sql.end();
    },
    crash: () => {
      running = stop().then(launch);
      return running;
    },
  };
}
