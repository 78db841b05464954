import type { Sql } from 'postgres';
import type { Channel, DeliveryFailure, HeldReason, MessageKind, MessageStatus } from '../domain/message/message.js';

export const outboxStatuses = ['held', 'queued', 'unconfirmed', 'failed', 'parked'] as const;
export type OutboxStatus = (typeof outboxStatuses)[number];

/** A message as operators see it: neither what it says nor to whom. */
export type OutboxMessage = {
  readonly id: string;
  readonly contactId: string;
  readonly channel: Channel;
  readonly kind: MessageKind;
  readonly status: MessageStatus;
  readonly heldReason: HeldReason | null;
  readonly attempts: number;
  readonly failure: DeliveryFailure | null;
  readonly possibleDuplicate: boolean;
  readonly createdAt: Date;
  readonly statusChangedAt: Date;
  /** The operator who parked it; null for what is not parked. */
  readonly parkedBy: string | null;
};

/** What an organization's messages wait for, for its operators. */
export function createOutboxList(sql: Sql) {
  const columns = sql`
    m.id, m.contact_id as "contactId", m.channel, m.kind, m.status, m.held_reason as "heldReason", m.attempts,
    m.failure, m.possible_duplicate as "possibleDuplicate", m.created_at as "createdAt",
    m.status_changed_at as "statusChangedAt",
    case when m.held_reason = 'PARKED' then (
      select e.by from message_events e
      where e.organization_id = m.organization_id and e.contact_id = m.contact_id and e.message_id = m.id
      order by e.revision desc, e.ordinal desc limit 1
    ) end as "parkedBy"`;
  const held = sql`m.status = 'HELD'`;
  const queued = sql`m.status in ('QUEUED', 'SENDING')`;
  const unconfirmed = sql`m.status = 'UNCONFIRMED'`;
  const parked = sql`m.status = 'HELD' and m.held_reason = 'PARKED'`;

  const longestWaiting = (organizationId: string, condition: typeof held, limit: number) => sql`
    (select ${columns} from messages m where m.organization_id = ${organizationId} and ${condition}
      order by m.status_changed_at, m.id limit ${limit})`;

  return {
    /** The longest waiting first, of failed ones the newest; `null` for all but those. */
    async list(organizationId: string, status: OutboxStatus | null, limit: number): Promise<readonly OutboxMessage[]> {
      const waiting = (condition: typeof held) =>
        sql<OutboxMessage[]>`${longestWaiting(organizationId, condition, limit)}`;
      switch (status) {
        case 'held':
          return waiting(held);
        case 'queued':
          return waiting(queued);
        case 'unconfirmed':
          return waiting(unconfirmed);
        case 'parked':
          return waiting(parked);
        case 'failed':
          return sql<OutboxMessage[]>`
            select ${columns} from messages m
            where m.organization_id = ${organizationId} and m.status = 'FAILED' order by m.id desc limit ${limit}`;
        case null:
          return sql<OutboxMessage[]>`
            select * from (
              ${longestWaiting(organizationId, held, limit)} union all
              ${longestWaiting(organizationId, queued, limit)} union all
              ${longestWaiting(organizationId, unconfirmed, limit)}
            ) every
            order by "statusChangedAt", id limit ${limit}`;
      }
    },
    /** Any outbound message of the organization; null where there is none of that id. */
    async find(organizationId: string, messageId: string): Promise<OutboxMessage | null> {
      const [row] = await sql<OutboxMessage[]>`
        select ${columns} from messages m
        where m.organization_id = ${organizationId} and m.id = ${messageId} and m.direction = 'OUTBOUND'`;
      return row ?? null;
    },
  };
}
