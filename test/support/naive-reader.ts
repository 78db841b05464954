import postgres from 'postgres';
import { vi } from 'vitest';
import type { OwnPostgres } from './own-postgres.js';
import type { AtEnd } from './server-process.js';

const LOOK_MS = 5;
const LONGER_THAN_ANY_TEST_MS = 600_000;

/**
 * Reads rows in the order of their ids, as if ids were given in the order of commits: what this project does not do.
 * The ids are those of `naive_order`, one for each consent event, drawn in its transaction.
 */
export async function followNaively(
  atEnd: AtEnd,
  database: OwnPostgres,
): Promise<{
  /** Looks a last time; how many rows there are, and how many of them it never saw. */
  readonly finish: () => Promise<{ readonly rows: number; readonly lost: number }>;
}> {
  const sql = postgres(database.url(), { max: 1, onnotice: () => undefined });
  await sql.unsafe(`
    create table naive_order (id bigint generated always as identity primary key);
    create function number_event() returns trigger language plpgsql as
      $$ begin insert into naive_order default values; return null; end $$;
    create trigger number_event after insert on consent_events for each row execute function number_event()`);
  let stopped = false;
  let seen = 0;
  let last = '0';

  async function look(): Promise<void> {
    const rows = await sql<{ id: string }[]>`select id from naive_order where id > ${last} order by id`;
    seen += rows.length;
    last = rows.at(-1)?.id ?? last;
  }
  const looking = vi.waitUntil(
    async () => {
      await database.running();
      await look().catch(() => undefined);
      return stopped;
    },
    { timeout: LONGER_THAN_ANY_TEST_MS, interval: LOOK_MS },
  );
  atEnd(async () => {
    stopped = true;
    await looking.catch(() => undefined);
    await sql.end({ timeout: 1 });
  });

  return {
    finish: async () => {
      stopped = true;
      await looking;
      await look();
      const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from naive_order`;
      const rows = row?.rows ?? 0;
      return { rows, lost: rows - seen };
    },
  };
}
