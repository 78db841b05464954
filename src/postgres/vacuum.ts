import postgres, { type Notice, type Sql } from 'postgres';

/** Where something personal is stored until it is deleted. */
const personal = [
  'contacts',
  'contact_identities',
  'consent_events',
  'opt_in_requests',
  'messages',
  'message_events',
  'outbox',
  'webhook_inbox',
  'idempotency_keys',
  'artifacts',
];
/** What waits for a table has everybody else wait behind it. */
const LOCK_MS = 5_000;
/** As autovacuum does it: others come first. */
const COST_DELAY_MS = 2;
const INSUFFICIENT_PRIVILEGE = '42501';
const LOCK_NOT_AVAILABLE = '55P03';

/** What became of a rewrite: what could not be rewritten, in the database's words, and whether the disk has it all. */
export type Rewritten = { readonly skipped: readonly string[]; readonly checkpointed: boolean };

/** Frees what deleted rows took. It works as the user of the url, who has to own the tables, on a connection of its own. */
export interface Vacuum {
  /** Lets new rows take the place of deleted ones, which are overwritten by that and by nothing else. Blocks nobody. */
  run(): Promise<void>;
  /** Writes the tables anew without what was deleted, and has that on disk. Nobody else can use a table meanwhile. */
  rewrite(): Promise<Rewritten>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export function createVacuum(url: string): Vacuum {
  let closed = false;
  let open: Sql | null = null;

  async function connected<Result>(
    use: (sql: Sql) => Promise<Result>,
    onnotice: (notice: Notice) => void = () => undefined,
  ): Promise<Result> {
    const connection = { application_name: 'assent vacuum', statement_timeout: 0, lock_timeout: LOCK_MS };
    const sql = (open = postgres(url, { max: 1, connect_timeout: 5, onnotice, connection }));
    try {
      return await use(sql);
    } finally {
      open = null;
      await sql.end({ timeout: 0 });
    }
  }

  return {
    run: async () => {
      const work = connected(async (sql) => {
        await sql.unsafe(`set vacuum_cost_delay = ${COST_DELAY_MS}`);
        const dead = await sql<{ relname: string }[]>`
          select relname from pg_stat_user_tables
          where schemaname = 'public' and relname = any(${personal}) and n_dead_tup > 0`;
        for (const { relname } of dead) await sql`vacuum (analyze, skip_locked) ${sql(relname)}`;
      });
      await work.catch((error: unknown) => {
        if (!closed) throw error;
      });
    },
    rewrite: () => {
      const skipped: string[] = [];
      const rewritten = async (sql: Sql): Promise<Rewritten> => {
        for (const table of personal) await sql`vacuum (full, analyze) ${sql(table)}`.catch(unlessInUse(table));
        // Statistics are samples: those of before were deleted by the new ones.
        await sql`vacuum (full) pg_catalog.pg_statistic`.catch(unlessInUse('pg_statistic'));
        return { skipped, checkpointed: await checkpointed(sql) };
      };
      const unlessInUse =
        (table: string) =>
        (error: unknown): void => {
          if (!isError(error, LOCK_NOT_AVAILABLE)) throw error;
          skipped.push(`"${table}" was in use all the time`);
        };
      return connected(rewritten, ({ severity, message }) => {
        if (severity === 'WARNING') skipped.push(message ?? 'the database warned of something');
      });
    },
    close: async () => {
      closed = true;
      await open?.end({ timeout: 0 });
    },
  };
}

/** Not everybody may have one made; it comes by itself within `checkpoint_timeout`. */
async function checkpointed(sql: Sql): Promise<boolean> {
  try {
    await sql`checkpoint`;
    return true;
  } catch (error) {
    if (isError(error, INSUFFICIENT_PRIVILEGE)) return false;
    throw error;
  }
}

const isError = (error: unknown, code: string): boolean =>
  error instanceof postgres.PostgresError && error.code === code;
