import type { ISql } from 'postgres';
import type { Retention } from '../domain/ports/deletion.js';

type Batch = { readonly last: string | null; readonly more: boolean };

/**
 * Ids are in the order of time, so what is old is found by the key. Open messages and contacts on hold are passed over.
 * The provider's id stays where something may still name it: a late answer its request, a repeated SMS itself.
 */
export function createRetention(sql: ISql): Retention {
  return {
    organizations: () => sql<{ organizationId: string; keepMs: number }[]>`
      select id as "organizationId", (message_retention * 1000)::float8 as "keepMs" from organizations
      where message_retention is not null order by id`,
    clearMessages: async ({ organizationId, before, after, limit }) => {
      const [batch] = await sql<[Batch]>`
        with passed as materialized (
          select m.id, m.contact_id from messages m
          where m.organization_id = ${organizationId} and m.id > ${after ?? FIRST} and m.id < ${firstIdAt(before)}
          order by m.id limit ${limit}
        ), cleared as (
          update messages m set
            body = '', provider_message_id = case
              when m.channel = 'SMS' or m.kind in ('OPT_IN_REQUEST', 'PROMPT') then m.provider_message_id end
          from passed join contacts c on c.organization_id = ${organizationId} and c.id = passed.contact_id
          where m.organization_id = ${organizationId} and m.id = passed.id and c.held_at is null and m.body <> ''
            and m.status not in ('HELD', 'QUEUED', 'SENDING') and m.status_changed_at < ${before}
        )
        select max(id::text) as last, count(*) = ${limit} as more from passed`;
      return batch.more ? batch.last : null;
    },
    deletePosts: async ({ organizationId, before, after, limit }) => {
      const [batch] = await sql<[Batch]>`
        with passed as materialized (
          select id from webhook_inbox
          where organization_id = ${organizationId} and id > ${after ?? FIRST} and id < ${firstIdAt(before)}
          order by id limit ${limit}
        ), on_hold as materialized (
          select convert_to(substr(phone, 2), 'UTF8') as name from contacts
            where organization_id = ${organizationId} and held_at is not null
          union
          select convert_to(i.identity, 'UTF8') from contact_identities i
            join contacts c on c.organization_id = i.organization_id and c.id = i.contact_id
            where i.organization_id = ${organizationId} and c.held_at is not null
        ), deleted as (
          delete from webhook_inbox w using passed
          where w.organization_id = ${organizationId} and w.id = passed.id
            and w.processed_at is not null and w.received_at < ${before}
            and not exists (select from on_hold where position(on_hold.name in w.body) > 0)
        )
        select max(id::text) as last, count(*) = ${limit} as more from passed`;
      return batch.more ? batch.last : null;
    },
    deleteKeys: async ({ before, after, limit }) => {
      // Those of one instant are in one batch.
      const [batch] = await sql<[Batch]>`
        with passed as materialized (
          select created_at from idempotency_keys
          where created_at > ${after ?? '-infinity'}::text::timestamptz and created_at < ${before}
          order by created_at limit ${limit}
        ), deleted as (
          delete from idempotency_keys k
          where k.created_at > ${after ?? '-infinity'}::text::timestamptz
            and k.created_at <= (select max(created_at) from passed)
            and not exists (
              select from contacts c
              where c.organization_id = k.organization_id and c.id = (k.result ->> 'contactId')::uuid
                and c.held_at is not null)
        )
        select max(created_at)::text as last, count(*) = ${limit} as more from passed`;
      return batch.more ? batch.last : null;
    },
  };
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/** No id made at this time or later comes before it. */
function firstIdAt(time: Date): string {
  const ms = Math.max(0, time.getTime()).toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-000000000000`;
}
