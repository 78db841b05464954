import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Home } from './embedded-home.js';
import { isAlive, spawnOptions } from './embedded-process.js';

/** What the data directory says about its server; `alive` only if that process is really there and really it. */
export type Postmaster = {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
  readonly alive: boolean;
};

/** A server process this process has started, which may have ended since. */
export type Launch = { readonly pid: number | undefined; readonly hasEnded: () => boolean };

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // PostgreSQL quotes values in the errors it logs; those go to the client alone.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_checkpoints: 'off',
};

/** Reads postmaster.pid; undefined when there is none, as after a clean shutdown. */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7] === 'ready', alive: await isPostmaster(pid, data) };
}

/** Whether the process exists and, where the system tells, serves this data directory: process ids are used again. */
export async function isPostmaster(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.split('\0').includes(data);
}

/**
 * Starts a server on a free port of the loopback interface, in a session of its own: neither Ctrl-C in a terminal nor the
 * end of this process ends it. PostgreSQL itself lets only one server at a data directory; a second one ends at once.
 */
export async function launchPostmaster(home: Home): Promise<Launch> {
  const [port, left, output] = await Promise.all([freePort(), readPostmaster(home.data), openLog(home)]);
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const options = spawnOptions(home.account, home.path);
  // PostgreSQL takes a lock file for valid when any process has its number; it disregards the number given here.
  const env = left === undefined || left.alive ? options.env : { ...options.env, PG_GRANDPARENT_PID: String(left.pid) };
  try {
    const server = spawn(home.binaries.postgres, ['-D', home.data, '-p', String(port), ...settings], {
      ...options,
      env: process.platform === 'win32' ? options.env : env,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    let ended = false;
    server.once('exit', () => (ended = true));
    server.once('error', () => (ended = true));
    server.unref();
    return { pid: server.pid, hasEnded: () => ended };
  } finally {
    await output.close();
  }
}

/** The last lines the server wrote, to explain why it didn't start. */
export async function lastWords(home: Home): Promise<string> {
  const text = await readFile(join(home.path, 'log'), 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-5).join('\n');
}

async function openLog(home: Home) {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND, O_NOFOLLOW } = constants;
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | (O_NOFOLLOW ?? 0);
  const file = await open(join(home.path, 'log'), flags, 0o600);
  if (home.account !== undefined) await file.chown(home.account.uid, home.account.gid);
  return file;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no free port on 127.0.0.1'));
        else resolve(address.port);
      });
    });
  });
}
