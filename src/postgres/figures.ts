import type { Sql } from 'postgres';
import type { Figures } from '../domain/ports/figures.js';

/** Rows are counted up to here: a figure must cost little however much waits. */
const CAP = 10_000;

/** Reads what waits: one statement for each figure, each of them along an index and bounded. */
export function createFigures(sql: Sql): { readonly read: () => Promise<Figures> } {
  /** Of each organization and channel the conversations that are due first, in equal shares. */
  const queued = () => sql<Figures['queued']>`
    with recursive lane as (
      (select organization_id, channel from outbox order by organization_id, channel limit 1)
      union all
      select next.organization_id, next.channel from lane cross join lateral (
        select organization_id, channel from outbox
        where (organization_id, channel) > (lane.organization_id, lane.channel)
        order by organization_id, channel limit 1
      ) next
    ), share as materialized (
      select ceil(${CAP}::numeric / greatest(count(*), 1))::int as size from lane
    ), message as materialized (
      select m.organization_id, m.id, m.channel, m.attempts, m.status_changed_at
      from lane
      cross join lateral (
        select b.contact_id from outbox b
        where b.organization_id = lane.organization_id and b.channel = lane.channel
        order by b.due_at limit (select size from share)
      ) conversation
      cross join lateral (
        select * from messages m
        where m.organization_id = lane.organization_id and m.contact_id = conversation.contact_id
          and m.channel = lane.channel and m.status = 'QUEUED'
      ) m
      limit ${CAP}
    ), waiting as (
      select channel, case when attempts = 0 then status_changed_at else coalesce((
        select min(e.occurred_at) from message_events e
        where e.organization_id = message.organization_id and e.message_id = message.id and e.attempts > 0
          and e.status in ('SENDING', 'QUEUED')
          and not exists (
            select from message_events later
            where later.organization_id = e.organization_id and later.message_id = e.message_id
              and later.attempts > 0 and (later.revision, later.ordinal) > (e.revision, e.ordinal)
              and later.status not in ('SENDING', 'QUEUED'))
      ), status_changed_at) end as since
      from message
    )
    select channel, count(*)::int as count, min(since) as since from waiting group by channel`;

  const held = () => sql<Figures['held']>`
    select channel, held_reason as reason, count(*)::int as count
    from (select channel, held_reason from messages where status = 'HELD' order by created_at limit ${CAP}) oldest
    group by channel, held_reason`;

  async function one<Row>(rows: PromiseLike<readonly Row[]>): Promise<Row> {
    const [row] = await rows;
    if (row === undefined) throw new Error('a figure has no row');
    return row;
  }

  return {
    read: async () => {
      const [queuedNow, heldNow, { total }, { unconfirmed }, refused, feed] = await Promise.all([
        queued(),
        held(),
        one(sql<{ total: number }[]>`
          select coalesce(sum(count), 0)::int as total from (
            select count from funnel_counts where counter = 'HELD_MESSAGES'
            union all
            select change from funnel_changes where counter = 'HELD_MESSAGES'
          ) every`),
        one(sql<{ unconfirmed: number }[]>`
          select count(*)::int as unconfirmed
          from (select 1 from messages where status = 'UNCONFIRMED' limit ${CAP}) first`),
        one(sql<Figures['refused'][]>`
          select count(*) filter (where problem is not null)::int as channels,
            count(*) filter (where template_problem is not null)::int as templates
          from whatsapp_channels where enabled`),
        one(sql<Figures['feed'][]>`
          select (select count(*)::int from (select 1 from feed_pending limit ${CAP}) first) as waiting,
            (select e.recorded_at
              from (select * from feed_pending order by id limit 1) first
              join consent_events e on e.organization_id = first.organization_id
                and e.contact_id = first.contact_id and e.version = first.version) as since`),
      ]);
      return { queued: queuedNow, held: heldNow, heldTotal: total, unconfirmed, refused, feed };
    },
  };
}
