import type { Sql } from 'postgres';
import type { Logger } from '../domain/ports/logger.js';
import type { Wake } from '../domain/ports/wakes.js';
import { inTime } from './in-time.js';

const CHANNEL = 'assent';
/** Hints that gather while one notification is under way go together in the next, at most this often. */
const GATHER_MS = 10;
/** PostgreSQL carries less than 8000 bytes; a hint takes about 80. */
const MAX_WAKES = 80;
/** How often a server says something to itself, and how long it waits to hear it. */
const CHECK_MS = 5_000;
const PATIENCE_MS = 2_000;
/** What it takes to connect and to say what is listened for. */
const CONNECT_MS = 8_000;

export type Notifications = {
  /** Tells the other servers, outside of any transaction. Losing a hint costs them a poll, not data. */
  readonly publish: (wakes: readonly Wake[]) => void;
  readonly stop: () => Promise<void>;
};

/**
 * Hints between the servers of one database. `received` hears only what others published. A connection that no longer
 * brings what this server says itself is replaced.
 */
export async function connectNotifications(options: {
  readonly sql: Sql;
  readonly openListening: () => Pick<Sql, 'listen' | 'end'>;
  readonly serverId: string;
  readonly received: (wakes: readonly Wake[]) => void;
  readonly log: Logger;
  readonly checkMs?: number;
}): Promise<Notifications> {
  const { sql, openListening, serverId, received, log, checkMs = CHECK_MS } = options;
  const gathered = new Map<string, Wake>();
  let timer: NodeJS.Timeout | null = null;
  let heardSelf: () => void = () => {};
  let stopped = false;

  async function say(wakes: readonly Wake[]): Promise<void> {
    const payload = JSON.stringify([serverId, ...wakes.map((wake) => [wake.organizationId, wake.contactId])]);
    await sql`select pg_notify(${CHANNEL}, ${payload})`;
  }

  async function flush(): Promise<void> {
    timer = null;
    const wakes = [...gathered.values()].slice(0, MAX_WAKES);
    for (const wake of wakes) gathered.delete(keyOf(wake));
    if (gathered.size > 0) timer = setTimeout(() => void flush(), GATHER_MS);
    await say(wakes).catch((error: unknown) =>
      log.warn({ err: error }, 'other servers were not woken; they will see by themselves'),
    );
  }

  function hear(payload: string): void {
    const [sender, ...wakes] = JSON.parse(payload) as [string, ...[string, string | null][]];
    if (sender === serverId) heardSelf();
    else if (wakes.length > 0) received(wakes.map(([organizationId, contactId]) => ({ organizationId, contactId })));
  }

  async function open(): Promise<Pick<Sql, 'end'>> {
    const opened = openListening();
    try {
      await inTime(opened.listen(CHANNEL, hear), CONNECT_MS);
      return opened;
    } catch (error) {
      await opened.end({ timeout: 0 });
      throw error;
    }
  }

  async function check(): Promise<void> {
    const heard = new Promise<void>((resolve) => (heardSelf = resolve));
    // What can't be said says nothing about the connection that listens.
    if (!(await succeeds(say([]))) || (await succeeds(inTime(heard, PATIENCE_MS))) || stopped) return;
    log.warn({}, 'other servers are no longer heard; the connection is made again');
    const old = listening;
    listening = await open();
    await (stopped ? listening : old).end({ timeout: 0 });
  }

  let listening = await open();
  let checking = setTimeout(again, checkMs);
  function again(): void {
    check()
      .catch((error: unknown) => log.warn({ err: error }, 'other servers are not heard; it is tried again'))
      .finally(() => {
        if (!stopped) checking = setTimeout(again, checkMs);
      });
  }

  return {
    publish: (wakes) => {
      for (const wake of wakes) gathered.set(keyOf(wake), wake);
      if (gathered.size > 0) timer ??= setTimeout(() => void flush(), GATHER_MS);
    },
    stop: async () => {
      stopped = true;
      if (timer) clearTimeout(timer);
      clearTimeout(checking);
      await listening.end({ timeout: 0 });
    },
  };
}

const succeeds = (task: Promise<unknown>): Promise<boolean> =>
  task.then(
    () => true,
    () => false,
  );

function keyOf({ organizationId, contactId }: Wake): string {
  return `${organizationId} ${contactId ?? ''}`;
}
