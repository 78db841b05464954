import { v7 as newId } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outbox } from '../../src/domain/ports/outbox.js';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { createOutbox } from '../../src/postgres/outbox.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { MINUTE, SECOND } from '../support/policy.js';

const start = new Date('2026-05-01T10:00:00Z');
const later = (ms: number): Date => new Date(start.getTime() + ms);
const rates = { WHATSAPP: 80, SMS: 10 };

let database: TestDatabase;
let connection: Database;
let outbox: Outbox;
beforeEach(async () => {
  database = await createTestDatabase();
  connection = openDatabase(database.url, { connections: 8, role: database.role });
  outbox = createOutbox(connection.sql, rates);
});
afterEach(async () => {
  await connection.close();
  await database.close();
});

/** An organization with so many conversations that have something to send since the start. */
async function organizationWith(slug: string, waiting: number, channel = 'WHATSAPP', due = start): Promise<string> {
  const id = newId();
  await database.sql`insert into organizations (id, slug, name, locale) values (${id}, ${slug}, ${slug}, 'en')`;
  await database.sql`
    insert into contacts (organization_id, id, revision, name, phone, phone_key, status, consent, message_count,
      held_count, created_at)
    select ${id}, md5(${slug} || n)::uuid, 1, 'Clara', n, n, 'OPTED_IN', '{}', 0, 0, now()
    from generate_series(1, ${waiting}::int) as n`;
  await database.sql`
    insert into outbox (organization_id, contact_id, channel, due_at, fence)
    select ${id}, id, ${channel}, ${due}::timestamptz, 0 from contacts where organization_id = ${id}`;
  return id;
}

const claim = (now: Date, given: Partial<Parameters<Outbox['claim']>[0]> = {}) =>
  outbox.claim({ now, leaseMs: MINUTE, limit: 256, laneLimit: 128, underWay: [], ...given });

/** Claims after each step of time, as a sender does that hands over at once. */
async function claimFor(ms: number, step: number, given: Partial<Parameters<Outbox['claim']>[0]> = {}) {
  const claims = [];
  for (let passed = 0; passed < ms; passed += step) claims.push(...(await claim(later(passed), given)));
  return claims;
}

/** The first claim makes the lanes that it finds; from then on they are taken from. */
const prepare = (): Promise<unknown> => claim(later(-SECOND));

describe('what waits', () => {
  it('is claimed the longest waiting first, and by one sender only', async () => {
    await organizationWith('acme', 3);
    await database.sql`update outbox set due_at = due_at + (random() * interval '1 second')`;
    await prepare();
    const order = await database.sql`select contact_id from outbox order by due_at`;
    const one = await claim(later(2 * SECOND), { limit: 2 });
    const rest = await claim(later(2 * SECOND));
    expect(new Set(one.map(({ contactId }) => contactId))).toEqual(
      new Set(order.slice(0, 2).map((row) => row['contact_id'])),
    );
    expect(rest.map(({ contactId }) => contactId)).toEqual([order[2]?.['contact_id']]);
    expect(await claim(later(3 * SECOND))).toEqual([]);
  });

  it('is claimed anew, with a later fence, when a lease has run out', async () => {
    await organizationWith('acme', 1);
    await prepare();
    const [first] = await claim(start);
    const [second] = await claim(later(MINUTE));
    expect(Number(second?.fence)).toBe(Number(first?.fence) + 1);
    await outbox.release(first ? [first] : []);
    expect(await claim(later(MINUTE))).toEqual([]);
    await outbox.release(second ? [second] : []);
    expect(await claim(later(MINUTE))).toHaveLength(1);
  });

  it('of one organization lets another pass: a single message among ten thousand is taken at once', async () => {
    await organizationWith('big', 10_000, 'WHATSAPP', later(-MINUTE));
    const small = await organizationWith('small', 1);
    await prepare();
    const claims = await claim(start);
    expect(claims.filter(({ organizationId }) => organizationId === small)).toHaveLength(1);
    expect(claims.length).toBeGreaterThan(1);
  });

  it('is shared out in turn when there is room for few', async () => {
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((slug) => organizationWith(slug, 50)));
    await prepare();
    const claims = await claim(start, { limit: 9 });
    for (const id of [a, b, c]) {
      expect(claims.filter(({ organizationId }) => organizationId === id)).toHaveLength(3);
    }
  });
});

describe('what few have too little of', () => {
  it('is made up for by those that have more, the longest waiting first', async () => {
    const fast = createOutbox(connection.sql, { WHATSAPP: 100_000, SMS: 100_000 });
    const options = { leaseMs: MINUTE, limit: 64, laneLimit: 128, underWay: [] };
    for (let n = 0; n < 20; n += 1) await organizationWith(`small-${n}`, 1);
    const big = await organizationWith('big', 200);
    await database.sql`
      update outbox set due_at = due_at - (random() * interval '1 second') where organization_id = ${big}`;
    await fast.claim({ ...options, now: later(-MINUTE) });
    const order = await database.sql`select contact_id from outbox where organization_id = ${big} order by due_at`;
    const claims = await fast.claim({ ...options, now: start });
    expect(claims).toHaveLength(64);
    const ofBig = claims.filter(({ organizationId }) => organizationId === big).map(({ contactId }) => contactId);
    expect(new Set(ofBig)).toEqual(new Set(order.slice(0, 44).map((row) => row['contact_id'])));
    const next = await fast.claim({ ...options, now: start });
    expect(new Set(next.map(({ contactId }) => contactId))).toEqual(
      new Set(order.slice(44, 108).map((row) => row['contact_id'])),
    );
  });
});

describe('the pace of an organization’s channel', () => {
  it('is kept: eighty a second, and a quarter of a second’s worth at the beginning', async () => {
    await organizationWith('acme', 500);
    await prepare();
    expect(await claim(start)).toHaveLength(20);
    expect(await claim(start)).toEqual([]);
    expect((await outbox.nextDueAt())?.getTime()).toBeCloseTo(later(12.5).getTime(), -1);
    const second = await claimFor(SECOND, 50);
    expect(second.length).toBeGreaterThanOrEqual(74);
    expect(second.length).toBeLessThanOrEqual(80);
  });

  it('is each organization’s and channel’s own', async () => {
    await organizationWith('acme', 100);
    await organizationWith('globex', 100);
    await organizationWith('initech', 100, 'SMS');
    await prepare();
    const claims = await claim(start);
    expect(claims.filter(({ channel }) => channel === 'WHATSAPP')).toHaveLength(40);
    expect(claims.filter(({ channel }) => channel === 'SMS')).toHaveLength(2);
  });

  it('is kept by all servers together', async () => {
    await organizationWith('acme', 500);
    await prepare();
    const others = [1, 2, 3].map(() => openDatabase(database.url, { connections: 4, role: database.role }));
    try {
      const outboxes = others.map(({ sql }) => createOutbox(sql, rates));
      const claims = [];
      for (let passed = 0; passed <= SECOND; passed += 100) {
        const options = { now: later(passed), leaseMs: MINUTE, limit: 256, laneLimit: 128, underWay: [] };
        claims.push(...(await Promise.all(outboxes.map((one) => one.claim(options)))).flat());
      }
      expect(new Set(claims.map(({ contactId }) => contactId)).size).toBe(claims.length);
      expect(claims.length).toBeGreaterThanOrEqual(90);
      expect(claims.length).toBeLessThanOrEqual(100);
    } finally {
      await Promise.all(others.map((other) => other.close()));
    }
  });

  it('rests when the provider found it too fast', async () => {
    const organizationId = await organizationWith('acme', 100);
    await prepare();
    await outbox.pause({ organizationId, channel: 'WHATSAPP' }, later(SECOND));
    expect(await claimFor(SECOND, 100)).toEqual([]);
    expect((await claim(later(SECOND + 100))).length).toBeGreaterThan(0);
  });

  it('leaves no room for more than the lane may have under way', async () => {
    const organizationId = await organizationWith('acme', 100);
    await prepare();
    const underWay = [{ organizationId, channel: 'WHATSAPP' as const, count: 5 }];
    expect(await claim(start, { laneLimit: 8, underWay })).toHaveLength(3);
    expect(await claim(start, { laneLimit: 5, underWay })).toEqual([]);
  });
});

describe('a channel that the provider refused', () => {
  it('is tried again with one message at a time', async () => {
    const organizationId = await organizationWith('acme', 100);
    await database.sql`
      insert into whatsapp_channels (organization_id, phone_number_id, access_token, app_secret, template_name,
        template_locale, problem, retry_at)
      values (${organizationId}, '1001', 'x', 'x', 'opt_in', 'en', 'refused', ${start})`;
    await prepare();
    expect(await claim(start)).toHaveLength(1);
    const underWay = [{ organizationId, channel: 'WHATSAPP' as const, count: 1 }];
    expect(await claim(later(SECOND), { underWay })).toEqual([]);
  });
});
