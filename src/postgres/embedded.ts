import { setTimeout as pause } from 'node:timers/promises';
import { DATABASE_NAME, takeHold } from './embedded-hold.js';
import type { Hold } from './embedded-hold.js';
import { openHome } from './embedded-home.js';
import type { Home } from './embedded-home.js';
import { isPostmaster, lastWords, launchPostmaster, readPostmaster } from './embedded-postmaster.js';
import type { Launch } from './embedded-postmaster.js';
import { isAlive, runAs } from './embedded-process.js';

/** A database in use by this process; `stop` gives it up, and shuts it down if no other process uses it. */
export type EmbeddedDatabase = { readonly url: string; readonly stop: () => Promise<void> };

type Log = (line: string) => void;
type Attachment = { readonly hold: Hold; readonly pid: number; readonly port: number };

const PATIENCE_MS = 120_000;
const MAX_FAILURES = 10;
const MAX_REAP_LOOKS = 100;

/**
 * Starts the PostgreSQL that lives in dataDir, or attaches to it where it runs already: a server and any number of
 * commands may use it side by side, and whichever of them stops last shuts it down, cleanly. A process that is killed
 * leaves PostgreSQL running with all that was committed; the next start attaches to it and is then answerable for it.
 * The url connects as a superuser, and its port changes from start to start. Until `stop`, this process doesn't end by itself.
 */
export async function startEmbeddedDatabase(options: {
  readonly dataDir: string;
  readonly log: Log;
}): Promise<EmbeddedDatabase> {
  const { dataDir, log } = options;
  try {
    const home = await openHome(dataDir, log);
    const attachment = await attach(home, log);
    let stopping: Promise<void> | undefined;
    return {
      url: `postgres://${DATABASE_NAME}:${home.password}@127.0.0.1:${attachment.port}/${DATABASE_NAME}`,
      stop: () => (stopping ??= release(home, attachment, log)),
    };
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL in ${dataDir} can't be used: ${messageOf(cause)}.\n` +
        'Set DATABASE_URL to use another one, for example postgres://user:password@127.0.0.1:5432/assent',
      { cause },
    );
  }
}

async function attach(home: Home, log: Log): Promise<Attachment> {
  const deadline = Date.now() + PATIENCE_MS;
  let launch: Launch | undefined;
  let failures = 0;
  let reason = 'it did not become ready in time';
  while (failures < MAX_FAILURES && Date.now() < deadline) {
    const server = await readPostmaster(home.data);
    if (server?.alive && server.ready) {
      try {
        const hold = await takeHold({ port: server.port, password: home.password });
        log(`embedded PostgreSQL ${server.pid === launch?.pid ? 'started' : 'found running'} on port ${server.port}`);
        return { hold, pid: server.pid, port: server.port };
      } catch (error) {
        reason = messageOf(error);
        failures += 1;
      }
    } else if (!server?.alive && (launch === undefined || launch.hasEnded())) {
      if (launch !== undefined) {
        reason = `the server ended at once: ${await lastWords(home)}`;
        failures += 1;
      }
      launch = await launchPostmaster(home);
    }
    await pause(10 + failures * 50);
  }
  throw new Error(reason);
}

async function release(home: Home, { hold, pid }: Attachment, log: Log): Promise<void> {
  const isLast = await hold.becomeLast().catch(() => true);
  if (isLast) await shutDown(home, pid);
  await hold.close();
  log(isLast ? 'embedded PostgreSQL stopped' : 'embedded PostgreSQL left running for another process');
}

async function shutDown(home: Home, pid: number): Promise<void> {
  if (!(await isPostmaster(pid, home.data))) return;
  if (process.platform === 'win32') {
    await runAs(home.account, home.path, home.binaries.pgCtl, ['stop', '-m', 'fast', '-D', home.data]);
    return;
  }
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + PATIENCE_MS;
  while (await isPostmaster(pid, home.data)) {
    if (Date.now() > deadline) throw new Error(`the embedded PostgreSQL (process ${pid}) did not stop`);
    await pause(10);
  }
  // A child of this process has ended and still has its number until the event loop comes to hear of it.
  for (let looks = 0; isAlive(pid) && looks < MAX_REAP_LOOKS; looks += 1) await pause(10);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
