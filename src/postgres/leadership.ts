import postgres from 'postgres';

/** Held by the one server that gives feed positions. */
const SEQUENCER_LOCK = 7_160_001;

export type Leadership = {
  /** Resolves when this server leads; rejects when the connection is lost before. */
  readonly acquired: Promise<void>;
  /** Resolves when leadership is lost, for whatever reason. */
  readonly lost: Promise<void>;
  readonly resign: () => Promise<void>;
};

/**
 * Leads by an advisory lock on a connection of its own: when the server dies its connection ends, and the next server
 * in line has the lock at once.
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
  const acquired = connection`select pg_advisory_lock(${SEQUENCER_LOCK})`.then(() => {});
  return {
    acquired,
    lost,
    resign: async () => {
      await connection.end({ timeout: 1 });
      ended();
    },
  };
}
