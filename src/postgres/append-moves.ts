import type { PendingQuery, Sql } from 'postgres';
import { channels, type Message, type MessageMoved } from '../domain/message/message.js';
import type { Change } from '../domain/ports/consent-store.js';
import { listOf } from './list-of.js';

/** A change by which messages take steps, and nothing else is said of the contact. */
type Moves = {
  readonly change: Change;
  readonly before: NonNullable<Change['before']>;
  readonly steps: readonly MessageMoved[];
};

type Step = {
  readonly moves: Moves;
  readonly event: MessageMoved;
  readonly ordinal: number;
  readonly message: Message;
};
type Send = { readonly moves: Moves; readonly channel: string; readonly dueAt: Date; readonly fence: string | null };

/** Null for a change that has more in it. */
export function movesIn(change: Change): Moves | null {
  const { draft, revision, idempotency, before } = change;
  const { contact, identities, consent } = draft.conversation;
  if (!before || revision === 0 || idempotency || draft.events.length > 0) return null;
  if (contact !== before.contact || identities !== before.identities || consent !== before.consent) return null;
  const steps = draft.messages.filter((event) => event.type === 'MessageMoved');
  return steps.length === draft.messages.length ? { change, before, steps } : null;
}

/**
 * What `appendChanges` does, for changes that are moves: most of what delivery writes. It reads and writes what can have
 * changed and nothing else. The rows of contacts are taken in the order of their ids, as there.
 */
export function appendMoves(sql: Sql, unsorted: readonly Moves[]): PendingQuery<{ contact_id: string }[]> {
  const all = unsorted.toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1));
  const steps = all.flatMap(stepsOf);
  const sends = all.flatMap(sendsOf);
  const sent = all.flatMap(sentOf);
  const list = (items: Parameters<typeof listOf>[0]) => sql`${listOf(items)}::text`;
  const placeColumns = (of: readonly { readonly moves: Moves }[]) => sql`
    ${list(of.map(({ moves }) => organizationOf(moves)))}::uuid[], ${list(of.map(({ moves }) => contactOf(moves)))}::uuid[]`;
  return sql<{ contact_id: string }[]>`
    with change as materialized (
      select * from unnest(
        ${list(all.map(organizationOf))}::uuid[], ${list(all.map(contactOf))}::uuid[],
        ${list(all.map(({ change }) => change.revision))}::int[],
        ${list(all.map(({ change }) => change.draft.conversation.windowOpenedAt))}::timestamptz[],
        ${list(all.map(({ change }) => heldIn(change.draft.conversation)))}::int[],
        ${list(all.map(({ change, before }) => heldIn(change.draft.conversation) - heldIn(before)))}::int[],
        ${list(all.map(({ change }) => textOf(change.draft.conversation.pace)))}::jsonb[],
        ${list(all.map(({ change }) => change.draft.conversation.continueAskedAt))}::timestamptz[]
      ) as change(organization_id, contact_id, revision, window_opened_at, held_count, held_change, pace,
        continue_asked_at)
    ), applied as (
      update contacts c set revision = c.revision + 1, window_opened_at = change.window_opened_at,
        held_count = change.held_count, pace = change.pace, continue_asked_at = change.continue_asked_at
      from change
      where c.organization_id = change.organization_id and c.id = change.contact_id and c.revision = change.revision
      returning c.organization_id, c.id, change.held_change
    ), step as materialized (
      select * from unnest(
        ${placeColumns(steps)},
        ${list(steps.map(({ moves }) => moves.change.revision + 1))}::int[],
        ${list(steps.map(({ moves }) => moves.change.draft.now))}::timestamptz[],
        ${list(steps.map(({ ordinal }) => ordinal))}::smallint[],
        ${list(steps.map(({ event }) => event.messageId))}::uuid[],
        ${list(steps.map(({ event }) => event.status))}::text[],
        ${list(steps.map(({ event }) => event.channel))}::text[],
        ${list(steps.map(({ event }) => event.heldReason))}::text[],
        ${list(steps.map(({ event }) => textOf(event.failure)))}::jsonb[],
        ${list(steps.map(({ event }) => event.attempts))}::int[],
        ${list(steps.map(({ event }) => event.by))}::text[],
        ${list(steps.map(({ message }) => message.providerMessageId))}::text[],
        ${list(steps.map(({ message }) => message.possibleDuplicate))}::boolean[],
        ${list(steps.map(({ moves, event }) => moves.steps.findLast(({ messageId }) => messageId === event.messageId) === event))}::boolean[]
      ) as step(organization_id, contact_id, revision, at, ordinal, message_id, status, channel, held_reason, failure,
        attempts, by, provider_message_id, possible_duplicate, is_last)
      -- "is true" has it look up rather than compare each with each, here and below.
      where ((organization_id, contact_id) in (select organization_id, id from applied)) is true
    ), moved as (
      update messages m set
        channel = step.channel, status = step.status, held_reason = step.held_reason, failure = step.failure,
        attempts = step.attempts, provider_message_id = coalesce(step.provider_message_id, m.provider_message_id),
        possible_duplicate = step.possible_duplicate, status_changed_at = step.at
      from step
      where step.is_last and m.organization_id = step.organization_id and m.id = step.message_id
    ), stepped as (
      insert into message_events (organization_id, contact_id, revision, ordinal, message_id, status, channel,
          held_reason, failure, attempts, by, occurred_at)
        select organization_id, contact_id, revision, ordinal, message_id, status, channel, held_reason, failure,
          attempts, by, at
        from step
    ), due as (
      insert into outbox (organization_id, contact_id, channel, due_at, fence)
        select organization_id, contact_id, channel, due_at, coalesce(fence, 0) from unnest(
          ${placeColumns(sends)},
          ${list(sends.map(({ channel }) => channel))}::text[],
          ${list(sends.map(({ dueAt }) => dueAt))}::timestamptz[],
          ${list(sends.map(({ fence }) => fence))}::bigint[]
        ) as send(organization_id, contact_id, channel, due_at, fence)
        where ((organization_id, contact_id) in (select organization_id, id from applied)) is true
      on conflict (organization_id, contact_id, channel) do update set due_at = excluded.due_at,
        leased_until = case when outbox.fence = excluded.fence then null else outbox.leased_until end
      where outbox.due_at <> excluded.due_at or outbox.fence = excluded.fence
    ), emptied as (
      delete from outbox b using unnest(
        ${placeColumns(sent)}, ${list(sent.map(({ channel }) => channel))}::text[]
      ) as sent(organization_id, contact_id, channel)
      where b.organization_id = sent.organization_id and b.contact_id = sent.contact_id and b.channel = sent.channel
        and ((sent.organization_id, sent.contact_id) in (select organization_id, id from applied)) is true
    ), counted as (
      insert into funnel_changes (organization_id, counter, change)
        select organization_id, 'HELD_MESSAGES', sum(held_change) from applied
        where held_change <> 0
        group by organization_id
        having sum(held_change) <> 0
    )
    select id as contact_id from applied`;
}

const organizationOf = ({ change }: Moves): string => change.draft.conversation.organization.id;
const contactOf = ({ change }: Moves): string => change.draft.conversation.contact.id;
const placeOf = (moves: Moves): string => `${organizationOf(moves)} ${contactOf(moves)}`;
const heldIn = ({ messages }: Moves['before']): number => messages.filter(({ status }) => status === 'HELD').length;
const textOf = (value: object | null): string | null => value && JSON.stringify(value);

function stepsOf(moves: Moves): readonly Step[] {
  const { messages } = moves.change.draft.conversation;
  return moves.steps.map((event, ordinal) => {
    const message = messages.find(({ id }) => id === event.messageId);
    if (!message) throw new Error(`message ${event.messageId} was moved but is not in its conversation`);
    return { moves, event, ordinal, message };
  });
}

/** What is to be sent from when, where that is news or ends a lease. */
function sendsOf(moves: Moves): readonly Send[] {
  const { change, before } = moves;
  const { sendAfter } = change.draft.conversation;
  return channels.flatMap((channel) => {
    const dueAt = sendAfter[channel];
    const fence = change.lease?.channel === channel ? change.lease.fence : null;
    const isNews = dueAt?.getTime() !== before.sendAfter[channel]?.getTime();
    return dueAt !== null && (isNews || fence !== null) ? [{ moves, channel, dueAt, fence }] : [];
  });
}

function sentOf(moves: Moves): readonly { readonly moves: Moves; readonly channel: string }[] {
  const { sendAfter } = moves.change.draft.conversation;
  return channels.flatMap((channel) =>
    sendAfter[channel] === null && moves.before.sendAfter[channel] !== null ? [{ moves, channel }] : [],
  );
}
