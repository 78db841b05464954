import postgres, { type Sql } from 'postgres';
import { v7 as newId } from 'uuid';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TransitionView } from '../../src/domain/ports/readers.js';
import type { Placement } from '../../src/domain/ports/wakes.js';
import { startSequencer, type Sequencer } from '../../src/feed/sequencer.js';
import { createFeedLog } from '../../src/postgres/feed-log.js';
import { seekLeadership } from '../../src/postgres/leadership.js';
import { createSequencerStore } from '../../src/postgres/sequencer-store.js';
import { startBadNetwork } from '../support/bad-network.js';
import { recordingLog } from '../support/channel-fakes.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { patience } from '../support/patience.js';
import { unscoped } from '../support/unscoped.js';

const WRITERS = 40;
const COMMITS_PER_WRITER = 10;
const CONTACTS = 24;
const everything = { contactId: null, statuses: null };
const nothing = (): void => undefined;

async function organizationOn({ sql }: TestDatabase, contacts: number) {
  const organizationId = newId();
  const contactIds = Array.from({ length: contacts }, () => newId());
  await sql`insert into organizations (id, slug, name, locale) values (${organizationId}, 'acme', 'Acme', 'en')`;
  await sql`
    insert into contacts (organization_id, id, revision, name, phone, phone_key, status, consent, message_count,
      held_count, created_at)
    select ${organizationId}, id, 1, 'Clara', id::text, id::text, 'PENDING', '{}', 0, 0, now()
    from unnest(${contactIds}::uuid[]) as id`;
  return { organizationId, contactIds };
}

async function testDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  onTestFinished(database.close);
  return database;
}

function connect({ url }: TestDatabase, max: number): Sql {
  const sql = postgres(url, { max, onnotice: nothing });
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql;
}

/** A sequencer as a server has it, with connections of its own; nobody ever wakes it. */
function unwoken(
  database: TestDatabase,
  moved: (placements: readonly Placement[]) => void = nothing,
  lockUrl: string = database.url,
): Sequencer & { readonly leads: () => boolean } {
  const log = recordingLog();
  const sql = postgres(database.url, { max: 2, onnotice: nothing });
  const sequencer = startSequencer({
    seekLeadership: () => seekLeadership(lockUrl),
    sequence: createSequencerStore(sql).sequence,
    moved,
    log,
  });
  onTestFinished(async () => {
    await sequencer.stop();
    await sql.end({ timeout: 1 });
  });
  return { ...sequencer, leads: () => log.lines.some((line) => line.startsWith('giving feed positions')) };
}

/** What an append does for the feed, in the caller's transaction: the contact locked, its next event, the pending row. */
async function append(sql: Sql, organizationId: string, contactId: string): Promise<void> {
  await sql`select 1 from contacts where organization_id = ${organizationId} and id = ${contactId} for update`;
  await sql`
    with next as (
      select coalesce(max(version), 0) + 1 as version from consent_events
      where organization_id = ${organizationId} and contact_id = ${contactId}
    ), recorded as (
      insert into consent_events (organization_id, contact_id, version, id, type, data, occurred_at, recorded_at,
        contact_version, from_status, to_status, cause)
      select ${organizationId}, ${contactId}, version, ${newId()}, 'ConsentGiven', '{}', now(), now(),
        version, 'PENDING', 'OPTED_IN', 'ACCEPTED' from next
    )
    insert into feed_pending (organization_id, contact_id, version, to_status)
    select ${organizationId}, ${contactId}, version, 'OPTED_IN' from next`;
}

async function positions({ sql }: TestDatabase): Promise<readonly number[]> {
  const rows = await sql<{ position: string }[]>`select position from feed order by position`;
  return rows.map(({ position }) => Number(position));
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('positions', () => {
  it('have no gap, keep each contact in order and lose nothing while many write at once', async ({ annotate }) => {
    const database = await testDatabase();
    const { organizationId, contactIds } = await organizationOn(database, CONTACTS);
    await database.sql`create table numbered (id bigint generated always as identity primary key)`;
    const placements: Placement[] = [];
    const sequencer = unwoken(database, (placed) => void placements.push(...placed));
    const waker = setInterval(sequencer.wake, 5);
    onTestFinished(() => clearInterval(waker));
    const total = WRITERS * COMMITS_PER_WRITER;
    let writing = true;

    const sql = connect(database, WRITERS);
    const write = async (writer: number): Promise<void> => {
      for (let turn = 0; turn < COMMITS_PER_WRITER; turn += 1) {
        const contactId = contactIds[(writer * 7 + turn * 5) % CONTACTS] ?? '';
        await sql.begin(async (transaction) => {
          await append(transaction as unknown as Sql, organizationId, contactId);
          await transaction`insert into numbered default values`;
          await transaction`select pg_sleep(random() * 0.03)`;
        });
      }
    };
    // Readers page through the feed as subscriptions do; beside them one reads ids, as if they were in commit order.
    const log = createFeedLog(unscoped(database.sql), () => Promise.resolve());
    const follow = async (limit: number): Promise<readonly TransitionView[]> => {
      const read: TransitionView[] = [];
      let position = 0n;
      await vi.waitFor(
        async () => {
          const page = await log.after(organizationId, position, everything, limit);
          read.push(...page.transitions);
          position = page.through;
          if (read.length < total) throw new Error(`${read.length} of ${total}`);
        },
        { timeout: 30_000, interval: 1 },
      );
      return read;
    };
    const readIds = async (): Promise<number> => {
      let [read, last] = [0, '0'];
      for (let again = true; again;) {
        again = writing;
        const rows = await database.sql<{ id: string }[]>`select id from numbered where id > ${last} order by id`;
        read += rows.length;
        last = rows.at(-1)?.id ?? last;
      }
      return read;
    };
    const writers = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer))).finally(() => {
      writing = false;
    });
    const [all, few, byId] = await Promise.all([follow(1_000), follow(7), readIds(), writers]);

    expect(await positions(database)).toEqual(upTo(total));
    await vi.waitFor(() => expect(placements.at(-1)?.through).toBe(BigInt(total)), patience);
    const told = placements.flatMap(({ through, placed }) => upTo(placed).map((one) => Number(through) - placed + one));
    expect(told).toEqual(upTo(total));
    expect(new Set(placements.map((placement) => placement.organizationId))).toEqual(new Set([organizationId]));
    for (const read of [all, few]) {
      expect(read.map(({ position }) => Number(position))).toEqual(upTo(total));
      for (const contactId of contactIds) {
        const versions = read.filter((one) => one.contactId === contactId).map((one) => one.contactVersion);
        expect(versions).toEqual(upTo(versions.length));
      }
    }
    await annotate(`a reader of "id > cursor" lost ${total - byId} of ${total}; readers of positions lost none`);
  });

  it('go on while a transaction elsewhere stays open, and come to what it commits', async () => {
    const database = await testDatabase();
    const { organizationId, contactIds } = await organizationOn(database, 2);
    const [slow = '', quick = ''] = contactIds;
    const sequencer = unwoken(database);
    await vi.waitUntil(sequencer.leads, patience);
    await database.sql.begin(async (transaction) => {
      await append(transaction as unknown as Sql, organizationId, slow);
      await database.sql.begin((other) => append(other as unknown as Sql, organizationId, quick));
      await vi.waitFor(async () => expect(await positions(database)).toEqual([1]), { timeout: 30_000, interval: 10 });
    });
    await vi.waitFor(async () => expect(await positions(database)).toEqual([1, 2]), { timeout: 30_000, interval: 10 });
  });
});

describe('two sequencers', () => {
  it('give positions one at a time, and the second takes over within 5 s when the first loses its connection', async () => {
    const database = await testDatabase();
    const { sql } = database;
    const { organizationId, contactIds } = await organizationOn(database, 1);
    const [contactId = ''] = contactIds;
    const firstInLine = unwoken(database);
    await vi.waitUntil(firstInLine.leads, patience);
    const second = unwoken(database);
    const inLine = () => sql`
      select 1 from pg_stat_activity where datname = current_database() and application_name = 'assent sequencer'`;
    await vi.waitUntil(async () => (await inLine()).length === 2, patience);
    expect(second.leads()).toBe(false);
    await append(sql, organizationId, contactId);
    await vi.waitFor(async () => expect(await positions(database)).toEqual([1]), { timeout: 30_000, interval: 10 });

    const ended = await sql`
      select pg_terminate_backend(a.pid) from pg_stat_activity a
      join pg_locks l on l.pid = a.pid and l.locktype = 'advisory' and l.granted
      where a.datname = current_database() and a.application_name = 'assent sequencer'`;
    expect(ended).toHaveLength(1);
    await append(sql, organizationId, contactId);
    await vi.waitUntil(second.leads, { timeout: 30_000, interval: 10 });
    await vi.waitFor(async () => expect(await positions(database)).toEqual([1, 2]), { timeout: 30_000, interval: 10 });
    // The first is in line again: it takes over in its turn.
    await vi.waitUntil(async () => (await inLine()).length === 2, { timeout: 30_000 });
    await second.stop();
    await append(sql, organizationId, contactId);
    await vi.waitFor(async () => expect(await positions(database)).toEqual(upTo(3)), { timeout: 30_000, interval: 10 });
  });

  it.each([
    ['carries nothing any more', 'DEAF'],
    ['brings no answers any more', 'MUTE'],
  ] as const)('change within 5 s when the connection of the first %s', async (_, what) => {
    const database = await testDatabase();
    const { organizationId, contactIds } = await organizationOn(database, 1);
    const [contactId = ''] = contactIds;
    const network = await startBadNetwork(Number(new URL(database.url).port));
    onTestFinished(network.close);
    const url = new URL(database.url);
    url.port = String(network.port);
    const firstInLine = unwoken(database, nothing, url.href);
    await vi.waitUntil(firstInLine.leads, patience);
    const second = unwoken(database);

    const begun = performance.now();
    // Where nothing gets through, PostgreSQL does not hear that the first has given up.
    if (what === 'DEAF') expect(network.lose()).toBe(1);
    network.trouble({ kind: what });
    await vi.waitUntil(second.leads, { timeout: 30_000, interval: 10 });
    // The rest is for a machine that is busy.
    expect(performance.now() - begun).toBeLessThan(5_000 + 5_000);
    await append(database.sql, organizationId, contactId);
    await vi.waitFor(async () => expect(await positions(database)).toEqual([1]), { timeout: 30_000, interval: 10 });
    // The first is in line again: it takes over in its turn.
    network.trouble(null);
    await second.stop();
    await append(database.sql, organizationId, contactId);
    await vi.waitFor(async () => expect(await positions(database)).toEqual([1, 2]), { timeout: 30_000, interval: 10 });
  });

  it('do no harm when both believe that they lead', async () => {
    const database = await testDatabase();
    const { organizationId, contactIds } = await organizationOn(database, CONTACTS);
    const total = 600;
    const told: number[] = [];
    let deadlocks = 0;
    const believe = async (): Promise<void> => {
      const { sequence } = createSequencerStore(connect(database, 1));
      while (told.length < total) {
        try {
          const { moved } = await sequence(7);
          for (const { through, placed } of moved)
            told.push(...upTo(placed).map((one) => Number(through) - placed + one));
        } catch (error) {
          // Each had taken what the other wanted next: one of the two tries again.
          expect(error).toMatchObject({ code: '40P01' });
          deadlocks += 1;
        }
      }
    };
    const sql = connect(database, 8);
    const write = async (writer: number): Promise<void> => {
      for (let turn = 0; turn < total / 8; turn += 1) {
        const contactId = contactIds[(writer * 7 + turn * 5) % CONTACTS] ?? '';
        await sql.begin((transaction) => append(transaction as unknown as Sql, organizationId, contactId));
      }
    };
    await Promise.all([believe(), believe(), believe(), ...upTo(8).map(write)]);

    expect(await positions(database)).toEqual(upTo(total));
    expect(told.toSorted((a, b) => a - b)).toEqual(upTo(total));
    const outOfOrder = await database.sql`
      select from (select version, lag(version) over (partition by contact_id order by position) as before from feed) one
      where version <> coalesce(before, 0) + 1`;
    expect(outOfOrder).toHaveLength(0);
    expect(deadlocks).toBeLessThan(total);
  });

  it('let what is deleted be cleared away while the second waits', async () => {
    const database = await testDatabase();
    const { sql } = database;
    const asked: string[] = [];
    const firstInLine = unwoken(database);
    await vi.waitUntil(firstInLine.leads, patience);
    unwoken(database);
    await vi.waitFor(async () => {
      const rows = await sql<{ pid: number; asked: string }[]>`
        select pid, query_start::text as asked from pg_stat_activity
        where datname = current_database() and application_name = 'assent sequencer' and backend_xmin is null
          and pid not in (select pid from pg_locks where locktype = 'advisory' and granted)`;
      for (const row of rows) if (row.asked !== asked.at(-1)) asked.push(row.asked);
      expect(asked.length).toBeGreaterThan(2);
    }, patience);
  });
});
