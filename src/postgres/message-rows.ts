import type { Sql } from 'postgres';
import type { MessageView } from '../domain/ports/readers.js';

export type MessageRow = {
  id: string;
  organization_id: string;
  contact_id: string;
  number: number;
  channel: MessageView['channel'];
  kind: MessageView['kind'];
  direction: MessageView['direction'];
  body: string;
  status: MessageView['status'];
  held_reason: MessageView['heldReason'];
  failure: MessageView['failure'];
  author: string | null;
  possible_duplicate: boolean;
  created_at: Date;
  status_changed_at: Date;
};

/** The columns of a message, from a table or alias `m`; later columns of the same name replace them. */
export const messageColumns = (sql: Sql) => sql`
  m.id, m.organization_id, m.contact_id, m.number, m.channel, m.kind, m.direction, m.body, m.status, m.held_reason,
  m.failure, m.author, m.possible_duplicate, m.created_at, m.status_changed_at`;

export function messageFrom(row: MessageRow): MessageView {
  return {
    id: row.id,
    organizationId: row.organization_id,
    contactId: row.contact_id,
    number: row.number,
    channel: row.channel,
    kind: row.kind,
    direction: row.direction,
    body: row.body,
    status: row.status,
    heldReason: row.held_reason,
    failure: row.failure,
    author: row.author,
    possibleDuplicate: row.possible_duplicate,
    createdAt: row.created_at,
    statusChangedAt: row.status_changed_at,
  };
}
