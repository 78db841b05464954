import type { Sql } from 'postgres';
import type { Channel, DeliveryFailure, HeldReason, MessageKind, MessageStatus } from '../domain/message/message.js';
import type { Scoped } from './scoped.js';

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

const columns = (sql: Sql) => sql`
  m.id, m.contact_id as "contactId", m.channel, m.kind, m.status, m.held_reason as "heldReason", m.attempts,
  m.failure, m.possible_duplicate as "possibleDuplicate", m.created_at as "createdAt",
  m.status_changed_at as "statusChangedAt",
  case when m.held_reason = 'PARKED' then (
    select e.by from message_events e
    where e.organization_id = m.organization_id and e.contact_id = m.contact_id and e.message_id = m.id
    order by e.revision desc, e.ordinal desc limit 1
  ) end as "parkedBy"`;

const conditions = {
  held: (sql: Sql) => sql`m.status = 'HELD'`,
  queued: (sql: Sql) => sql`m.status in ('QUEUED', 'SENDING')`,
  unconfirmed: (sql: Sql) => sql`m.status = 'UNCONFIRMED'`,
  parked: (sql: Sql) => sql`m.status = 'HELD' and m.held_reason = 'PARKED'`,
};

/** What an organization's messages wait for, for its operators. */
export function createOutboxList(scoped: Scoped) {
  return {
    /** The longest waiting first, of failed ones the newest; `null` for all but those. */
    async list(organizationId: string, status: OutboxStatus | null, limit: number): Promise<readonly OutboxMessage[]> {
      const longestWaiting = (sql: Sql, which: keyof typeof conditions) => sql<OutboxMessage[]>`
        (select ${columns(sql)} from messages m where m.organization_id = ${organizationId} and ${conditions[which](sql)}
          order by m.status_changed_at, m.id limit ${limit})`;
      return scoped([organizationId], (sql) => {
        switch (status) {
          case 'held':
          case 'queued':
          case 'unconfirmed':
          case 'parked':
            return longestWaiting(sql, status);
          case 'failed':
            return sql<OutboxMessage[]>`
              select ${columns(sql)} from messages m
              where m.organization_id = ${organizationId} and m.status = 'FAILED' order by m.id desc limit ${limit}`;
          case null:
            return sql<OutboxMessage[]>`
              select * from (
                ${longestWaiting(sql, 'held')} union all
                ${longestWaiting(sql, 'queued')} union all
                ${longestWaiting(sql, 'unconfirmed')}
              ) every
              order by "statusChangedAt", id limit ${limit}`;
        }
      });
    },
    /** Any outbound message of the organization; null where there is none of that id. */
    async find(organizationId: string, messageId: string): Promise<OutboxMessage | null> {
      const [row] = await scoped(
        [organizationId],
        (sql) => sql<OutboxMessage[]>`
          select ${columns(sql)} from messages m
          where m.organization_id = ${organizationId} and m.id = ${messageId} and m.direction = 'OUTBOUND'`,
      );
      return row ?? null;
    },
  };
}
