import type { Sql } from 'postgres';
import type { Claim, Outbox } from '../domain/ports.js';

/** Conversations that have something to send, leased with SKIP LOCKED so that any number of senders may ask. */
export function createOutbox(sql: Sql): Outbox {
  return {
    claim: async ({ now, leaseMs, limit }) => {
      const until = new Date(now.getTime() + leaseMs);
      const rows = await sql<
        { organization_id: string; contact_id: string; channel: Claim['channel']; fence: string }[]
      >`
        update outbox set leased_until = ${until}, fence = fence + 1
        where (organization_id, contact_id, channel) in (
          select organization_id, contact_id, channel from outbox
          where due_at <= ${now} and (leased_until is null or leased_until <= ${now})
          order by due_at
          limit ${limit}
          for update skip locked
        )
        returning organization_id, contact_id, channel, fence`;
      return rows.map((row) => ({
        organizationId: row.organization_id,
        contactId: row.contact_id,
        channel: row.channel,
        fence: row.fence,
      }));
    },
    release: async (claims) => {
      if (claims.length === 0) return;
      await sql`
        update outbox b set leased_until = null
        from jsonb_to_recordset(${JSON.stringify(claims)}::text::jsonb)
          as c("organizationId" uuid, "contactId" uuid, channel text, fence bigint)
        where b.organization_id = c."organizationId" and b.contact_id = c."contactId" and b.channel = c.channel
          and b.fence = c.fence`;
    },
    nextDueAt: async () => {
      const [row] = await sql<{ due: Date | null }[]>`
        select min(greatest(due_at, coalesce(leased_until, due_at))) as due
        from (select due_at, leased_until from outbox order by due_at limit 100) soonest`;
      return row?.due ?? null;
    },
    content: async (organizationId, messageId) => {
      const [row] = await sql<{ body: string; locale: string | null; request_id: string | null }[]>`
        select body, locale, request_id from messages
        where organization_id = ${organizationId} and id = ${messageId}`;
      return row ? { body: row.body, locale: row.locale, requestId: row.request_id } : null;
    },
    unanswered: async ({ now, limit }) => {
      const rows = await sql<{ organization_id: string; id: string }[]>`
        select organization_id, id from contacts where answer_due_at <= ${now} order by answer_due_at limit ${limit}`;
      return rows.map((row) => ({ organizationId: row.organization_id, contactId: row.id }));
    },
  };
}
