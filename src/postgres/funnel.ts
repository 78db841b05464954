import type { Sql } from 'postgres';

const BATCH = 1_000;

/**
 * Adds what commits did to the funnel to its counts, so that few changes are left to add up when it is read. Any number
 * of servers may do it at once. True when there was more than one batch.
 */
export async function foldFunnelChanges(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ folded: number }[]>`
    with taken as (
      delete from funnel_changes where id in (
        select id from funnel_changes order by id limit ${BATCH} for update skip locked
      )
      returning organization_id, counter, change
    ), folded as (
      insert into funnel_counts (organization_id, counter, count)
        select organization_id, counter, sum(change) from taken
        group by organization_id, counter
        order by organization_id, counter
      on conflict (organization_id, counter) do update set count = funnel_counts.count + excluded.count
    )
    select count(*)::int as folded from taken`;
  return row?.folded === BATCH;
}
