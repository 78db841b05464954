import type { PendingQuery, Sql } from 'postgres';
import type { AppendOutcome, Change, Notary } from '../domain/ports/consent-store.js';
import { appendAll } from './append-changes.js';
import { appendMoves, movesIn } from './append-moves.js';
import { listOf } from './list-of.js';
import type { Scoped } from './scoped.js';

type Appended = PendingQuery<{ contact_id: string }[]>;

/**
 * Appends everything of many changes together: of those that are moves with a statement of their own, of the others with
 * one for all that there can be. A change whose contact has moved on is left out.
 */
export async function appendChanges(
  scoped: Scoped,
  changes: readonly Change[],
  notary: Notary = () => null,
): Promise<readonly AppendOutcome[]> {
  const read = changes.map((change) => ({ change, moves: movesIn(change) }));
  const moves = read.map((one) => one.moves).filter((one) => one !== null);
  const others = read.filter((one) => one.moves === null).map(({ change }) => change);
  const rows = await scoped(
    changes.map(({ draft }) => draft.conversation.organization.id),
    (sql) => [
      ...(moves.length > 0 && others.length > 0 ? [lockContacts(sql, changes)] : []),
      ...(moves.length > 0 ? [appendMoves(sql, moves)] : []),
      ...(others.length > 0 ? [appendAll(sql, others, notary)] : []),
    ],
  );
  const committed = new Set(rows.map((row) => row.contact_id));
  return changes.map(({ draft }) => (committed.has(draft.conversation.contact.id) ? 'COMMITTED' : 'CONFLICT'));
}

/** Two statements that write contacts would take their rows in two orders; it takes them before, in one, and gives none. */
function lockContacts(sql: Sql, changes: readonly Change[]): Appended {
  const conversations = changes.map(({ draft }) => draft.conversation);
  return sql<{ contact_id: string }[]>`
    with named as materialized (
      select * from unnest(${listOf(conversations.map(({ organization }) => organization.id))}::text::uuid[],
        ${listOf(conversations.map(({ contact }) => contact.id))}::text::uuid[]) as named(organization_id, contact_id)
    ), locked as materialized (
      select c.id from named join contacts c on c.organization_id = named.organization_id and c.id = named.contact_id
      order by c.organization_id, c.id
      for update of c
    )
    select id as contact_id from locked where id is null`;
}
