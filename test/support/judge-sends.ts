import type { Sql } from 'postgres';

/** A request that the provider was sent, as its own record has it. */
export type Send = {
  readonly messageId: string;
  readonly attempt: number;
  /** False where its answer said that nothing was sent. */
  readonly taken: boolean;
};

type MessageRow = {
  readonly id: string;
  readonly contactId: string;
  readonly number: number;
  readonly kind: string;
  readonly channel: string;
  readonly status: string;
  readonly possibleDuplicate: boolean;
};

type StepRow = {
  readonly messageId: string;
  readonly contactId: string;
  readonly revision: number;
  readonly status: string;
  readonly heldReason: string | null;
  readonly attempts: number;
};

/** An act that gave or took consent; what it was read from, or the request that it was, says at which revision. */
type ActRow = {
  readonly contactId: string;
  readonly type: string;
  readonly status: string;
  readonly messageId: string;
};

/** What a judgement rests on: the facts in the database, and the provider's own record of what it was sent. */
export type Evidence = {
  /** Messages to contacts, each with its steps in their order. */
  readonly messages: readonly (MessageRow & { readonly steps: readonly StepRow[] })[];
  /** Consent of each contact, from each revision on. */
  readonly consent: ReadonlyMap<string, readonly { readonly revision: number; readonly status: string }[]>;
  readonly positions: readonly number[];
  readonly transitions: number;
  readonly sends: readonly Send[];
};

/** What is wrong, in sentences; each list is empty where nothing is. */
export type Judgement = {
  /** Handed over, or about to be, while the contact had not agreed. */
  readonly withoutConsent: readonly string[];
  /** At the provider, but nowhere here; or here as taken, but not at the provider; or the other way about. */
  readonly untrue: readonly string[];
  /** At the provider twice for one attempt, or for several without being marked. */
  readonly sentTwice: readonly string[];
  /** Released more than once by one consent. */
  readonly releasedTwice: readonly string[];
  /** Taken before what was written earlier, though the fate of both was known at once. */
  readonly outOfOrder: readonly string[];
  /** Places of the feed that are missing, or too many. */
  readonly feed: readonly string[];
};

export const flawless: Judgement = {
  withoutConsent: [],
  untrue: [],
  sentTwice: [],
  releasedTwice: [],
  outOfOrder: [],
  feed: [],
};

/** Reads all that is recorded of one installation. */
export async function readEvidence(sql: Sql, sends: readonly Send[]): Promise<Evidence> {
  const messages = await sql<MessageRow[]>`
    select id, contact_id as "contactId", number, kind, channel, status, possible_duplicate as "possibleDuplicate"
    from messages where direction = 'OUTBOUND' order by contact_id, number`;
  const steps = await sql<StepRow[]>`
    select message_id as "messageId", contact_id as "contactId", revision, status, held_reason as "heldReason", attempts
    from message_events order by contact_id, revision, ordinal`;
  const acts = await sql<ActRow[]>`
    select e.contact_id as "contactId", e.type, e.to_status as status,
      coalesce(e.data->'evidence'->>'messageId', r.message_id::text) as "messageId"
    from consent_events e
    left join opt_in_requests r on r.organization_id = e.organization_id and r.id::text = e.data->>'requestId'
    where e.to_status is not null and (e.data->'evidence'->>'messageId' is not null or e.type = 'OptInRequested')
    order by e.contact_id, e.version`;
  const [feed] = await sql<{ positions: number[] | null; transitions: number }[]>`
    select (select array_agg(position::int order by organization_id, position) from feed) as positions,
      (select count(*)::int from consent_events where to_status is not null) as transitions`;

  const ofMessage = groupBy(steps, ({ messageId }) => messageId);
  const consent = new Map<string, { revision: number; status: string }[]>();
  for (const { contactId, status, messageId } of acts) {
    const revision = ofMessage.get(messageId)?.[0]?.revision;
    if (revision === undefined) throw new Error(`nothing tells when ${contactId} became ${status}`);
    consent.set(contactId, [...(consent.get(contactId) ?? []), { revision, status }]);
  }
  return {
    messages: messages.map((message) => ({ ...message, steps: ofMessage.get(message.id) ?? [] })),
    consent,
    positions: feed?.positions ?? [],
    transitions: feed?.transitions ?? 0,
    sends,
  };
}

const LEFT = ['ACCEPTED', 'SENT', 'DELIVERED', 'READ'];

/** Judges what must be true after anything that may happen, once all that could be done is done. */
export function judgeSends(evidence: Evidence): Judgement {
  const { messages, consent, sends } = evidence;
  const sendsOf = groupBy(sends, ({ messageId }) => messageId);
  const withoutConsent: string[] = [];
  const untrue: string[] = [];
  const sentTwice: string[] = [];
  const releasedTwice: string[] = [];

  for (const message of messages) {
    const { id, kind, channel, contactId, status, steps, possibleDuplicate } = message;
    const what = `${kind} ${message.number} of ${contactId} (${id}, ${status})`;
    const given = sendsOf.get(id) ?? [];
    sendsOf.delete(id);
    const begun = steps.filter((step) => step.status === 'SENDING');
    const statusAt = (revision: number): string =>
      consent.get(contactId)?.findLast((act) => act.revision <= revision)?.status ?? 'NOT_ASKED';
    for (const { revision, attempts } of kind === 'TEXT' ? begun : []) {
      const found = statusAt(revision);
      const may = channel === 'SMS' ? found !== 'OPTED_OUT' : found === 'OPTED_IN';
      if (!may) withoutConsent.push(`${what}: attempt ${attempts} while ${found}`);
    }
    for (const { attempt } of given) {
      if (!begun.some(({ attempts }) => attempts === attempt)) untrue.push(`${what}: attempt ${attempt} never began`);
    }
    const taken = given.filter((send) => send.taken);
    const attempts = new Set(given.map(({ attempt }) => attempt));
    if (attempts.size < given.length) sentTwice.push(`${what}: ${given.length} requests, ${attempts.size} attempts`);
    if (taken.length > 1 && !possibleDuplicate) sentTwice.push(`${what}: taken ${taken.length} times, unmarked`);
    if (LEFT.includes(status) && taken.length === 0) untrue.push(`${what}: never taken`);
    const mayHaveLeft = LEFT.includes(status) || ['UNCONFIRMED', 'FAILED'].includes(status) || possibleDuplicate;
    if (taken.length > 0 && !mayHaveLeft) untrue.push(`${what}: taken ${taken.length} times`);
    if (releasesOf(steps, consent.get(contactId) ?? []).some((count) => count > 1)) releasedTwice.push(what);
  }
  for (const id of sendsOf.keys()) untrue.push(`${id}: no such message`);
  return {
    withoutConsent,
    untrue,
    sentTwice,
    releasedTwice,
    outOfOrder: findOutOfOrder(evidence),
    feed: judgeFeed(evidence),
  };
}

/** How often a message was released from waiting for consent, in the time of each consent. */
function releasesOf(
  steps: readonly StepRow[],
  acts: readonly { readonly revision: number; readonly status: string }[],
): readonly number[] {
  const counts = new Map<number, number>();
  for (const [index, { status, revision }] of steps.entries()) {
    if (status !== 'QUEUED' || steps[index - 1]?.heldReason !== 'AWAITING_CONSENT') continue;
    const since = acts.findLast((act) => act.revision <= revision)?.revision ?? 0;
    counts.set(since, (counts.get(since) ?? 0) + 1);
  }
  return [...counts.values()];
}

/** Texts of one conversation and channel in the provider's order, but for those whose fate was unknown at any time. */
function findOutOfOrder({ messages, sends }: Evidence): readonly string[] {
  const known = new Map(
    messages
      .filter(({ kind, steps }) => kind === 'TEXT' && !steps.some(({ status }) => status === 'UNCONFIRMED'))
      .map((message) => [message.id, message]),
  );
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const { messageId } of sends.filter(({ taken }) => taken)) {
    const message = known.get(messageId);
    if (!message) continue;
    const lane = `${message.contactId} ${message.channel}`;
    const before = last.get(lane) ?? 0;
    if (message.number < before) found.push(`${lane}: ${message.number} after ${before}`);
    last.set(lane, Math.max(before, message.number));
  }
  return found;
}

function judgeFeed({ positions, transitions }: Evidence): readonly string[] {
  // Each organization's positions begin at 1.
  const gaps = positions.flatMap((position, index) => {
    const before = positions[index - 1] ?? 0;
    return position === before + 1 || position === 1 ? [] : [`${position} after ${before}`];
  });
  const missing = positions.length === transitions ? [] : [`${positions.length} places, ${transitions} transitions`];
  return [...gaps, ...missing];
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
