import type { Sql } from 'postgres';
import type { Channel } from '../domain/message/message.js';
import type { Inbox } from '../domain/ports/inbox.js';

type Row = {
  readonly organization_id: string;
  readonly id: string;
  readonly channel: Channel;
  readonly received_at: Date;
  readonly url: string | null;
  readonly body: Uint8Array;
  readonly signature: string;
};

/** The provider's requests, as bytes. Nothing is deleted: processed entries are evidence. */
export function createInbox(sql: Sql): Inbox {
  return {
    store: async (entries) => {
      const rows = entries.map(
        ({ organizationId, id, channel, receivedAt, url, body, signature, quarantinedAt = null }) => ({
          organization_id: organizationId,
          id,
          channel,
          url,
          received_at: receivedAt,
          due_at: receivedAt,
          body: Buffer.from(body),
          signature,
          quarantined_at: quarantinedAt,
          processed_at: quarantinedAt,
        }),
      );
      await sql`insert into webhook_inbox ${sql(rows)}`;
    },
    claim: async ({ now, leaseMs, limit }) => {
      const rows = await sql<Row[]>`
        update webhook_inbox set due_at = ${new Date(now.getTime() + leaseMs)}, attempts = attempts + 1
        where (organization_id, id) in (
          select organization_id, id from webhook_inbox
          where processed_at is null and due_at <= ${now}
          order by due_at
          limit ${limit}
          for update skip locked
        )
        returning organization_id, id, channel, received_at, url, body, signature`;
      return rows
        .map((row) => ({
          organizationId: row.organization_id,
          id: row.id,
          channel: row.channel,
          receivedAt: row.received_at,
          url: row.url,
          body: row.body,
          signature: row.signature,
        }))
        .sort((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime() || (a.id < b.id ? -1 : 1));
    },
    done: async ({ organizationId, id }) => {
      await sql`
        update webhook_inbox set processed_at = now(), error = null
        where organization_id = ${organizationId} and id = ${id}`;
    },
    failed: async ({ organizationId, id }, retryAt, error) => {
      await sql`
        update webhook_inbox set due_at = ${retryAt}, error = ${error}
        where organization_id = ${organizationId} and id = ${id}`;
    },
  };
}
