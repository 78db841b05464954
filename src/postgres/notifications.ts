import type { Sql } from 'postgres';
import type { Logger, Wake } from '../domain/ports.js';

const CHANNEL = 'assent';
/** Hints that gather while one notification is under way go together in the next, at most this often. */
const GATHER_MS = 10;
/** PostgreSQL carries less than 8000 bytes; a hint takes about 80. */
const MAX_WAKES = 80;

export type Notifications = {
  /** Tells the other servers, outside of any transaction. Losing a hint costs them a poll, not data. */
  readonly publish: (wakes: readonly Wake[]) => void;
  readonly stop: () => Promise<void>;
};

/** Hints between the servers of one database. `received` hears only what others published. */
export async function connectNotifications(options: {
  readonly sql: Sql;
  readonly listening: Pick<Sql, 'listen'>;
  readonly serverId: string;
  readonly received: (wakes: readonly Wake[]) => void;
  readonly log: Logger;
}): Promise<Notifications> {
  const { sql, listening, serverId, received, log } = options;
  const gathered = new Map<string, Wake>();
  let timer: NodeJS.Timeout | null = null;

  async function flush(): Promise<void> {
    timer = null;
    const wakes = [...gathered.values()].slice(0, MAX_WAKES);
    for (const wake of wakes) gathered.delete(keyOf(wake));
    if (gathered.size > 0) timer = setTimeout(() => void flush(), GATHER_MS);
    const payload = JSON.stringify([serverId, ...wakes.map((wake) => [wake.organizationId, wake.contactId])]);
    await sql`select pg_notify(${CHANNEL}, ${payload})`.catch((error: unknown) =>
      log.warn({ err: error }, 'other servers were not woken; they will see by themselves'),
    );
  }

  const heard = await listening.listen(CHANNEL, (payload) => {
    const [sender, ...wakes] = JSON.parse(payload) as [string, ...[string, string | null][]];
    if (sender === serverId) return;
    received(wakes.map(([organizationId, contactId]) => ({ organizationId, contactId })));
  });

  return {
    publish: (wakes) => {
      for (const wake of wakes) gathered.set(keyOf(wake), wake);
      if (gathered.size > 0) timer ??= setTimeout(() => void flush(), GATHER_MS);
    },
    stop: async () => {
      if (timer) clearTimeout(timer);
      await heard.unlisten();
    },
  };
}

function keyOf({ organizationId, contactId }: Wake): string {
  return `${organizationId} ${contactId ?? ''}`;
}
