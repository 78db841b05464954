import { serve } from '../support/serve.js';
import { byEventStream, byWebSocket, type Connect, type Connection } from './connections.js';
import { createLedger, type State } from './ledger.js';

// Subscribers to all transitions: some read everything, some stop reading as soon as they have begun.
/** One that has stopped looks so late whether it was let go: later than the server has patience. */
const LOOK_MS = 75_000;
const GLANCE_MS = 500;

export type Join = { readonly port: number; readonly sockets: number; readonly streams: number };

/** What a subscriber has had, and how each of its connections ended. */
export type Account = State & { readonly kind: string; readonly endings: readonly string[] };

type Reader = { readonly account: () => Account };
type Stopped = Reader & {
  /** Reads on from now on; resolves when it has had so many. */
  readonly readOn: (through: number) => Promise<void>;
};

const kinds: readonly (readonly [string, Connect])[] = [
  ['WebSocket', byWebSocket],
  ['event stream', byEventStream],
];
const readers: Reader[] = [];
const stopped: Stopped[] = [];

async function follow(port: number, kind: string, connect: Connect): Promise<Reader> {
  const ledger = createLedger();
  const endings: string[] = [];
  const name = `${kind} ${readers.length}`;
  await new Promise<void>((begun, failed) => {
    connect({
      port,
      name,
      after: null,
      heard: (item) => {
        ledger.note(item);
        begun();
      },
      closed: (how) => {
        endings.push(how);
        failed(new Error(how));
      },
    });
  });
  return { account: () => ({ kind, endings, ...ledger.state() }) };
}

/** Reads nothing more once it has begun. When it was let go it comes back after its cursor, and stops again. */
async function stop(port: number, kind: string, connect: Connect): Promise<Stopped> {
  const ledger = createLedger();
  const endings: string[] = [];
  let connection: Connection | null = null;
  let reading = false;
  let heardMore = (): void => undefined;

  function begin(): Promise<void> {
    return new Promise((begun) => {
      let first = true;
      const current = connect({
        port,
        name: `stopped ${kind}`,
        after: ledger.cursor(),
        heard: (item) => {
          ledger.note(item);
          heardMore();
          if (!first) return;
          first = false;
          if (!reading) current.pause();
          begun();
        },
        closed: (how) => {
          endings.push(how);
          void begin();
        },
      });
      connection = current;
    });
  }

  await begin();
  const looking = setInterval(() => {
    const current = connection;
    current?.resume();
    setTimeout(() => {
      if (current === connection && !reading) current?.pause();
    }, GLANCE_MS);
  }, LOOK_MS);

  return {
    account: () => ({ kind, endings, ...ledger.state() }),
    readOn: (through) =>
      new Promise((done) => {
        clearInterval(looking);
        reading = true;
        heardMore = () => {
          if (ledger.state().count >= through) done();
        };
        heardMore();
        connection?.resume();
      }),
  };
}

serve({
  join: async ({ port, sockets, streams }: Join) => {
    for (const [kind, connect] of kinds) {
      const count = connect === byWebSocket ? sockets : streams;
      for (let joined = 0; joined < count; joined += 1) readers.push(await follow(port, kind, connect));
      stopped.push(await stop(port, kind, connect));
    }
  },
  /** Those who had stopped read so many more, at most all. */
  readOn: async ({ more, all }: { readonly more: number; readonly all: number }) => {
    await Promise.all(stopped.map(({ account, readOn }) => readOn(Math.min(account().count + more, all))));
  },
  accounts: () => ({
    readers: readers.map(({ account }) => account()),
    stopped: stopped.map(({ account }) => account()),
  }),
});
