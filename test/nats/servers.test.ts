import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../../src/config.js';
import { startServer } from '../../src/start.js';
import { callerWith } from '../support/assent-server.js';
import { setServerScene } from '../support/server-scene.js';
import { arrives } from '../support/nats-neighbours.js';
import { startNatsServer, type NatsServer } from '../support/nats-server.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const WATCH =
  'subscription { consentTransitions { __typename ... on ConsentTransition { cursor contact { id } contactVersion } } }';
const WRITE = {
  first: `mutation ($phone: PhoneNumber!) {
    answer: sendOptIn(input: { phone: $phone }) { contact { id } userErrors { code } } }`,
  record: `mutation ($id: ID!) {
    answer: recordConsent(input: { contactId: $id, source: PAPER }) { contact { id } userErrors { code } } }`,
  withdraw: `mutation ($id: ID!) {
    answer: withdrawConsent(input: { contactId: $id, source: PAPER }) { contact { id } userErrors { code } } }`,
};

/** So many transitions one after the other. */
const TURNS = 10;
/** Who waits for a poll after the one before waits about a second. */
const WITHOUT_POLL_MS = 600;

const isFeed = (subject: string): boolean => /\.feed\.[0-9a-f-]{36}$/.test(subject);

/** Two servers on one database that know each other through a NATS alone; the first gives positions. */
async function pair(nats: NatsServer) {
  const scene = await setServerScene(onTestFinished, { NATS_URL: nats.url });
  const { sql, agent } = scene;
  // Servers that connect from now on find this function before PostgreSQL's own.
  await sql`create table notified (payload text)`;
  await sql`create function pg_notify(channel text, payload text) returns void language sql
    as 'insert into public.notified values (payload)'`;
  const [here] = await sql`select current_database() as name`;
  await sql`alter database ${sql(String(here?.['name']))} set search_path = public, pg_catalog`;

  await scene.begin();
  await arrives(async () => {
    const leaders = await sql`
      select 1 from pg_locks l join pg_database d on d.oid = l.database
      where l.locktype = 'advisory' and l.granted and d.datname = current_database()`;
    expect(leaders).toHaveLength(1);
  });
  const second = await startServer(readConfig(scene.env), silent);
  onTestFinished(second.stop);
  const follower = callerWith(agent.token, () => second.url);

  /** A new contact's first transition, or the next one of a contact; resolves to the contact's id. */
  let numbers = 4_000;
  async function write(by: typeof agent, id?: string, version = 1): Promise<string> {
    const mutation = id === undefined ? WRITE.first : version % 2 === 0 ? WRITE.record : WRITE.withdraw;
    const phone = `+1650253${(numbers += 1)}`;
    const { answer } = await by.ask(mutation, id === undefined ? { phone } : { id });
    expect(answer.userErrors).toEqual([]);
    return answer.contact.id;
  }

  /** What a subscriber has been told; resolves when it is told of everything from now on. */
  async function watch(by: typeof agent) {
    const places: string[] = [];
    let begun = false;
    const client = by.socket();
    const leave = client.subscribe<{ consentTransitions: { contact?: { id: string }; contactVersion?: number } }>(
      { query: WATCH },
      {
        next: ({ data }) => {
          const { contact, contactVersion } = data?.consentTransitions ?? {};
          if (contact) places.push(`${contact.id} ${contactVersion}`);
          begun = true;
        },
        error: () => undefined,
        complete: () => undefined,
      },
    );
    onTestFinished(() => void client.dispose());
    await vi.waitUntil(() => begun, { timeout: 30_000, interval: 5 });
    return { places, leave };
  }
  const watchers = await Promise.all([watch(agent), watch(follower)]);

  /**
   * Writes transitions of one contact, each when both subscribers have seen the one before; how long half of them took at
   * most, so that a machine that stops now and then does not matter.
   */
  async function takeTurns(by: typeof agent): Promise<number> {
    const took: number[] = [];
    let id: string | undefined;
    for (let version = 1; version <= TURNS; version += 1) {
      id = await write(by, id, version);
      const place = `${id} ${version}`;
      const answeredAt = Date.now();
      await vi.waitUntil(() => watchers.every(({ places }) => places.at(-1) === place), {
        timeout: 30_000,
        interval: 2,
      });
      took.push(Date.now() - answeredAt);
    }
    return took.toSorted((a, b) => a - b)[TURNS / 2] ?? Infinity;
  }

  /** Both have been told the whole feed, in its order, each transition once. */
  async function missNothing(): Promise<void> {
    await scene.settled();
    const rows = await sql<{ id: string; version: number }[]>`
      select e.contact_id as id, e.contact_version as version from feed f
      join consent_events e on e.organization_id = f.organization_id and e.contact_id = f.contact_id
        and e.version = f.version
      order by f.position`;
    for (const { places } of watchers) {
      await arrives(() => expect(places.length).toBeGreaterThanOrEqual(rows.length));
      const versions = new Map<string, number>();
      for (const place of places) {
        const [id = '', version] = place.split(' ');
        expect(Number(version), `after ${versions.get(id)} of ${id}`).toBe((versions.get(id) ?? 0) + 1);
        versions.set(id, Number(version));
      }
      expect(places).toHaveLength(rows.length);
    }
    expect(watchers[0].places).toEqual(watchers[1].places);
  }

  const connected = (): Promise<void> =>
    arrives(async () => {
      const subjects = await nats.subjects();
      expect(subjects.filter((subject) => subject.endsWith('.hints'))).toHaveLength(2);
      expect(subjects.filter(isFeed)).toHaveLength(2);
    });

  return { scene, sql, leader: agent, follower, watchers, watch, write, takeTurns, missNothing, connected };
}

describe('two servers with NATS', { timeout: 180_000 }, () => {
  it('tell each other of every commit at once, and PostgreSQL notifies nobody', async () => {
    const nats = await startNatsServer(onTestFinished);
    const { sql, leader, follower, takeTurns, missNothing, connected } = await pair(nats);
    await connected();
    expect(await takeTurns(leader)).toBeLessThan(WITHOUT_POLL_MS);
    expect(await takeTurns(follower)).toBeLessThan(WITHOUT_POLL_MS);
    await missNothing();
    expect(await sql`select 1 from notified`).toEqual([]);
    const listening = await sql`
      select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen %'`;
    expect(listening).toEqual([]);
  });

  it('subscribe to batches only while somebody listens', async () => {
    const nats = await startNatsServer(onTestFinished);
    const { watchers, connected, watch, follower } = await pair(nats);
    await connected();
    const feeds = async () => (await nats.subjects()).filter(isFeed);
    watchers[1].leave();
    await arrives(async () => expect(await feeds()).toHaveLength(1));
    watchers[0].leave();
    await arrives(async () => expect(await feeds()).toHaveLength(0));
    await watch(follower);
    await arrives(async () => expect(await feeds()).toHaveLength(1));
  });

  it('lose nothing when it is killed, are a second late until it is back, and then are not', async () => {
    const nats = await startNatsServer(onTestFinished);
    const { leader, follower, write, takeTurns, watchers, missNothing, connected } = await pair(nats);
    await connected();
    let writing = true;
    const late: number[] = [];
    /** Commits as fast as it can; looks when the newest of them has come to both. */
    const keepWriting = async (by: typeof leader): Promise<number> => {
      let written = 0;
      for (let id = await write(by), version = 2; writing; version += 1) {
        await write(by, id, version);
        written += 1;
        if (version % 10 > 0) continue;
        const answeredAt = Date.now();
        const place = `${id} ${version}`;
        await vi.waitUntil(() => watchers.every(({ places }) => places.includes(place)), {
          timeout: 30_000,
          interval: 5,
        });
        late.push(Date.now() - answeredAt);
      }
      return written;
    };
    const writers = Promise.all([keepWriting(leader), keepWriting(follower)]);
    await arrives(() => expect(late.length).toBeGreaterThan(4));
    await nats.kill();
    const before = late.length;
    await arrives(() => expect(late.length).toBeGreaterThan(before + 4));
    writing = false;
    await writers;
    // A second, and a machine that is busy.
    expect(Math.max(...late)).toBeLessThan(8_000);
    await missNothing();
    await nats.start();
    await connected();
    expect(await takeTurns(follower)).toBeLessThan(WITHOUT_POLL_MS);
    await missNothing();
  });

  it('start without it, and use it from when it is there', async () => {
    const nats = await startNatsServer(onTestFinished);
    await nats.kill();
    const { leader, follower, write, takeTurns, missNothing, connected } = await pair(nats);
    await write(leader);
    await write(follower);
    await missNothing();
    await nats.start();
    await connected();
    expect(await takeTurns(follower)).toBeLessThan(WITHOUT_POLL_MS);
    await missNothing();
  });

  it('are not misled by what comes twice, too late, too early, or is no batch at all', async () => {
    const nats = await startNatsServer(onTestFinished);
    const messages = await nats.listen('assent.*.feed.*');
    const { leader, takeTurns, missNothing, connected } = await pair(nats);
    await connected();
    await takeTurns(leader);
    const [oldest, newest] = [messages.at(0), messages.at(-1)];
    if (!oldest || !newest) throw new Error('nothing was published');
    const early = newest.text.replace(/"position":"(\d+)"/g, (_, place) => `"position":"${Number(place) + 1_000}"`);
    expect(early).not.toBe(newest.text);
    for (const text of [oldest.text, newest.text, early, 'garbage', '{"v":1}'])
      await nats.publish(oldest.subject, text);
    await nats.publish(oldest.subject.replace(/feed.*/, 'hints'), 'garbage');
    expect(await takeTurns(leader)).toBeLessThan(WITHOUT_POLL_MS);
    await missNothing();
  });
});

describe('two installations on one NATS', () => {
  it('use subjects of their own', async () => {
    const nats = await startNatsServer(onTestFinished);
    await Promise.all([pair(nats), pair(nats)]);
    await arrives(async () => {
      const hints = (await nats.subjects()).filter((subject) => subject.endsWith('.hints'));
      expect(hints).toHaveLength(4);
      expect(new Set(hints).size).toBe(2);
    });
  });
});
