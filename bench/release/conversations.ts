import { now } from '../support/clock.js';
import type { Scene } from './scene.js';

/** Conversations with messages that wait, in the order in which they have to arrive. */
export type Prepared = { readonly from: number; readonly contacts: number; readonly each: number };

let made = 0;

/**
 * Contacts who have agreed, each with messages that are queued and that nobody is told of yet. They are copied, so that
 * many are there at once; how fast webhooks are taken is not part of what is measured.
 */
export async function prepareConversations(
  { database: { sql }, organizationId, modelId }: Scene,
  { contacts, each }: Omit<Prepared, 'from'>,
): Promise<Prepared> {
  const from = (made += contacts) - contacts;
  await sql`
    insert into contacts (organization_id, id, revision, name, phone, phone_key, locale, status, consent,
        window_opened_at, message_count, held_count, created_at)
      select organization_id, md5('contact ' || n)::uuid, 1, name, '+1' || (6502000000 + n), '+1' || (6502000000 + n),
        locale, status, consent, now(), ${each}, 0, now()
      from contacts, generate_series(${from}::int, ${from + contacts - 1}::int) as n
      where organization_id = ${organizationId} and id = ${modelId}`;
  await sql`
    insert into messages (organization_id, id, contact_id, number, channel, kind, direction, body, status, author,
        attempts, created_at, status_changed_at)
      select ${organizationId}, md5('message ' || n || ' ' || number)::uuid, md5('contact ' || n)::uuid, number,
        'WHATSAPP', 'TEXT', 'OUTBOUND', ${TEXT} || ' ' || number, 'QUEUED', 'benchmark', 0, now(), now()
      from generate_series(${from}::int, ${from + contacts - 1}::int) as n, generate_series(1, ${each}::int) as number`;
  await sql`vacuum analyze contacts, messages, outbox`;
  await sql`checkpoint`;
  return { from, contacts, each };
}

export const TEXT =
  'Benchmark message of about a hundred and twenty characters, as an agent writes them when something is settled. It is';

/** Says that all of them have something to send, as one commit with a server's hint; resolves to when it was answered. */
export async function releaseConversations(
  { database: { sql }, organizationId }: Scene,
  { from, contacts }: Prepared,
): Promise<number> {
  await sql`
    with due as (
      insert into outbox (organization_id, contact_id, channel, due_at, fence)
        select ${organizationId}, md5('contact ' || n)::uuid, 'WHATSAPP', date_trunc('milliseconds', now()), 0
        from generate_series(${from}::int, ${from + contacts - 1}::int) as n
    )
    select pg_notify('assent', ${JSON.stringify(['bench', [organizationId, null]])})`;
  return now();
}

/** Whether everything is handed over and settled. */
export async function isSettled({ database: { sql } }: Scene): Promise<boolean> {
  const [row] = await sql<{ left: boolean }[]>`select exists (select from outbox) as left`;
  return row?.left === false;
}

/** A figure of a server that sends twice, not at all, or out of order would mean nothing. */
export async function verifyHandedOver(scene: Scene, prepared: Prepared): Promise<void> {
  const { from, contacts, each } = prepared;
  const names = await scene.provider.call<readonly string[]>('names');
  const rows = await scene.database.sql<{ id: string; contactId: string; status: string }[]>`
    select id, contact_id as "contactId", status from messages
    where contact_id in (select md5('contact ' || n)::uuid
      from generate_series(${from}::int, ${from + contacts - 1}::int) as n)
    order by contact_id, number`;
  const arrivedAs = new Map(names.map((name, index) => [name, index]));
  const order = rows.map(({ id }) => arrivedAs.get(`1.${id}.1`) ?? -1);
  const isRight = rows.every(
    ({ contactId, status }, index) =>
      status === 'ACCEPTED' &&
      (order[index] ?? -1) >= 0 &&
      (rows[index - 1]?.contactId !== contactId || (order[index - 1] ?? 0) < (order[index] ?? 0)),
  );
  if (names.length !== contacts * each || rows.length !== names.length || !isRight)
    throw new Error(`${names.length} of ${contacts * each} messages arrived; not all once, in order and accepted`);
}
