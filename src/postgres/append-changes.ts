import type { PendingQuery, Sql } from 'postgres';
import type { Message, MessageEvent } from '../domain/message/message.js';
import { channels } from '../domain/message/message.js';
import { phoneKey } from '../domain/phone-number.js';
import type { Change, Notarized, Notary } from '../domain/ports/consent-store.js';
import { createBlob, type Blob } from './blob.js';

/**
 * One statement appends everything of many changes: it locks the contacts' rows in one order, leaves out the changes
 * whose contact has moved on, and writes events, rows, messages and sends of the others.
 */
export function appendAll(
  sql: Sql,
  changes: readonly Change[],
  notary: Notary,
): PendingQuery<{ contact_id: string }[]> {
  const blob = createBlob();
  const given = JSON.stringify(changes.map((change) => toJson(change, notary(change), blob)));
  return sql<{ contact_id: string }[]>`
    with blob as materialized (
      select decode(${blob.base64()}, 'base64') as bytes
    ), change as materialized (
      select * from jsonb_to_recordset(${given}::text::jsonb) as change(
        organization_id uuid, contact_id uuid, revision int, at timestamptz, name text, phone text, phone_key text,
        locale text, status text, consent jsonb, answer_due_at timestamptz, window_opened_at timestamptz,
        message_count int, held_count int, pace jsonb, continue_asked_at timestamptz, erased_at timestamptz,
        log_name text, log_hash text, log_at timestamptz, log_key text, artifacts jsonb, identities text[], events jsonb, requests jsonb, composed jsonb,
        moved jsonb, steps jsonb, sends jsonb, sent text[], idempotency jsonb
      )
    ), locked as materialized (
      select change.*, c.status as status_before, c.held_count as held_before from change
        join contacts c on c.organization_id = change.organization_id and c.id = change.contact_id
      where c.revision = change.revision and change.revision > 0
      order by c.organization_id, c.id
      for update of c
    ), updated as (
      update contacts c set
        revision = c.revision + 1, phone_key = change.phone_key,
        -- Of an erased contact they are needed once more, to find what is to be deleted.
        name = case when change.erased_at is null then change.name else c.name end,
        phone = case when change.erased_at is null then change.phone else c.phone end,
        locale = change.locale, status = change.status, consent = coalesce(change.consent, c.consent),
        answer_due_at = change.answer_due_at, window_opened_at = change.window_opened_at,
        message_count = change.message_count, held_count = change.held_count, pace = change.pace,
        continue_asked_at = change.continue_asked_at, erased_at = change.erased_at,
        log_name = coalesce(change.log_name, c.log_name), log_hash = coalesce(decode(change.log_hash, 'base64'), c.log_hash),
        log_at = coalesce(change.log_at, c.log_at), log_key = coalesce(decode(change.log_key, 'base64'), c.log_key)
      from locked as change
      where c.organization_id = change.organization_id and c.id = change.contact_id
    ), created as (
      insert into contacts (organization_id, id, revision, name, phone, phone_key, locale, status, consent,
          answer_due_at, window_opened_at, message_count, held_count, pace, continue_asked_at, log_name, log_hash, log_at,
          log_key, created_at)
        select organization_id, contact_id, 1, name, phone, phone_key, locale, status, consent,
          answer_due_at, window_opened_at, message_count, held_count, pace, continue_asked_at, log_name,
          decode(log_hash, 'base64'), log_at, decode(log_key, 'base64'), at
        from change where revision = 0
      on conflict do nothing
      returning organization_id, id
    ), applied as materialized (
      select * from locked
      union all
      -- "is true" has it look up rather than compare each with each, as a join would here.
      select change.*, null, 0 from change
        where revision = 0 and ((organization_id, contact_id) in (select organization_id, id from created)) is true
    ), known as (
      insert into contact_identities (organization_id, identity, contact_id, first_seen_at)
        select organization_id, unnest(identities), contact_id, at from applied
      on conflict do nothing
    ), event as materialized (
      select applied.organization_id, applied.contact_id, applied.at, e.*
        from applied, jsonb_to_recordset(applied.events) as e(version int, id uuid, type text, data jsonb,
          occurred_at timestamptz, contact_version int, from_status text, to_status text, cause text,
          entry int, entry_bytes int, sealed int, sealed_bytes int)
    ), recorded as (
      insert into consent_events (organization_id, contact_id, version, id, type, data, occurred_at, recorded_at,
          contact_version, from_status, to_status, cause, entry, sealed)
        select organization_id, contact_id, version, id, type, data, occurred_at, at, contact_version, from_status,
          to_status, cause, substring((select bytes from blob) from entry for entry_bytes),
          substring((select bytes from blob) from sealed for sealed_bytes)
        from event
    ), kept as (
      insert into artifacts (organization_id, contact_id, sha256, sealed)
        select applied.organization_id, applied.contact_id, decode(a.sha256, 'base64'),
          substring((select bytes from blob) from a.sealed for a.sealed_bytes)
        from applied, jsonb_to_recordset(applied.artifacts) as a(sha256 text, sealed int, sealed_bytes int)
      on conflict do nothing
    ), pending as (
      insert into feed_pending (organization_id, contact_id, version, to_status)
        select organization_id, contact_id, version, to_status from event
        where to_status is not null
        order by contact_id, version
    ), requested as (
      insert into opt_in_requests (organization_id, id, contact_id, message_id, attempt, requested_at, requested_by,
          locale, basis)
        select applied.organization_id, r.id, applied.contact_id, r.message_id, r.attempt, r.requested_at,
          r.requested_by, r.locale, r.basis
        from applied, jsonb_to_recordset(applied.requests) as r(id uuid, message_id uuid, attempt int,
          requested_at timestamptz, requested_by text, locale text, basis jsonb)
    ), composed as (
      insert into messages (organization_id, id, contact_id, number, channel, kind, direction, body, locale, status,
          held_reason, failure, author, request_id, attempts, provider_message_id, created_at, status_changed_at)
        select applied.organization_id, m.id, applied.contact_id, m.number, m.channel, m.kind, m.direction, m.body,
          m.locale, m.status, m.held_reason, m.failure, m.author, m.request_id, m.attempts, m.provider_message_id,
          applied.at, applied.at
        from applied, jsonb_to_recordset(applied.composed) as m(id uuid, number int, channel text, kind text,
          direction text, body text, locale text, status text, held_reason text, failure jsonb, author text,
          request_id uuid, attempts int, provider_message_id text)
    ), step as materialized (
      select applied.organization_id, applied.at, s.*
        from applied, jsonb_to_recordset(applied.moved) as s(id uuid, channel text, status text, held_reason text,
          failure jsonb, attempts int, provider_message_id text, possible_duplicate boolean)
    ), moved as (
      update messages m set
        channel = step.channel, status = step.status, held_reason = step.held_reason, failure = step.failure,
        attempts = step.attempts, provider_message_id = coalesce(step.provider_message_id, m.provider_message_id),
        possible_duplicate = step.possible_duplicate, status_changed_at = step.at
      from step
      where m.organization_id = step.organization_id and m.id = step.id
    ), stepped as (
      insert into message_events (organization_id, contact_id, revision, ordinal, message_id, status, channel,
          held_reason, failure, attempts, by, occurred_at)
        select applied.organization_id, applied.contact_id, applied.revision + 1, s.ordinal, s.message_id, s.status,
          s.channel, s.held_reason, s.failure, s.attempts, s.by, applied.at
        from applied, jsonb_to_recordset(applied.steps) as s(ordinal smallint, message_id uuid, status text,
          channel text, held_reason text, failure jsonb, attempts int, by text)
    ), due as (
      insert into outbox (organization_id, contact_id, channel, due_at, fence)
        select applied.organization_id, applied.contact_id, s.channel, s.due_at, coalesce(s.fence, 0)
        from applied, jsonb_to_recordset(applied.sends) as s(channel text, due_at timestamptz, fence bigint)
      on conflict (organization_id, contact_id, channel) do update set due_at = excluded.due_at,
        leased_until = case when outbox.fence = excluded.fence then null else outbox.leased_until end
      where outbox.due_at <> excluded.due_at or outbox.fence = excluded.fence
    ), emptied as (
      delete from outbox b using applied
      where b.organization_id = applied.organization_id and b.contact_id = applied.contact_id
        and b.channel = any(applied.sent)
    ), counted as (
      insert into funnel_changes (organization_id, counter, change)
        select applied.organization_id, one.counter, sum(one.change)
        from applied
        cross join lateral (values (applied.status_before, -1),
          (case when applied.erased_at is null then applied.status end, 1),
          ('HELD_MESSAGES', applied.held_count - applied.held_before)) as one(counter, change)
        where one.counter is not null
        group by applied.organization_id, one.counter
        having sum(one.change) <> 0
    ), keyed as (
      insert into idempotency_keys (organization_id, caller, operation, key, input_hash, result, created_at)
        select applied.organization_id, k.caller, k.operation, k.key, k.input_hash, k.result, applied.at
        from applied, jsonb_to_record(applied.idempotency) as k(caller text, operation text, key text,
          input_hash text, result jsonb)
        where applied.idempotency is not null
    )
    select contact_id from applied`;
}

/** One change as the statement reads it; messages in their final form, their steps beside them. */
function toJson({ draft, revision, answerDueAt, idempotency, lease }: Change, notarized: Notarized | null, blob: Blob) {
  const {
    organization,
    contact,
    consent,
    windowOpenedAt,
    messageCount,
    messages,
    sendAfter,
    identities,
    pace,
    continueAskedAt,
    log,
  } = draft.conversation;
  const composed = draft.messages.filter((event) => event.type === 'MessageComposed');
  const touched = new Set(draft.messages.map(({ messageId }) => messageId));
  for (const { messageId } of composed) touched.delete(messageId);
  const firstVersion = consent.version - draft.events.length + 1;
  const transitions = draft.events.filter(({ transition }) => transition !== null).length;
  let contactVersion = consent.transitions - transitions;
  return {
    organization_id: organization.id,
    contact_id: contact.id,
    revision,
    at: draft.now,
    name: contact.name,
    phone: contact.phone,
    phone_key: consent.erasedAt ? `erased:${contact.id}` : phoneKey(contact.phone),
    locale: contact.locale,
    status: consent.status,
    // It is what the events made of it.
    consent: revision > 0 && draft.events.length === 0 ? null : consent,
    answer_due_at: answerDueAt,
    window_opened_at: windowOpenedAt,
    message_count: messageCount,
    held_count: messages.filter(({ status }) => status === 'HELD').length,
    pace,
    continue_asked_at: continueAskedAt,
    erased_at: consent.erasedAt,
    log_name: log === null ? notarized?.log.name : null,
    log_hash: base64(notarized?.log.lastHash),
    log_at: notarized?.log.lastRecordedAt,
    log_key: log === null ? base64(notarized?.log.key) : null,
    artifacts: notarized?.artifacts.map(({ sha256, sealed }) => {
      const [at, bytes] = blob.add(sealed);
      return { sha256: base64(sha256), sealed: at, sealed_bytes: bytes };
    }),
    identities,
    events: draft.events.map(({ id, event, transition }, index) => ({
      id,
      version: firstVersion + index,
      type: event.type,
      data: event,
      occurred_at: event.at,
      contact_version: transition === null ? null : (contactVersion += 1),
      from_status: transition?.from ?? null,
      to_status: transition?.to ?? null,
      cause: transition?.cause ?? null,
      ...placesOf(notarized?.entries[index], blob),
    })),
    requests: draft.events.flatMap(({ event }) =>
      event.type !== 'OptInRequested'
        ? []
        : [
            {
              id: event.requestId,
              message_id: composed.find(({ requestId }) => requestId === event.requestId)?.messageId,
              attempt: event.attempt,
              requested_at: event.at,
              requested_by: event.by,
              locale: event.locale,
              basis: event.basis,
            },
          ],
    ),
    composed: composed.map((event) => ({
      ...stateOf(messages, draft.messages, event.messageId),
      number: event.number,
      kind: event.kind,
      direction: event.direction,
      body: event.body,
      locale: event.locale,
      author: event.author,
      request_id: event.requestId,
    })),
    moved: [...touched].map((id) => stateOf(messages, draft.messages, id)),
    steps: draft.messages.map((event, ordinal) => ({
      ordinal,
      message_id: event.messageId,
      status: event.status,
      channel: event.channel,
      held_reason: event.heldReason,
      failure: event.type === 'MessageMoved' ? event.failure : null,
      attempts: event.type === 'MessageMoved' ? event.attempts : 0,
      by: event.type === 'MessageMoved' ? event.by : null,
    })),
    sends: channels.flatMap((channel) => {
      const dueAt = sendAfter[channel];
      return dueAt === null ? [] : [{ channel, due_at: dueAt, fence: lease?.channel === channel ? lease.fence : null }];
    }),
    sent: channels.filter((channel) => sendAfter[channel] === null),
    idempotency: idempotency && {
      caller: idempotency.caller,
      operation: idempotency.operation,
      key: idempotency.key,
      input_hash: idempotency.inputHash,
      result: idempotency.result,
    },
  };
}

const base64 = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('base64');

function placesOf(written: Notarized['entries'][number] | undefined, blob: Blob) {
  if (!written) return {};
  const [entry, entryBytes] = blob.add(written.entry);
  const [sealed, sealedBytes] = blob.add(written.sealed);
  return { entry, entry_bytes: entryBytes, sealed, sealed_bytes: sealedBytes };
}

function stateOf(messages: readonly Message[], events: readonly MessageEvent[], id: string) {
  const message = messages.find((one) => one.id === id);
  if (!message) throw new Error(`message ${id} was moved but is not in its conversation`);
  const last = events.findLast((event) => event.messageId === id);
  return {
    id,
    channel: message.channel,
    status: message.status,
    held_reason: message.heldReason,
    failure: last?.type === 'MessageMoved' ? last.failure : null,
    attempts: message.attempts,
    provider_message_id: message.providerMessageId,
    possible_duplicate: message.possibleDuplicate,
  };
}
