import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import type { Sql } from 'postgres';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEmbeddedDatabase } from '../../src/postgres/embedded.js';
import type { EmbeddedDatabase } from '../../src/postgres/embedded.js';

const USER_PROCESS = fileURLToPath(new URL('../support/embedded-database-user.ts', import.meta.url));
const PATIENCE = { timeout: 30_000, interval: 20 };

let folder: string;
let dataDir: string;
let databases: EmbeddedDatabase[];
let processes: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-'));
  await chmod(folder, 0o755);
  dataDir = join(folder, '.assent');
  databases = [];
  processes = [];
});

afterEach(async () => {
  for (const child of processes) await kill(child);
  for (const database of databases) await database.stop();
  const home = await realpath(join(dataDir, 'postgres')).catch(() => undefined);
  const left = await postmasterPid();
  if (left !== undefined && exists(left)) process.kill(left, 'SIGKILL');
  if (home !== undefined) await rm(home, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedDatabase> {
  const database = await startEmbeddedDatabase({ dataDir, log: () => undefined });
  databases.push(database);
  return database;
}

async function startInAnotherProcess(): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['--import', 'tsx', USER_PROCESS, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  processes.push(child);
  const [url] = await once(createInterface(child.stdout), 'line');
  return { url: String(url), child };
}

async function end(child: ChildProcess): Promise<number | null> {
  const exit = once(child, 'exit');
  child.stdin?.end();
  await exit;
  return child.exitCode;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function ask<T>(url: string, question: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, connect_timeout: 5 });
  try {
    return await question(sql);
  } finally {
    await sql.end({ timeout: 0 });
  }
}

const writeNote = (url: string, text: string) =>
  ask(url, async (sql) => {
    await sql`create table if not exists note (body text not null)`.simple();
    await sql`insert into note values (${text})`;
  });

const readNotes = (url: string) => ask(url, async (sql) => (await sql`select body from note`).map(({ body }) => body));

const isServed = (url: string) =>
  ask(url, (sql) => sql`select 1`).then(
    () => true,
    () => false,
  );

async function postmasterPid(): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'postgres', 'data', 'postmaster.pid'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the embedded database', () => {
  it('is a durable PostgreSQL in UTF-8 named assent, whose order and letters do not depend on the system', async () => {
    const { url } = await start();

    const [settings] = await ask(
      url,
      (sql) => sql`
        select current_database() as database, getdatabaseencoding() as encoding, lower('É') as lower,
          current_setting('server_version_num')::int >= 150000 as recent, current_setting('fsync') as fsync,
          current_setting('synchronous_commit') as synchronous_commit, current_setting('timezone') as timezone`,
    );

    expect(settings).toEqual({
      database: 'assent',
      encoding: 'UTF8',
      lower: 'é',
      recent: true,
      fsync: 'on',
      synchronous_commit: 'on',
      timezone: 'UTC',
    });
  });

  it('listens on the loopback interface alone, lets in by password alone and keeps that to itself', async () => {
    const { url } = await start();
    const withWrongPassword = new URL(url);
    withWrongPassword.password = 'guess';

    const [settings] = await ask(
      url,
      (sql) => sql`select current_setting('listen_addresses') as addresses,
        current_setting('unix_socket_directories') as sockets`,
    );

    expect(settings).toEqual({ addresses: '127.0.0.1', sockets: '' });
    await expect(ask(withWrongPassword.href, (sql) => sql`select 1`)).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o077).toBe(0);
    expect((await stat(join(dataDir, 'postgres', 'data'))).mode & 0o077).toBe(0);
  });

  it('writes no value of a failed statement to its log', async () => {
    const { url } = await start();

    await ask(url, (sql) => sql`select ${'+15550100'}::text::uuid`.catch(() => undefined));
    await ask(url, (sql) => sql.unsafe("do $$ begin raise exception '+15550100'; end $$").catch(() => undefined));

    expect(await readFile(join(dataDir, 'postgres', 'log'), 'utf8')).not.toContain('15550100');
  });

  it('is gone once stop has returned, and stop can be called again', async () => {
    const { url, stop } = await start();
    const pid = await postmasterPid();

    await stop();
    await stop();

    expect(await postmasterPid()).toBeUndefined();
    expect(pid !== undefined && exists(pid)).toBe(false);
    expect(await isServed(url)).toBe(false);
  });

  it('keeps its data from one start to the next', async () => {
    const first = await start();
    await writeNote(first.url, 'kept');
    await first.stop();

    const second = await start();

    expect(await readNotes(second.url)).toEqual(['kept']);
  });

  it('is shared with a second process, which leaves it running when it stops', async () => {
    const server = await start();
    const command = await startInAnotherProcess();
    await writeNote(command.url, 'from the command');

    expect(command.url).toBe(server.url);
    expect(await end(command.child)).toBe(0);
    expect(await readNotes(server.url)).toEqual(['from the command']);
  });

  it('stays for a second process when the one that started it stops, and ends with the last', async () => {
    const server = await start();
    const command = await startInAnotherProcess();

    await server.stop();
    expect(await isServed(command.url)).toBe(true);
    expect(await end(command.child)).toBe(0);
    expect(await isServed(command.url)).toBe(false);
    expect(await postmasterPid()).toBeUndefined();
  });

  it('is one and the same for processes whose first starts coincide', async () => {
    const [here, there, elsewhere] = await Promise.all([start(), startInAnotherProcess(), startInAnotherProcess()]);

    expect(new Set([here.url, there.url, elsewhere.url]).size).toBe(1);
    await writeNote(there.url, 'one');
    expect(await readNotes(here.url)).toEqual(['one']);
  });

  it('is found or started anew by whoever comes while another is stopping it', async () => {
    const first = await start();
    await writeNote(first.url, 'kept');

    const [, second] = await Promise.all([first.stop(), start()]);

    expect(await readNotes(second.url)).toEqual(['kept']);
  });

  it('outlives a killed process, and belongs to the next one that starts', async () => {
    const killed = await startInAnotherProcess();
    await writeNote(killed.url, 'committed');
    const pid = await postmasterPid();
    await kill(killed.child);

    const next = await start();

    expect(await postmasterPid()).toBe(pid);
    expect(await readNotes(next.url)).toEqual(['committed']);
    await next.stop();
    expect(await isServed(next.url)).toBe(false);
    expect(await postmasterPid()).toBeUndefined();
  });

  it('recovers what was committed when it was killed together with the process', async () => {
    const killed = await startInAnotherProcess();
    await writeNote(killed.url, 'committed');
    const pid = (await postmasterPid()) ?? 0;
    await kill(killed.child);
    process.kill(pid, 'SIGKILL');

    const next = await start();

    expect(await postmasterPid()).not.toBe(pid);
    expect(await readNotes(next.url)).toEqual(['committed']);
  });

  it('starts although a crash left a lock file with the number of a process that is another now', async () => {
    const first = await start();
    await first.stop();
    const lock = join(dataDir, 'postgres', 'data', 'postmaster.pid');
    await writeFile(lock, `${process.pid}\n/elsewhere\n1\n5432\n\n127.0.0.1\n  1  1\nready\n`);

    const next = await start();

    expect(await isServed(next.url)).toBe(true);
    expect(await postmasterPid()).not.toBe(process.pid);
  });

  it('is still known to be in use after a crash of one of its own processes', async () => {
    const server = await start();
    const [backend] = await ask(
      server.url,
      (sql) => sql`select pid from pg_stat_activity where backend_type = 'checkpointer'`,
    );
    process.kill(Number(backend?.pid), 'SIGKILL');
    const holders = () =>
      ask(
        server.url,
        (sql) => sql`select 1 from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and granted`,
      );
    await vi.waitFor(async () => expect(await holders()).toHaveLength(1), PATIENCE);

    const command = await startInAnotherProcess();
    await end(command.child);

    expect(await isServed(server.url)).toBe(true);
  });

  it('works below a folder that no other user may enter, and finds its data there again', async () => {
    await chmod(folder, 0o700);
    const first = await start();
    await writeNote(first.url, 'kept');
    await first.stop();

    const second = await start();

    expect(await readNotes(second.url)).toEqual(['kept']);
  });

  it('clears away what an interrupted first start has left', async () => {
    const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(gone, 'exit');
    const abandoned = join(dataDir, `postgres.new-${String(gone.pid)}-abcdef`);
    await mkdir(join(abandoned, 'data'), { recursive: true });

    await start();

    await expect(stat(abandoned)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says why it cannot start and how to do without it', async () => {
    await writeFile(dataDir, 'a file where the folder should be');

    await expect(start()).rejects.toThrow(/EEXIST.*\n.*DATABASE_URL.*postgres:\/\//);
  });
});
