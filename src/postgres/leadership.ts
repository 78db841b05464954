import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { inTime } from './in-time.js';

/** Held by the one server that gives feed positions. */
const SEQUENCER_LOCK = 7_160_001;
/** How often a server that waits in line asks for it. */
const ASK_MS = 100;
/** How often the leader shows that it is there, and how long it waits for an answer; then it leads no more. */
const HEARTBEAT_MS = 1_000;
const ANSWER_MS = 1_500;
/** A session that PostgreSQL hears nothing of for so long has lost its lock. More than a heartbeat and its answer take. */
const SILENCE_MS = 3_000;
const CONNECT_S = 5;

export type Leadership = {
  /** Resolves when this server leads; rejects when the connection is lost before. */
  readonly acquired: Promise<void>;
  /** Resolves when leadership is lost, for whatever reason. */
  readonly lost: Promise<void>;
  readonly resign: () => Promise<void>;
};

/**
 * Leads by an advisory lock on a connection of its own: when the server dies its connection ends, and the first to ask
 * then has the lock. Where the connection carries nothing any more, either side gives it up by itself. The lock is asked
 * for and never waited for: a statement that waits keeps PostgreSQL from clearing away what was deleted since it began,
 * in the whole database.
 */
export function seekLeadership(url: string): Leadership {
  let ended: () => void = () => {};
  let isOver = false;
  const lost = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const over = (): void => {
    isOver = true;
    ended();
  };
  const connection = postgres(url, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: CONNECT_S,
    onclose: over,
    onnotice: () => {},
    fetch_types: false,
    connection: { application_name: 'assent sequencer', idle_session_timeout: SILENCE_MS },
  });
  const isOurs = async (): Promise<boolean> => {
    const asking = connection<{ held: boolean }[]>`select pg_try_advisory_lock(${SEQUENCER_LOCK}) as held`;
    const [row] = await inTime(asking, ANSWER_MS);
    return row?.held ?? false;
  };
  const acquire = async (): Promise<void> => {
    await inTime(connection`select 1`, CONNECT_S * 1_000 + ANSWER_MS);
    while (!(await isOurs())) await pause(ASK_MS);
    // A session that ended meanwhile took the lock with it.
    if (isOver) throw new Error('the connection was lost');
    void keep();
  };
  const keep = async (): Promise<void> => {
    try {
      while (!isOver) {
        await pause(HEARTBEAT_MS);
        if (!isOver) await inTime(connection`select 1`, ANSWER_MS);
      }
    } catch {
      await resign(0);
    }
  };
  const resign = async (graceS: number): Promise<void> => {
    over();
    await connection.end({ timeout: graceS });
  };
  const acquired = acquire();
  return { acquired, lost, resign: () => resign(1) };
}
