import { v7 as newId } from 'uuid';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { createFigures } from '../../src/postgres/figures.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { MINUTE } from '../support/policy.js';

const start = new Date('2026-05-01T10:00:00Z');
const later = (minutes: number): Date => new Date(start.getTime() + minutes * MINUTE);

let database: TestDatabase;
let connection: Database;
let organizationId: string;
beforeEach(async () => {
  database = await createTestDatabase();
  connection = openDatabase(database.url, { connections: 8, role: database.role });
  organizationId = await organization('acme');
});
afterEach(async () => {
  await connection.close();
  await database.close();
});

const read = () => createFigures(connection.sql).read();

async function organization(slug: string): Promise<string> {
  const id = newId();
  await database.sql`insert into organizations (id, slug, name, locale) values (${id}, ${slug}, ${slug}, 'en')`;
  return id;
}

async function contact(organization = organizationId): Promise<string> {
  const id = newId();
  await database.sql`
    insert into contacts (organization_id, id, revision, name, phone, phone_key, status, consent, message_count,
      held_count, created_at)
    values (${organization}, ${id}, 1, 'Clara', ${id}, ${id}, 'OPTED_IN', '{}', 0, 0, ${start})`;
  return id;
}

type Given = {
  readonly contactId: string;
  readonly organization?: string;
  readonly channel?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly at?: Date;
  readonly attempts?: number;
};

async function message(given: Given): Promise<string> {
  const { contactId, organization = organizationId, channel = 'WHATSAPP', status = 'QUEUED' } = given;
  const { reason = null, at = start, attempts = 0 } = given;
  const id = newId();
  const { sql } = database;
  await sql`
    insert into messages (organization_id, id, contact_id, number, channel, kind, direction, body, status, held_reason,
      attempts, created_at, status_changed_at)
    values (${organization}, ${id}, ${contactId}, (select count(*) + 1 from messages), ${channel}, 'TEXT', 'OUTBOUND',
      'Hello', ${status}, ${reason}, ${attempts}, ${start}, ${at})`;
  if (status === 'QUEUED') {
    await sql`
      insert into outbox (organization_id, contact_id, channel, due_at, fence)
      values (${organization}, ${contactId}, ${channel}, ${at}, 0) on conflict do nothing`;
  }
  return id;
}

/** Steps of a message, a minute apart from the first. */
async function steps(contactId: string, messageId: string, from: Date, ...statuses: readonly string[]): Promise<void> {
  for (const [n, status] of statuses.entries()) {
    await database.sql`
      insert into message_events (organization_id, contact_id, revision, ordinal, message_id, status, channel, attempts,
        occurred_at)
      values (${organizationId}, ${contactId}, ${n + 1}, 0, ${messageId}, ${status}, 'WHATSAPP', ${Math.ceil((n + 1) / 2)},
        ${new Date(from.getTime() + n * MINUTE)})`;
  }
}

it('of an empty installation are nothing', async () => {
  expect(await read()).toEqual({
    queued: [],
    held: [],
    heldTotal: 0,
    unconfirmed: 0,
    refused: { channels: 0, templates: 0 },
    feed: { waiting: 0, since: null },
  });
});

it('count what is queued and held, of all organizations, by channel and reason', async () => {
  const other = await organization('globex');
  const [ana, bo, cy] = [await contact(), await contact(), await contact(other)];
  await message({ contactId: ana, at: later(1) });
  await message({ contactId: ana, at: later(2) });
  await message({ contactId: bo, channel: 'SMS', at: later(3) });
  await message({ contactId: cy, organization: other });
  await message({ contactId: bo, status: 'HELD', reason: 'WINDOW_CLOSED' });
  await message({ contactId: bo, status: 'HELD', reason: 'PARKED' });
  await message({ contactId: cy, organization: other, status: 'HELD', reason: 'PARKED' });
  await message({ contactId: bo, status: 'DELIVERED', attempts: 1 });
  await database.sql`insert into funnel_counts values (${organizationId}, 'HELD_MESSAGES', 5), (${other}, 'PENDING', 9)`;
  await database.sql`
    insert into funnel_changes (organization_id, counter, change)
    values (${organizationId}, 'HELD_MESSAGES', -3), (${other}, 'HELD_MESSAGES', 1)`;

  const { queued, held, heldTotal } = await read();
  expect(new Set(queued)).toEqual(
    new Set([
      { channel: 'WHATSAPP', count: 3, since: start },
      { channel: 'SMS', count: 1, since: later(3) },
    ]),
  );
  expect(new Set(held)).toEqual(
    new Set([
      { channel: 'WHATSAPP', reason: 'PARKED', count: 2 },
      { channel: 'WHATSAPP', reason: 'WINDOW_CLOSED', count: 1 },
    ]),
  );
  expect(heldTotal).toBe(3);
});

it('take what is tried again as waiting since it was queued, and not since before it was held', async () => {
  const [ana, bo] = [await contact(), await contact()];
  const retried = await message({ contactId: ana, at: later(9), attempts: 2 });
  await steps(ana, retried, later(5), 'SENDING', 'QUEUED', 'SENDING', 'QUEUED');
  expect((await read()).queued).toEqual([{ channel: 'WHATSAPP', count: 1, since: later(5) }]);

  const released = await message({ contactId: bo, at: later(9), attempts: 2 });
  await steps(bo, released, later(1), 'SENDING', 'HELD', 'QUEUED', 'SENDING', 'QUEUED');
  expect((await read()).queued).toEqual([{ channel: 'WHATSAPP', count: 2, since: later(3) }]);
});

it('count messages of unknown fate, and channels in use that the provider refuses', async () => {
  const ana = await contact();
  await message({ contactId: ana, status: 'UNCONFIRMED', attempts: 1 });
  const channels = [
    { slug: 'refused', enabled: true, problem: 'token', template: null },
    { slug: 'disabled', enabled: false, problem: 'token', template: 'paused' },
    { slug: 'paused', enabled: true, problem: null, template: 'paused' },
    { slug: 'served', enabled: true, problem: null, template: null },
  ];
  for (const { slug, enabled, problem, template } of channels) {
    await database.sql`
      insert into whatsapp_channels (organization_id, phone_number_id, access_token, app_secret, template_name,
        template_locale, enabled, problem, template_problem)
      values (${await organization(slug)}, ${slug}, 'x', 'x', 'opt_in', 'en', ${enabled}, ${problem}, ${template})`;
  }
  expect(await read()).toMatchObject({ unconfirmed: 1, refused: { channels: 1, templates: 1 } });
});

it('tell how many transitions have no position, and since when', async () => {
  const ana = await contact();
  for (const version of [1, 2]) {
    await database.sql`
      insert into consent_events (organization_id, contact_id, version, id, type, data, occurred_at, recorded_at)
      values (${organizationId}, ${ana}, ${version}, ${newId()}, 'ConsentGiven', '{}', ${start}, ${later(version)})`;
    await database.sql`
      insert into feed_pending (organization_id, contact_id, version, to_status)
      values (${organizationId}, ${ana}, ${version}, 'OPTED_IN')`;
  }
  expect((await read()).feed).toEqual({ waiting: 2, since: later(1) });
});

it('stop counting at ten thousand', async () => {
  const ana = await contact();
  await database.sql`
    insert into messages (organization_id, id, contact_id, number, channel, kind, direction, body, status, held_reason,
      attempts, created_at, status_changed_at)
    select ${organizationId}, gen_random_uuid(), ${ana}, n, 'WHATSAPP', 'TEXT', 'OUTBOUND', '', 'HELD',
      case when n <= 100 then 'SUSPENDED' else 'AWAITING_CONSENT' end, 0, ${start}::timestamptz + n * interval '1 second', ${start}
    from generate_series(1, 10100) as n`;
  expect(new Set((await read()).held)).toEqual(
    new Set([
      { channel: 'WHATSAPP', reason: 'SUSPENDED', count: 100 },
      { channel: 'WHATSAPP', reason: 'AWAITING_CONSENT', count: 9_900 },
    ]),
  );
});
