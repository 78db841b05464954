import { vi } from 'vitest';
import type { OwnPostgres } from '../support/own-postgres.js';
import { startBadNetwork, type BadNetwork } from '../support/bad-network.js';
import { startDriven, type AtEnd, type DrivenServer } from '../support/server-process.js';

/** A server in a process of its own that comes back each time it ends, with a network of its own to either side. */
export type SoakServer = {
  /** Where it listens; null while it does not. */
  readonly url: () => string | null;
  readonly toDatabase: BadNetwork;
  readonly toProvider: BadNetwork;
  /** `kill -9`; another comes in its place. */
  readonly kill: () => void;
  /** Stops it as it stands, or lets it go on. */
  readonly freeze: (isFrozen: boolean) => void;
  /** Sets its clock so far ahead of the machine's, or behind; also that of those that come in its place. */
  readonly setAhead: (aheadMs: number) => void;
  /** How often it could not start, as when there was no database. */
  readonly failedStarts: () => number;
  /** What it said when it ended without having been killed. */
  readonly falls: readonly string[];
  readonly close: () => Promise<void>;
};

/** Resolves when it serves. */
export async function startSoakServer(
  atEnd: AtEnd,
  options: {
    readonly program: string;
    readonly database: OwnPostgres;
    readonly providerPort: number;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<SoakServer> {
  const { program, database, providerPort, env } = options;
  const databaseUrl = new URL(database.url());
  const toDatabase = await startBadNetwork(Number(databaseUrl.port));
  const toProvider = await startBadNetwork(providerPort);
  atEnd(toDatabase.close);
  atEnd(toProvider.close);
  databaseUrl.port = String(toDatabase.port);
  const settings = {
    ...env,
    DATABASE_URL: databaseUrl.href,
    WHATSAPP_BASE_URL: `http://127.0.0.1:${toProvider.port}`,
  };
  let current: DrivenServer | null = null;
  let url: string | null = null;
  let closed = false;
  let isKilled = false;
  let aheadMs = 0;
  let failedStarts = 0;
  let lastWords = '';
  const falls: string[] = [];

  async function run(): Promise<void> {
    while (!closed) {
      const server = startDriven(atEnd, settings, program);
      current = server;
      isKilled = false;
      const isUp = await server.ready.then(
        (at) => {
          url = at;
          return true;
        },
        () => false,
      );
      if (isUp && aheadMs !== 0) await server.order({ aheadMs }).catch(() => undefined);
      const { code, signal } = await server.ended;
      url = null;
      if (isKilled || closed) continue;
      if (isUp) falls.push(`it ended (${code ?? signal}) and said: ${server.errors().slice(-2_000)}`);
      else {
        failedStarts += 1;
        lastWords = server.errors();
      }
    }
  }
  const running = run();
  running.catch(() => undefined);
  await vi.waitUntil(() => url !== null || failedStarts > 2, { timeout: 60_000, interval: 20 });
  if (url === null) throw new Error(`no server could be started: ${lastWords.slice(-2_000)}`);

  return {
    url: () => url,
    toDatabase,
    toProvider,
    kill: () => {
      isKilled = true;
      url = null;
      current?.kill('SIGKILL');
    },
    freeze: (isFrozen) => current?.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT'),
    setAhead: (ms) => {
      aheadMs = ms;
      // One that ends before it hears of it hears of it when it comes again.
      current?.order({ aheadMs }).catch(() => undefined);
    },
    failedStarts: () => failedStarts,
    falls,
    close: async () => {
      closed = true;
      current?.kill('SIGKILL');
      await running;
    },
  };
}
