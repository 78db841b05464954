import { and, asc, eq, gt, ilike, inArray, or } from 'drizzle-orm';
import type { OrganizationSettings } from '../domain/conversation/conversation.js';
import type { ConversationQueue } from '../domain/conversation/expectation.js';
import { consentStatuses } from '../domain/consent/transitions.js';
import type { MessageStep } from '../domain/message/attempts.js';
import type { Channel } from '../domain/message/message.js';
import type { ContactView, Funnel, OptInRequestView, Page, Readers } from '../domain/ports.js';
import { consentStateFromJson } from './consent-state-json.js';
import type { Database } from './database.js';
import { transitionColumns, transitionFrom } from './feed-log.js';
import { messageColumns, messageFrom, type MessageRow } from './message-rows.js';
import { paceFromJson, type PaceJson } from './pace-json.js';
import { contacts, organizations, smsSenders, whatsappChannels } from './tables.js';

/** Reads for queries. Lists that are asked for many contacts at once take one statement. */
export function createReaders({ sql, reads }: Pick<Database, 'sql' | 'reads'>, smsForAll: boolean): Readers {
  return {
    organization: async (id): Promise<OrganizationSettings | null> => {
      const [row] = await reads
        .select()
        .from(organizations)
        .leftJoin(whatsappChannels, eq(whatsappChannels.organizationId, organizations.id))
        .leftJoin(smsSenders, eq(smsSenders.organizationId, organizations.id))
        .where(eq(organizations.id, id));
      if (!row) return null;
      const { name, locale, texts } = row.organizations;
      const channel = row.whatsapp_channels;
      return {
        id,
        name,
        locale,
        texts,
        whatsappEnabled: channel?.enabled ?? false,
        whatsappHealthy: channel?.problem == null,
        whatsappRetryAt: channel?.retryAt ?? null,
        templateRetryAt: channel?.templateRetryAt ?? null,
        continuesWindow: channel?.continueTemplate != null,
        smsEnabled: smsForAll || (row.sms_senders?.enabled ?? false),
      };
    },

    contacts: async (organizationId, ids) => {
      const rows = await reads
        .select()
        .from(contacts)
        .where(and(eq(contacts.organizationId, organizationId), inArray(contacts.id, [...ids])));
      const found = new Map(rows.map((row) => [row.id, contactFrom(row)]));
      return ids.map((id) => found.get(id) ?? null);
    },

    contactByPhoneKey: async (organizationId, phoneKey) => {
      const [row] = await reads
        .select()
        .from(contacts)
        .where(and(eq(contacts.organizationId, organizationId), eq(contacts.phoneKey, phoneKey)));
      return row ? contactFrom(row) : null;
    },

    searchContacts: async (organizationId, { search, statuses, first, after }) => {
      const part = search === null ? null : `%${search.replace(/[\\%_]/g, '\\$&')}%`;
      const digits = search?.replace(/[\s().-]/g, '') ?? '';
      const rows = await reads
        .select()
        .from(contacts)
        .where(
          and(
            eq(contacts.organizationId, organizationId),
            part === null
              ? undefined
              : or(
                  ilike(contacts.name, part),
                  /^\+?\d+$/.test(digits) ? ilike(contacts.phone, `%${digits}%`) : undefined,
                ),
            statuses === null ? undefined : inArray(contacts.status, [...statuses]),
            after === null
              ? undefined
              : or(gt(contacts.name, after.name), and(eq(contacts.name, after.name), gt(contacts.id, after.id))),
          ),
        )
        .orderBy(asc(contacts.name), asc(contacts.id))
        .limit(first + 1);
      return pageOf(rows.map(contactFrom), first);
    },

    messages: async (organizationId, ids) => {
      const rows = await sql<MessageRow[]>`
        select ${messageColumns(sql)} from messages m
        where m.organization_id = ${organizationId} and m.id = any(${[...ids]})`;
      const found = new Map(rows.map((row) => [row.id, messageFrom(row)]));
      return ids.map((id) => found.get(id) ?? null);
    },

    messagesOf: async (organizationId, contactIds, { first, after }) => {
      const rows = await sql<MessageRow[]>`
        select m.* from unnest(${[...contactIds]}::uuid[]) as asked(contact_id), lateral (
          select ${messageColumns(sql)} from messages m
          where m.organization_id = ${organizationId} and m.contact_id = asked.contact_id
            and m.number > ${after ?? 0}
          order by m.number limit ${first + 1}
        ) m`;
      const messages = rows.map(messageFrom);
      return contactIds.map((id) =>
        pageOf(
          messages.filter(({ contactId }) => contactId === id),
          first,
        ),
      );
    },

    stepsOf: async (organizationId, messageIds) => {
      const rows = await sql<(MessageStep & { readonly messageId: string })[]>`
        select e.message_id as "messageId", e.status, e.attempts, e.failure, e.occurred_at as at
        from message_events e
        where e.organization_id = ${organizationId} and e.message_id = any(${[...messageIds]}) and e.attempts > 0
        order by e.revision, e.ordinal`;
      const found = new Map<string, MessageStep[]>(messageIds.map((id) => [id, []]));
      for (const { messageId, ...step } of rows) found.get(messageId)?.push(step);
      return messageIds.map((id) => found.get(id) ?? []);
    },

    queues: async (organizationId, contactIds) => {
      const rows = await sql<QueueRow[]>`
        select c.id, c.window_opened_at, c.pace,
          (select jsonb_object_agg(b.channel, b.due_at) from outbox b
            where b.organization_id = c.organization_id and b.contact_id = c.id) as due,
          (select jsonb_agg(jsonb_build_object(
              'id', m.id, 'number', m.number, 'kind', m.kind, 'status', m.status, 'channel', m.channel))
            from messages m
            where m.organization_id = c.organization_id and m.contact_id = c.id
              and m.status in ('QUEUED', 'SENDING')) as waiting
        from contacts c
        where c.organization_id = ${organizationId} and c.id = any(${[...contactIds]})`;
      const found = new Map(rows.map((row) => [row.id, queueFrom(row)]));
      return contactIds.map((id) => found.get(id) ?? null);
    },

    latestRequests: async (organizationId, contactIds) => {
      const rows = await sql<(OptInRequestView & Record<string, unknown>)[]>`
        select distinct on (r.contact_id)
          r.id, r.contact_id as "contactId", r.attempt, r.requested_at as "requestedAt",
          r.requested_by as "requestedBy", r.basis, m.status, m.failure,
          (select min(e.occurred_at) from consent_events e
            where e.organization_id = r.organization_id and e.contact_id = r.contact_id
              and e.type = 'OptInRequestAccepted' and e.data->>'requestId' = r.id::text) as "acceptedAt"
        from opt_in_requests r
        join messages m on m.organization_id = r.organization_id and m.id = r.message_id
        where r.organization_id = ${organizationId} and r.contact_id = any(${[...contactIds]})
        order by r.contact_id, r.requested_at desc, r.id desc`;
      const found = new Map(rows.map((row) => [row.contactId, row]));
      return contactIds.map((id) => found.get(id) ?? null);
    },

    transitionsOf: async (organizationId, contactIds, { first, after }) => {
      const rows = await sql<Parameters<typeof transitionFrom>[0][]>`
        select t.* from unnest(${[...contactIds]}::uuid[]) as asked(contact_id), lateral (
          select ${transitionColumns(sql)}
          from feed f
          join consent_events e on e.organization_id = f.organization_id and e.contact_id = f.contact_id
            and e.version = f.version
          where f.organization_id = ${organizationId} and f.contact_id = asked.contact_id
            and f.position > ${(after ?? 0n).toString()}
          order by f.version limit ${first + 1}
        ) t`;
      const transitions = rows.map(transitionFrom);
      return contactIds.map((id) =>
        pageOf(
          transitions.filter(({ contactId }) => contactId === id),
          first,
        ),
      );
    },

    funnel: async (organizationId) => {
      const rows = await sql<{ counter: string; count: number }[]>`
        select counter, sum(count)::int as count
        from (
          select counter, count from funnel_counts where organization_id = ${organizationId}
          union all
          select counter, change from funnel_changes where organization_id = ${organizationId}
        ) every
        group by counter`;
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

function contactFrom(row: typeof contacts.$inferSelect): ContactView {
  const { id, organizationId, name, phone, locale, windowOpenedAt, continueAskedAt, heldCount, createdAt } = row;
  const consent = consentStateFromJson(row.consent);
  return { id, organizationId, name, phone, locale, consent, windowOpenedAt, continueAskedAt, heldCount, createdAt };
}
