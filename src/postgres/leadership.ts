import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';

/** Held by the one server that gives feed positions. */
const SEQUENCER_LOCK = 7_160_001;
/** How often a server that waits in line asks for it. */
const ASK_MS = 100;

export type Leadership = {
  /** Resolves when this server leads; rejects when the connection is lost before. */
  readonly acquired: Promise<void>;
  /** Resolves when leadership is lost, for whatever reason. */
  readonly lost: Promise<void>;
  readonly resign: () => Promise<void>;
};

/**
 * Leads by an advisory lock on a connection of its own: when the server dies its connection ends, and the first to ask
 * then has the lock. It is asked for and never waited for: a statement that waits keeps PostgreSQL from clearing away
 * what was deleted since it began, in the whole database.
 */
export function seekLeadership(url: string): Leadership {
  let ended: () => void = () => {};
  const lost = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const connection = postgres(url, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    onclose: () => ended(),
    onnotice: () => {},
    keep_alive: 5,
    fetch_types: false,
    connection: { application_name: 'assent sequencer' },
  });
  const acquire = async (): Promise<void> => {
    for (;;) {
      const [row] = await connection<{ held: boolean }[]>`select pg_try_advisory_lock(${SEQUENCER_LOCK}) as held`;
      if (row?.held) return;
      await pause(ASK_MS);
    }
  };
  const acquired = acquire();
  return {
    acquired,
    lost,
    resign: async () => {
      await connection.end({ timeout: 1 });
      ended();
    },
  };
}
