import type { Sql } from 'postgres';
import type { Channel } from '../domain/message/message.js';
import type { Claim, ConversationKey, Outbox } from '../domain/ports/outbox.js';

/** Messages per second of one organization, by channel. */
export type SendRates = Readonly<Record<Channel, number>>;

/** What was not sent for a while may be caught up with in a burst so long. */
const BURST_MS = 250;

/** More than a claim takes of one lane. A plan that is kept knows by it that few are read, however many wait. */
const FEW = 1_000;

type Fragment = ReturnType<Sql>;
type KeyRow = { readonly organization_id: string; readonly contact_id: string };

const keyFrom = (row: KeyRow): ConversationKey => ({ organizationId: row.organization_id, contactId: row.contact_id });

/**
 * Conversations that have something to send, leased so that any number of senders may ask. Organizations and channels
 * ("lanes") are found by jumping from one to the next in the index, so what waits in one costs nothing of another's
 * time; a lane's row is locked while some of it is taken, which keeps all servers together within its rate. What a sender
 * asks all the time it asks on `kept`, where plans are kept: to plan a claim takes longer than to make it.
 */
export function createOutbox(sql: Sql, rates: SendRates, kept: Sql = sql): Outbox {
  /** The lanes in which anything waits. */
  const lanes = sql`
    lane as (
      (select organization_id, channel from outbox order by organization_id, channel limit 1)
      union all
      select next.organization_id, next.channel from lane cross join lateral (
        select organization_id, channel from outbox
        where (organization_id, channel) > (lane.organization_id, lane.channel)
        order by organization_id, channel limit 1
      ) next
    )`;
  const intervalOf = (channel: Fragment) => sql`
    (case ${channel} when 'WHATSAPP' then ${1_000 / rates.WHATSAPP}::float8 else ${1_000 / rates.SMS}::float8 end)`;

  return {
    /**
     * First each lane gives its share, twice over so that a few that have less do not matter. Where that is not enough
     * the lanes that have more give it, so a claim reads about as much as it takes however many wait where.
     */
    claim: async ({ now, leaseMs, limit, laneLimit, underWay }) => {
      const until = new Date(now.getTime() + leaseMs);
      /** What is due in a lane, the longest waiting first. */
      const waitingIn = (offset: Fragment, most: Fragment) => sql`
        select place, row_number() over (order by due_at) as turn from (
          select place, due_at from (
            select ctid as place, due_at from outbox b
            where b.organization_id = room.organization_id and b.channel = room.channel and b.due_at <= ${now}
              and (b.leased_until is null or b.leased_until <= ${now})
            order by due_at limit ${sql.unsafe(String(FEW))}
          ) first
          order by due_at offset ${offset} limit ${most}
        ) due`;
      const rows = await kept<(KeyRow & { channel: Channel; fence: string })[]>`
        with recursive ${lanes}, made as (
          insert into send_lanes (organization_id, channel, paid_until)
            select organization_id, channel, '-infinity' from lane
            where not exists (select from send_lanes known
              where known.organization_id = lane.organization_id and known.channel = lane.channel)
          on conflict do nothing
        ), busy as materialized (
          select * from jsonb_to_recordset(${JSON.stringify(underWay)}::text::jsonb)
            as busy("organizationId" uuid, channel text, count int)
        ), taking as materialized (
          select l.organization_id, l.channel, ${intervalOf(sql`l.channel`)} as interval_ms,
            greatest(l.paid_until, ${now}::timestamptz
              - make_interval(secs => greatest(${BURST_MS}, ${intervalOf(sql`l.channel`)}) / 1000)) as paid_until,
            case when w.problem is null then ${laneLimit}::int else 1 end
              - coalesce((select count from busy
                where busy."organizationId" = l.organization_id and busy.channel = l.channel), 0) as free
          from send_lanes l
          left join whatsapp_channels w on w.organization_id = l.organization_id and l.channel = 'WHATSAPP'
          where exists (select from lane where lane.organization_id = l.organization_id and lane.channel = l.channel)
          for update of l skip locked
        ), room as materialized (
          select organization_id, channel, paid_until, interval_ms,
            greatest(0, least(free, ${limit}::int,
              floor(extract(epoch from ${now}::timestamptz - paid_until) * 1000 / interval_ms)))::int as most,
            ceil(2.0 * ${limit}::int / count(*) over ())::int as share
          from taking
        ), shared as materialized (
          select room.*, waiting.place, waiting.turn from room
          cross join lateral (${waitingIn(sql`0`, sql`least(room.most, room.share)`)}) waiting
        ), candidate as (
          select * from shared
          union all
          select room.*, waiting.place, room.share + waiting.turn from room
          cross join lateral (${waitingIn(sql`room.share`, sql`greatest(0, room.most - room.share)`)}) waiting
          where room.most > room.share and (select count(*) from shared) < ${limit}
        ), chosen as materialized (
          select * from candidate order by turn, organization_id, channel limit ${limit}
        ), paced as (
          update send_lanes l set paid_until = taken.paid_until
              + make_interval(secs => taken.count * taken.interval_ms / 1000)
            from (
              select organization_id, channel, min(paid_until) as paid_until, min(interval_ms) as interval_ms,
                count(*) as count
              from chosen group by organization_id, channel
            ) taken
            where l.organization_id = taken.organization_id and l.channel = taken.channel
        )
        update outbox b set leased_until = ${until}, fence = fence + 1
          from chosen
          where b.ctid = chosen.place and (b.leased_until is null or b.leased_until <= ${now})
          returning b.organization_id, b.contact_id, b.channel, b.fence`;
      return rows.map((row): Claim => ({ ...keyFrom(row), channel: row.channel, fence: row.fence }));
    },
    release: async (claims) => {
      if (claims.length === 0) return;
      await kept`
        update outbox b set leased_until = null
        from jsonb_to_recordset(${JSON.stringify(claims)}::text::jsonb)
          as c("organizationId" uuid, "contactId" uuid, channel text, fence bigint)
        where b.organization_id = c."organizationId" and b.contact_id = c."contactId" and b.channel = c.channel
          and b.fence = c.fence`;
    },
    nextDueAt: async () => {
      const [row] = await kept<{ due: Date | null }[]>`
        with recursive ${lanes}
        select min(greatest(first.due_at,
          l.paid_until + make_interval(secs => ${intervalOf(sql`lane.channel`)} / 1000))) as due
        from lane cross join lateral (
          select due_at from outbox b
          where b.organization_id = lane.organization_id and b.channel = lane.channel and b.leased_until is null
          order by due_at limit 1
        ) first
        left join send_lanes l on l.organization_id = lane.organization_id and l.channel = lane.channel`;
      return row?.due ?? null;
    },
    pause: async ({ organizationId, channel }, until) => {
      await sql`
        update send_lanes set paid_until = greatest(paid_until, ${until}::timestamptz)
        where organization_id = ${organizationId} and channel = ${channel}`;
    },
    contents: async (messages) => {
      const rows = await kept<{ body: string | null; locale: string | null; request_id: string | null }[]>`
        select nullif(m.body, '') as body, m.locale, m.request_id
        from jsonb_to_recordset(${JSON.stringify(messages.map((message, n) => ({ ...message, n })))}::text::jsonb)
          as asked(n int, "organizationId" uuid, "messageId" uuid)
        left join messages m on m.organization_id = asked."organizationId" and m.id = asked."messageId"
        order by asked.n`;
      return rows.map(({ body, locale, request_id: requestId }) =>
        body === null ? null : { body, locale, requestId },
      );
    },
    unanswered: async ({ now, limit }) => {
      const rows = await sql<KeyRow[]>`
        select organization_id, id as contact_id from contacts
        where answer_due_at <= ${now} order by answer_due_at limit ${limit}`;
      return rows.map(keyFrom);
    },
    heldSince: async ({ since, limit }) => {
      const rows = await sql<KeyRow[]>`
        select distinct organization_id, contact_id from (
          select organization_id, contact_id from messages
          where status = 'HELD' and created_at <= ${since} order by created_at limit ${limit}
        ) oldest`;
      return rows.map(keyFrom);
    },
    unconfirmedSince: async ({ since, limit }) => {
      const rows = await sql<(KeyRow & { id: string })[]>`
        select m.organization_id, m.contact_id, m.id
        from organizations o cross join lateral (
          select organization_id, contact_id, id from messages
          where organization_id = o.id and status = 'UNCONFIRMED' and status_changed_at <= ${since}
            and kind = 'TEXT' and attempts < 4
          order by status_changed_at limit ${limit}
        ) m
        where o.unconfirmed = 'RESEND'
        limit ${limit}`;
      return rows.map((row) => ({ ...keyFrom(row), messageId: row.id }));
    },
    channelBack: async ({ now, limit }) => {
      const rows = await sql<KeyRow[]>`
        select m.organization_id, m.contact_id
        from whatsapp_channels w cross join lateral (
          select distinct organization_id, contact_id from messages
          where organization_id = w.organization_id and held_reason = 'CHANNEL_DOWN'
          limit case when w.problem is null then ${limit}::int else 1 end
        ) m
        where w.enabled and (w.problem is null or w.retry_at <= ${now})
        limit ${limit}`;
      return rows.map(keyFrom);
    },
  };
}
