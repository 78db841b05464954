import type { Sql } from 'postgres';
import type { Placement } from '../domain/ports/wakes.js';

/** Where the sequencer takes committed transitions from, and gives them their positions. */
export type SequencerStore = {
  /** Gives positions to what waits, in commit order of each contact; tells which, for each organization that moved. */
  readonly sequence: (limit: number) => Promise<{ readonly moved: readonly Placement[]; readonly more: boolean }>;
};

/** One statement per batch: taken and placed together, so a crash between the two can't happen. */
export function createSequencerStore(sql: Sql): SequencerStore {
  return {
    sequence: async (limit) => {
      const rows = await sql<{ organization_id: string; through: string; placed: number }[]>`
        with taken as (
          delete from feed_pending where id in (select id from feed_pending order by id limit ${limit})
          returning organization_id, id, contact_id, version, to_status
        ), counted as (
          select organization_id, count(*)::int as placed from taken group by organization_id
        ), head as (
          insert into feed_heads (organization_id, position)
            select organization_id, placed from counted order by organization_id
          on conflict (organization_id) do update set position = feed_heads.position + excluded.position
          returning organization_id, position
        ), placed as (
          insert into feed (organization_id, position, contact_id, version, to_status, leaf_hash)
            select taken.organization_id,
              head.position - counted.placed
                + row_number() over (partition by taken.organization_id order by taken.id),
              taken.contact_id, taken.version, taken.to_status, sha256('\\x00'::bytea || e.entry)
            from taken
            join consent_events e on e.organization_id = taken.organization_id and e.contact_id = taken.contact_id
              and e.version = taken.version
            join counted on counted.organization_id = taken.organization_id
            join head on head.organization_id = taken.organization_id
        )
        select counted.organization_id, head.position as through, counted.placed
        from counted join head on head.organization_id = counted.organization_id`;
      const moved = rows.map((row) => ({
        organizationId: row.organization_id,
        through: BigInt(row.through),
        placed: row.placed,
      }));
      return { moved, more: moved.reduce((sum, { placed }) => sum + placed, 0) >= limit };
    },
  };
}
