import postgres, { type Sql } from 'postgres';

/** What may change before the planner is told, beside half of what the table held. */
const THRESHOLD = 200;
const QUERY_CANCELED = '57014';

/**
 * Tells the planner of tables that have grown much since it last looked. Every key begins with the organization, so on
 * an empty table all indexes look alike, and the plan that is kept may be that of the wrong one; autovacuum would
 * notice only after a minute.
 */
export async function refreshStatistics(sql: Sql): Promise<void> {
  const grown = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_stat_user_tables s
    join pg_class c on c.oid = s.relid
    where s.n_mod_since_analyze > ${THRESHOLD} + 0.5 * greatest(c.reltuples, 0)`;
  for (const { name } of grown) await sql`select assent_analyze(${name}::text::regclass)`.catch(unlessStopped);
}

/** What takes longer than a statement may is left to autovacuum. */
function unlessStopped(error: unknown): void {
  if (!(error instanceof postgres.PostgresError && error.code === QUERY_CANCELED)) throw error;
}
