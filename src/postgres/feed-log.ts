import type { Sql } from 'postgres';
import type { FeedLog } from '../domain/ports/feed-log.js';
import type { TransitionView } from '../domain/ports/readers.js';
import { messageColumns, messageFrom, type MessageRow } from './message-rows.js';
import type { Scoped } from './scoped.js';

type Row = {
  position: string;
  id: string;
  organization_id: string;
  contact_id: string;
  contact_version: number;
  from_status: TransitionView['from'];
  to_status: TransitionView['to'];
  cause: TransitionView['cause'];
  occurred_at: Date;
  recorded_at: Date;
};

export function transitionFrom(row: Row): TransitionView {
  return {
    position: BigInt(row.position),
    eventId: row.id,
    organizationId: row.organization_id,
    contactId: row.contact_id,
    contactVersion: row.contact_version,
    from: row.from_status,
    to: row.to_status,
    cause: row.cause,
    occurredAt: row.occurred_at,
    recordedAt: row.recorded_at,
  };
}

export const transitionColumns = (sql: Sql) => sql`
  f.position, e.id, e.organization_id, e.contact_id, e.contact_version, e.from_status, e.to_status, e.cause,
  e.occurred_at, e.recorded_at`;

/** A place in a conversation's log as one number: its revision, then its ordinal. */
const ORDINAL_BITS = 15n;
const ORDINALS = (1n << ORDINAL_BITS) - 1n;
const place = (sql: Sql) => sql`(s.revision::bigint << ${Number(ORDINAL_BITS)}::int) + s.ordinal`;

/** How often a reader looks whether the sequencer is done with what it waits for. */
const SETTLE_POLL_MS = 5;
/** After two seconds without a sequencer a page without the newest transitions is better than none. */
const MAX_SETTLE_LOOKS = 400;

/** The logs that subscriptions read. `pause` waits for so many milliseconds. */
export function createFeedLog(scoped: Scoped, pause: (ms: number) => Promise<void>): FeedLog {
  const head = async (organizationId: string): Promise<bigint> => {
    const [row] = await scoped(
      [organizationId],
      (sql) => sql<{ position: string }[]>`
        select position from feed_heads where organization_id = ${organizationId}`,
    );
    return BigInt(row?.position ?? 0);
  };
  return {
    head,
    after: async (organizationId, position, filter, limit) => {
      const through = await head(organizationId);
      const rows = await scoped(
        [organizationId],
        (sql) => sql<Row[]>`
          select ${transitionColumns(sql)}
          from feed f
          join consent_events e on e.organization_id = f.organization_id and e.contact_id = f.contact_id
            and e.version = f.version
          where f.organization_id = ${organizationId} and f.position > ${position.toString()}
            and f.position <= ${through.toString()}
            ${filter.contactId === null ? sql`` : sql`and f.contact_id = ${filter.contactId}`}
            ${filter.statuses === null ? sql`` : sql`and f.to_status = any(${[...filter.statuses]})`}
          order by f.position
          limit ${limit}`,
      );
      const transitions = rows.map(transitionFrom);
      const last = transitions.at(-1);
      return { transitions, through: last && transitions.length === limit ? last.position : through };
    },
    settled: async (organizationId) => {
      const newest = await scoped(
        [organizationId],
        (sql) => sql<{ id: string | null }[]>`
          select max(id) as id from feed_pending where organization_id = ${organizationId}`,
      );
      const id = newest[0]?.id ?? null;
      let waits = id !== null;
      for (let looks = 0; waits && looks < MAX_SETTLE_LOOKS; looks += 1) {
        await pause(SETTLE_POLL_MS);
        const left = await scoped(
          [organizationId],
          (sql) => sql<{ one: number }[]>`
            select 1 as one from feed_pending where organization_id = ${organizationId} and id <= ${id} limit 1`,
        );
        waits = left.length > 0;
      }
    },
    waitingSince: async (organizationId) => {
      const [row] = await scoped(
        [organizationId],
        (sql) => sql<{ since: Date | null }[]>`
          select min(e.recorded_at) as since
          from feed_pending p
          join consent_events e on e.organization_id = p.organization_id and e.contact_id = p.contact_id
            and e.version = p.version
          where p.organization_id = ${organizationId}`,
      );
      return row?.since ?? null;
    },
    messageHead: async (organizationId, contactId) => {
      const [row] = await scoped(
        [organizationId],
        (sql) => sql<{ position: string }[]>`
          select ${place(sql)} as position from message_events s
          where s.organization_id = ${organizationId} and s.contact_id = ${contactId}
          order by s.revision desc, s.ordinal desc limit 1`,
      );
      return BigInt(row?.position ?? 0);
    },
    messageChanges: async (organizationId, contactId, after, limit) => {
      const rows = await scoped(
        [organizationId],
        (sql) => sql<(MessageRow & { position: string })[]>`
          select ${messageColumns(sql)}, ${place(sql)} as position, s.status, s.channel, s.held_reason, s.failure,
            s.occurred_at as status_changed_at
          from message_events s
          join messages m on m.organization_id = s.organization_id and m.id = s.message_id
          where s.organization_id = ${organizationId} and s.contact_id = ${contactId}
            and (s.revision, s.ordinal) > (${Number(after >> ORDINAL_BITS)}, ${Number(after & ORDINALS)})
          order by s.revision, s.ordinal
          limit ${limit}`,
      );
      return rows.map((row) => ({ position: BigInt(row.position), message: messageFrom(row) }));
    },
  };
}
