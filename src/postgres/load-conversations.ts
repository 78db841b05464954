import type { Conversation, OrganizationSettings } from '../domain/conversation/conversation.js';
import type { Channel, Message } from '../domain/message/message.js';
import type { TextOverrides } from '../domain/message/texts.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { CommandResult, Loaded, LoadRequest } from '../domain/ports/consent-store.js';
import { consentStateFromJson } from './consent-state-json.js';
import { paceFromJson, type PaceJson } from './pace-json.js';
import type { Scoped } from './scoped.js';

type Row = {
  readonly organization_id: string | null;
  readonly organization_name: string;
  readonly organization_locale: string;
  readonly texts: TextOverrides;
  readonly whatsapp_enabled: boolean;
  readonly whatsapp_healthy: boolean;
  readonly sms_enabled: boolean;
  readonly whatsapp_retry_at: Date | null;
  readonly template_retry_at: Date | null;
  readonly continues_window: boolean;
  readonly contact_id: string | null;
  readonly name: string;
  readonly phone: PhoneNumber;
  readonly locale: string | null;
  readonly revision: number;
  readonly consent: unknown;
  readonly window_opened_at: Date | null;
  readonly message_count: number;
  readonly pace: PaceJson | null;
  readonly continue_asked_at: Date | null;
  readonly on_hold: boolean;
  readonly log_name: string | null;
  readonly log_hash: Uint8Array;
  readonly log_at: Date;
  readonly log_key: Uint8Array;
  readonly messages: readonly (Message & { readonly createdAt: string; readonly statusChangedAt: string })[] | null;
  readonly sends: readonly { readonly channel: Channel; readonly dueAt: string }[] | null;
  readonly identities: readonly string[] | null;
  readonly earlier_hash: string | null;
  readonly earlier_result: CommandResult;
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** A message may be named by whoever posts a webhook: what can't be an id of ours names nothing. */
const uuidIn = (id: string): string | null => (uuid.test(id) ? id : null);

/** One statement reads the state of every conversation asked for, in the order asked. */
export async function loadConversations(
  scoped: Scoped,
  smsForAll: boolean,
  requests: readonly LoadRequest[],
): Promise<readonly Loaded[]> {
  const asked = requests.map((request, n) => ({
    n,
    organization_id: request.organizationId,
    contact_id: 'contactId' in request.target ? request.target.contactId : null,
    phone_key: 'phoneKey' in request.target ? request.target.phoneKey : null,
    identities: 'identities' in request.target ? request.target.identities : [],
    message_id: 'messageId' in request.target ? uuidIn(request.target.messageId) : null,
    provider_message_id: 'providerMessageId' in request.target ? request.target.providerMessageId : null,
    message_ids: request.messageIds.filter((id) => uuidIn(id) !== null),
    provider_message_ids: request.providerMessageIds,
    caller: request.idempotencyKey?.caller ?? null,
    operation: request.idempotencyKey?.operation ?? null,
    key: request.idempotencyKey?.key ?? null,
  }));
  const rows = await scoped(
    requests.map(({ organizationId }) => organizationId),
    (sql) => sql<Row[]>`
    with asked as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(asked)}::text::jsonb) as asked(
        n int, organization_id uuid, contact_id uuid, phone_key text, identities text[], message_id uuid,
        provider_message_id text, message_ids uuid[], provider_message_ids text[],
        caller text, operation text, key text
      )
    ), found as materialized (
      select asked.*, coalesce(
        asked.contact_id,
        (select id from contacts c
          where c.organization_id = asked.organization_id and c.phone_key = asked.phone_key),
        (select i.contact_id from contact_identities i
          where i.organization_id = asked.organization_id and i.identity = any(asked.identities)
          order by i.first_seen_at limit 1),
        (select m.contact_id from messages m
          where m.organization_id = asked.organization_id and m.id = asked.message_id),
        (select m.contact_id from messages m
          where m.organization_id = asked.organization_id and m.provider_message_id = asked.provider_message_id)
      ) as found_id
      from asked
    )
    select
      o.id as organization_id, o.name as organization_name, o.locale as organization_locale, o.texts,
      coalesce(w.enabled, false) as whatsapp_enabled, w.problem is null as whatsapp_healthy,
      ${smsForAll} or coalesce(s.enabled, false) as sms_enabled,
      w.retry_at as whatsapp_retry_at, w.template_retry_at, w.continue_template is not null as continues_window,
      c.id as contact_id, c.name, c.phone, c.locale, c.revision, c.consent, c.window_opened_at, c.message_count,
      c.pace, c.continue_asked_at, c.held_at is not null as on_hold, c.log_name, c.log_hash, c.log_at, c.log_key,
      (select json_agg(json_build_object(
          'id', m.id, 'number', m.number, 'channel', m.channel, 'kind', m.kind, 'direction', m.direction,
          'status', m.status, 'heldReason', m.held_reason, 'requestId', m.request_id, 'attempts', m.attempts,
          'providerMessageId', m.provider_message_id, 'possibleDuplicate', m.possible_duplicate,
          'createdAt', m.created_at, 'statusChangedAt', m.status_changed_at) order by m.number)
        from (
          select * from messages m
            where m.organization_id = c.organization_id and m.contact_id = c.id
              and m.status in ('HELD', 'QUEUED', 'SENDING')
          union
          select m.* from unnest(f.message_ids) as named(id)
            join messages m on m.organization_id = c.organization_id and m.id = named.id and m.contact_id = c.id
          union
          select m.* from unnest(f.provider_message_ids) as named(id)
            join messages m on m.organization_id = c.organization_id and m.provider_message_id = named.id
              and m.contact_id = c.id
        ) m) as messages,
      (select json_agg(json_build_object('channel', b.channel, 'dueAt', b.due_at)) from outbox b
        where b.organization_id = c.organization_id and b.contact_id = c.id) as sends,
      (select array_agg(i.identity order by i.first_seen_at, i.identity) from contact_identities i
        where i.organization_id = c.organization_id and i.contact_id = c.id) as identities,
      k.input_hash as earlier_hash, k.result as earlier_result
    from found f
    left join organizations o on o.id = f.organization_id
    left join whatsapp_channels w on w.organization_id = f.organization_id
    left join sms_senders s on s.organization_id = f.organization_id
    left join contacts c on c.organization_id = f.organization_id and c.id = f.found_id and c.erased_at is null
    left join idempotency_keys k on k.organization_id = f.organization_id and k.caller = f.caller
      and k.operation = f.operation and k.key = f.key
    order by f.n`,
  );
  return rows.map((row) => loadedFrom(row));
}

function loadedFrom(row: Row): Loaded {
  if (row.organization_id === null) return { organization: null, conversation: null, earlier: null };
  const organization: OrganizationSettings = {
    id: row.organization_id,
    name: row.organization_name,
    locale: row.organization_locale,
    whatsappEnabled: row.whatsapp_enabled,
    whatsappHealthy: row.whatsapp_healthy,
    whatsappRetryAt: row.whatsapp_retry_at,
    templateRetryAt: row.template_retry_at,
    continuesWindow: row.continues_window,
    smsEnabled: row.sms_enabled,
    texts: row.texts,
  };
  return {
    organization,
    conversation: conversationFrom(row, organization),
    earlier: row.earlier_hash === null ? null : { inputHash: row.earlier_hash, result: row.earlier_result },
  };
}

function conversationFrom(row: Row, organization: OrganizationSettings): Conversation | null {
  if (row.contact_id === null) return null;
  const dueAt = (channel: Channel): Date | null => {
    const send = row.sends?.find((one) => one.channel === channel);
    return send ? new Date(send.dueAt) : null;
  };
  return {
    organization,
    contact: { id: row.contact_id, name: row.name, phone: row.phone, locale: row.locale },
    revision: row.revision,
    consent: consentStateFromJson(row.consent),
    windowOpenedAt: row.window_opened_at,
    messageCount: row.message_count,
    messages: (row.messages ?? []).map((message) => ({
      ...message,
      createdAt: new Date(message.createdAt),
      statusChangedAt: new Date(message.statusChangedAt),
    })),
    sendAfter: { WHATSAPP: dueAt('WHATSAPP'), SMS: dueAt('SMS') },
    identities: row.identities ?? [],
    pace: paceFromJson(row.pace),
    continueAskedAt: row.continue_asked_at,
    onHold: row.on_hold,
    log:
      row.log_name === null
        ? null
        : { name: row.log_name, lastHash: row.log_hash, lastRecordedAt: row.log_at, key: row.log_key },
  };
}
