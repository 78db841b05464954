import type { Sql } from 'postgres';
import type { OrganizationSettings } from '../domain/conversation/conversation.js';
import type { ConversationQueue } from '../domain/conversation/expectation.js';
import { consentStatuses } from '../domain/consent/transitions.js';
import type { MessageStep } from '../domain/message/attempts.js';
import type { Channel } from '../domain/message/message.js';
import type { ContactView, Funnel, OptInRequestView, Page, Readers } from '../domain/ports/readers.js';
import { consentStateFromJson } from './consent-state-json.js';
import { transitionColumns, transitionFrom } from './feed-log.js';
import { messageColumns, messageFrom, type MessageRow } from './message-rows.js';
import { paceFromJson, type PaceJson } from './pace-json.js';
import type { Scoped } from './scoped.js';

/** Reads for queries. Lists that are asked for many contacts at once take one statement. */
export function createReaders(scoped: Scoped, smsForAll: boolean): Readers {
  return {
    organization: async (id) => {
      const [row] = await scoped(
        [id],
        (sql) => sql<OrganizationSettings[]>`
          select o.id, o.name, o.locale, o.texts, coalesce(w.enabled, false) as "whatsappEnabled",
            w.problem is null as "whatsappHealthy", w.retry_at as "whatsappRetryAt",
            w.template_retry_at as "templateRetryAt", w.continue_template is not null as "continuesWindow",
            ${smsForAll} or coalesce(s.enabled, false) as "smsEnabled"
          from organizations o
          left join whatsapp_channels w on w.organization_id = o.id
          left join sms_senders s on s.organization_id = o.id
          where o.id = ${id}`,
      );
      return row ?? null;
    },

    contacts: async (organizationId, ids) => {
      const rows = await scoped(
        [organizationId],
        (sql) => sql<ContactRow[]>`
          select ${contactColumns(sql)} from contacts c
          where c.organization_id = ${organizationId} and c.id = any(${[...ids]})`,
      );
      const found = new Map(rows.map((row) => [row.id, contactFrom(row)]));
      return ids.map((id) => found.get(id) ?? null);
    },

    contactByPhoneKey: async (organizationId, phoneKey) => {
      const [row] = await scoped(
        [organizationId],
        (sql) => sql<ContactRow[]>`
          select ${contactColumns(sql)} from contacts c
          where c.organization_id = ${organizationId} and c.phone_key = ${phoneKey}`,
      );
      return row ? contactFrom(row) : null;
    },

    searchContacts: async (organizationId, { search, statuses, first, after }) => {
      const part = search === null ? null : `%${search.replace(/[\\%_]/g, '\\$&')}%`;
      const digits = search?.replace(/[\s().-]/g, '') ?? '';
      const rows = await scoped(
        [organizationId],
        (sql) => sql<ContactRow[]>`
          select ${contactColumns(sql)} from contacts c
          where c.organization_id = ${organizationId}
            ${part === null ? sql`` : sql`and (c.name ilike ${part} ${orPhone(sql, digits)})`}
            and c.erased_at is null
            ${statuses === null ? sql`` : sql`and c.status = any(${[...statuses]})`}
            ${after === null ? sql`` : sql`and (c.name, c.id) > (${after.name}, ${after.id})`}
          order by c.name, c.id
          limit ${first + 1}`,
        'EACH_TIME',
      );
      return pageOf(rows.map(contactFrom), first);
    },

    messages: async (organizationId, ids) => {
      const rows = await scoped(
        [organizationId],
        (sql) => sql<MessageRow[]>`
          select ${messageColumns(sql)} from messages m
          where m.organization_id = ${organizationId} and m.id = any(${[...ids]})`,
      );
      const found = new Map(rows.map((row) => [row.id, messageFrom(row)]));
      return ids.map((id) => found.get(id) ?? null);
    },

    messagesOf: async (organizationId, contactIds, { first, after }) => {
      const rows = await scoped(
        [organizationId],
        (sql) => sql<MessageRow[]>`
          select m.* from unnest(${[...contactIds]}::uuid[]) as asked(contact_id), lateral (
            select ${messageColumns(sql)} from messages m
            where m.organization_id = ${organizationId} and m.contact_id = asked.contact_id
              and m.number > ${after ?? 0}
            order by m.number limit ${first + 1}
          ) m`,
      );
      const messages = rows.map(messageFrom);
      return contactIds.map((id) =>
        pageOf(
          messages.filter(({ contactId }) => contactId === id),
          first,
        ),
      );
    },

    stepsOf: async (organizationId, messageIds) => {
      const rows = await scoped(
        [organizationId],
        (sql) => sql<(MessageStep & { readonly messageId: string })[]>`
          select e.message_id as "messageId", e.status, e.attempts, e.failure, e.occurred_at as at
          from message_events e
          where e.organization_id = ${organizationId} and e.message_id = any(${[...messageIds]}) and e.attempts > 0
          order by e.revision, e.ordinal`,
      );
      const found = new Map<string, MessageStep[]>(messageIds.map((id) => [id, []]));
      for (const { messageId, ...step } of rows) found.get(messageId)?.push(step);
      return messageIds.map((id) => found.get(id) ?? []);
    },

    queues: async (organizationId, contactIds) => {
      const rows = await scoped(
        [organizationId],
        (sql) => sql<QueueRow[]>`
          select c.id, c.window_opened_at, c.pace,
            (select jsonb_object_agg(b.channel, b.due_at) from outbox b
              where b.organization_id = c.organization_id and b.contact_id = c.id) as due,
            (select jsonb_agg(jsonb_build_object(
                'id', m.id, 'number', m.number, 'kind', m.kind, 'status', m.status, 'channel', m.channel))
              from messages m
              where m.organization_id = c.organization_id and m.contact_id = c.id
                and m.status in ('QUEUED', 'SENDING')) as waiting
          from contacts c
          where c.organization_id = ${organizationId} and c.id = any(${[...contactIds]})`,
      );
      const found = new Map(rows.map((row) => [row.id, queueFrom(row)]));
      return contactIds.map((id) => found.get(id) ?? null);
    },

    latestRequests: async (organizationId, contactIds) => {
      const rows = await scoped(
        [organizationId],
        (sql) => sql<(OptInRequestView & Record<string, unknown>)[]>`
          select distinct on (r.contact_id)
            r.id, r.contact_id as "contactId", r.attempt, r.requested_at as "requestedAt",
            r.requested_by as "requestedBy", r.basis, m.status, m.failure,
            (select min(e.occurred_at) from consent_events e
              where e.organization_id = r.organization_id and e.contact_id = r.contact_id
                and e.type = 'OptInRequestAccepted' and e.data->>'requestId' = r.id::text) as "acceptedAt"
          from opt_in_requests r
          join messages m on m.organization_id = r.organization_id and m.id = r.message_id
          where r.organization_id = ${organizationId} and r.contact_id = any(${[...contactIds]})
          order by r.contact_id, r.requested_at desc, r.id desc`,
      );
      const found = new Map(rows.map((row) => [row.contactId, row]));
      return contactIds.map((id) => found.get(id) ?? null);
    },

    transitionsOf: async (organizationId, contactIds, { first, after }) => {
      const rows = await scoped(
        [organizationId],
        (sql) => sql<Parameters<typeof transitionFrom>[0][]>`
          select t.* from unnest(${[...contactIds]}::uuid[]) as asked(contact_id), lateral (
            select ${transitionColumns(sql)}
            from feed f
            join consent_events e on e.organization_id = f.organization_id and e.contact_id = f.contact_id
              and e.version = f.version
            where f.organization_id = ${organizationId} and f.contact_id = asked.contact_id
              and f.position > ${(after ?? 0n).toString()}
            order by f.version limit ${first + 1}
          ) t`,
      );
      const transitions = rows.map(transitionFrom);
      return contactIds.map((id) =>
        pageOf(
          transitions.filter(({ contactId }) => contactId === id),
          first,
        ),
      );
    },

    funnel: async (organizationId) => {
      const rows = await scoped(
        [organizationId],
        (sql) => sql<{ counter: string; count: number }[]>`
          select counter, sum(count)::int as count
          from (
            select counter, count from funnel_counts where organization_id = ${organizationId}
            union all
            select counter, change from funnel_changes where organization_id = ${organizationId}
          ) every
          group by counter`,
      );
      const count = (counter: string): number => rows.find((row) => row.counter === counter)?.count ?? 0;
      const counts = Object.fromEntries(consentStatuses.map((status) => [status, count(status)]));
      return { ...counts, heldMessages: count('HELD_MESSAGES') } as Funnel;
    },
  };
}

type QueueRow = {
  readonly id: string;
  readonly window_opened_at: Date | null;
  readonly pace: PaceJson | null;
  readonly due: Readonly<Partial<Record<Channel, string>>> | null;
  readonly waiting: ConversationQueue['waiting'] | null;
};

function queueFrom({ window_opened_at: windowOpenedAt, pace, due, waiting }: QueueRow): ConversationQueue {
  const dueAt = (channel: Channel): Date | null => {
    const at = due?.[channel];
    return at === undefined ? null : new Date(at);
  };
  return {
    windowOpenedAt,
    pace: paceFromJson(pace),
    dueAt: { WHATSAPP: dueAt('WHATSAPP'), SMS: dueAt('SMS') },
    waiting: waiting ?? [],
  };
}

function pageOf<Item>(items: readonly Item[], first: number): Page<Item> {
  return { items: items.slice(0, first), hasNextPage: items.length > first };
}

/** The columns of a contact, from a table or alias `c`. */
const contactColumns = (sql: Sql) => sql`
  c.id, c.organization_id as "organizationId", c.name, c.phone, c.locale, c.consent,
  c.window_opened_at as "windowOpenedAt", c.continue_asked_at as "continueAskedAt", c.held_count as "heldCount",
  c.created_at as "createdAt"`;

type ContactRow = Omit<ContactView, 'consent'> & { readonly consent: unknown };

const contactFrom = (row: ContactRow): ContactView => ({ ...row, consent: consentStateFromJson(row.consent) });

function orPhone(sql: Sql, digits: string) {
  return /^\+?\d+$/.test(digits) ? sql`or c.phone like ${`%${digits}%`}` : sql``;
}
