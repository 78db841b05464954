import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRetention } from '../../src/delivery/retention.js';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { createOutbox } from '../../src/postgres/outbox.js';
import { createRetention } from '../../src/postgres/retention.js';
import { assent } from '../support/command-line.js';
import { QueueMessageDocument } from '../support/gql/graphql.js';
import { startJourney, type Asked, type Journey } from '../support/journey.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

let journey: Journey;
let connection: Database;
beforeAll(async () => {
  journey = await startJourney({ DELIVERY_ORDER_WAIT: 'PT0S' });
  const { url, role } = journey.database;
  connection = openDatabase(url, { connections: 2, role });
});
afterAll(async () => {
  await connection.close();
  await journey.close();
});

const retain = (kept: string) => assent(journey.server.env, 'org', 'retention', '--org', 'acme', '--messages', kept);

/** Deletes what will be too old so many days from now, in batches of two. */
async function daysLater(days: number): Promise<void> {
  const retention = createRetention(connection.sql);
  let walked = 0;
  const counted: typeof retention = {
    ...retention,
    deletePosts: async (part) => {
      const after = await retention.deletePosts({ ...part, limit: 2 });
      if (after === null) walked += 1;
      return after;
    },
    clearMessages: (part) => retention.clearMessages({ ...part, limit: 2 }),
  };
  const clock = { now: () => new Date(Date.now() + days * DAY_MS) };
  const loop = startRetention({ retention: counted, keepKeysMs: 7 * DAY_MS, clock, log: silent });
  await expect.poll(() => walked).toBe(1);
  await loop.stop();
}

/** Forgets the keys that will be too old so many days from now, in batches of two. */
async function keysDaysLater(days: number): Promise<void> {
  const retention = createRetention(connection.sql);
  let walked = 0;
  const keysAlone: typeof retention = {
    ...retention,
    deleteKeys: (part) => retention.deleteKeys({ ...part, limit: 2 }),
    organizations: async () => {
      walked += 1;
      return [];
    },
  };
  const clock = { now: () => new Date(Date.now() + days * DAY_MS) };
  const loop = startRetention({ retention: keysAlone, keepKeysMs: 7 * DAY_MS, clock, log: silent });
  await expect.poll(() => walked).toBe(1);
  await loop.stop();
}

async function talk(text: string): Promise<Asked> {
  const who = await journey.optedIn();
  await journey.queue(who, text);
  await journey.message(who, text, 'ACCEPTED');
  await journey.says(who, `${text} too`);
  await journey.message(who, `${text} too`, 'RECEIVED');
  await journey.settled();
  return who;
}

const posts = async ({ phone }: Asked): Promise<number> =>
  (
    await connection.sql`
      select from webhook_inbox where position(convert_to(${phone.slice(1)}, 'UTF8') in body) > 0`
  ).length;

describe('an organization that keeps texts for a time', () => {
  it('deletes texts and posts after that time, and nothing that is open, on hold, or proves consent', async () => {
    const [talked, held] = [await talk('old'), await talk('disputed')];
    await assent(journey.server.env, 'hold', '--org', 'acme', '--contact', held.id);
    const waiting = await journey.asked();
    await journey.queue(waiting, 'waits for consent');
    const facts = () => connection.sql`
      select (select jsonb_agg(e order by e.id) from consent_events e) as events,
        (select count(sealed) from consent_events) as disclosures, (select count(*) from artifacts) as artifacts`;
    const before = await facts();
    expect(await retain('P30D')).toMatchObject({ code: 0, err: '' });

    await daysLater(29);
    expect((await journey.conversation(talked)).every(({ body }) => body !== '')).toBe(true);
    await daysLater(31);
    expect((await journey.conversation(talked)).every(({ body }) => body === '')).toBe(true);
    expect(await posts(talked)).toBe(0);
    expect((await journey.conversation(held)).map(({ body }) => body)).toEqual(
      expect.arrayContaining(['disputed', 'disputed too']),
    );
    expect(await posts(held)).toBeGreaterThan(0);
    expect((await journey.conversation(waiting)).map(({ body }) => body)).toContain('waits for consent');
    expect(await facts()).toEqual(before);

    // A late answer still finds its request, and what has no text any more can't be sent.
    await journey.presses(talked, talked.decline);
    await journey.becomes(talked, 'OPTED_OUT');
    const [gone] = await connection.sql<{ organizationId: string; messageId: string }[]>`
      select organization_id as "organizationId", id as "messageId" from messages where body = '' limit 1`;
    const outbox = createOutbox(connection.sql, { WHATSAPP: 1, SMS: 1 });
    expect(await outbox.contents(gone ? [gone] : [])).toEqual([null]);
  });

  it('is told to keep them longer, or for good', async () => {
    const { env } = journey.server;
    expect(await retain('P7D')).toMatchObject({ code: 1, err: expect.stringContaining('at least P30D') });
    expect(await retain('a year')).toMatchObject({ code: 2, err: expect.stringContaining('ISO 8601') });
    const who = await talk('kept');
    expect((await retain('off')).out).toBe('"acme" keeps the texts of messages as long as their contact.');
    expect(await createRetention(connection.sql).organizations()).toEqual([]);
    expect((await journey.conversation(who)).map(({ body }) => body)).toContain('kept');
    const { out } = await assent(env, 'org', 'retention', '--org', 'acme', '--messages', 'P365D', '--json');
    expect(JSON.parse(out)).toEqual({ organization: 'acme', messages: 'P365D' });
    expect(await createRetention(connection.sql).organizations()).toMatchObject([{ keepMs: 365 * DAY_MS }]);
  });
});

describe('an idempotency key', () => {
  const send = async (who: Asked, idempotencyKey: string) => {
    const input = { contactId: who.id, body: 'once', idempotencyKey };
    return (await journey.agent.ask(QueueMessageDocument, { input })).queueMessage;
  };

  it('is known for its time, and some more as clocks may differ; then it counts as new', async () => {
    const who = await journey.asked();
    const first = await send(who, 'known');
    await keysDaysLater(7);
    expect(await send(who, 'known')).toEqual({ ...first, replayed: true });

    await keysDaysLater(7.1);
    const anew = await send(who, 'known');
    expect(anew).toMatchObject({ replayed: false, userErrors: [], message: { status: 'HELD' } });
    expect(anew.message?.id).not.toBe(first.message?.id);
    expect(await send(who, 'known')).toEqual({ ...anew, replayed: true });
  });

  it('is known as long as its contact is on hold', async () => {
    const who = await journey.asked();
    const first = await send(who, 'disputed');
    const hold = (...more: string[]) =>
      assent(journey.server.env, 'hold', '--org', 'acme', '--contact', who.id, '--reason', 'case 4711', ...more);
    expect(await hold()).toMatchObject({ code: 0 });
    await keysDaysLater(8);
    expect(await send(who, 'disputed')).toEqual({ ...first, replayed: true });

    expect(await hold('--release')).toMatchObject({ code: 0 });
    await keysDaysLater(8);
    expect(await send(who, 'disputed')).toMatchObject({ replayed: false });
  });

  it('goes with all that are as old, however many came at once, and with none that is younger', async () => {
    const { sql } = journey.database;
    const old = new Date(Date.now() - 30 * DAY_MS);
    await sql`
      insert into idempotency_keys (organization_id, caller, operation, key, input_hash, result, created_at)
      select o.id, 'somebody', 'queueMessage', n, '', '{}',
        case when n <= 5 then ${old}::timestamptz when n <= 8 then ${old}::timestamptz + n * interval '1 second' else now() end
      from organizations o, generate_series(1, 10) as n`;
    await keysDaysLater(0);
    const left = await sql`select key from idempotency_keys where caller = 'somebody' order by key`;
    expect(left.map(({ key }) => key)).toEqual(['10', '9']);
  });
});
