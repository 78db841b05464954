import { createClient as createStreamClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../../src/config.js';
import { startServer } from '../../src/start.js';
import { callerWith, type TestCaller } from '../support/assent-server.js';
import type { TestDatabase } from '../support/database.js';
import { startFeedScene, type FeedScene } from '../support/feed-scene.js';
import {
  ConsentFeedDocument,
  SendOptInDocument,
  SnapshotDocument,
  TransitionsDocument,
  type ConsentFeedSubscription,
} from '../support/gql/graphql.js';
import { watch } from '../support/subscription.js';

type FeedItem = ConsentFeedSubscription['consentTransitions'];
/** Someone who reads from one server. */
type Reader = { readonly caller: TestCaller; readonly url: string };
/** What comes after a cursor, up to where it has caught up: the ids of events, or why there are none. */
type Way = (reader: Reader, after: string) => Promise<readonly string[] | 'CURSOR_INVALID'>;

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const patience = { timeout: 30_000, interval: 10 };

let scene: FeedScene;
beforeAll(async () => {
  scene = await startFeedScene();
});
afterAll(() => scene.close());

const here = (): Reader => ({ caller: scene.agent, url: scene.server.url });

/** A server in addition, on the same database or another. */
async function startAnother(database: Pick<TestDatabase, 'url'> = scene.server.database): Promise<Reader> {
  const server = await startServer(readConfig({ ...scene.server.env, DATABASE_URL: database.url }), silent);
  onTestFinished(server.stop);
  return { caller: callerWith(scene.agent.token, () => server.url), url: server.url };
}

/** What a backup has of the database now. The server, which was cut off for it, starts again. */
async function backUp(): Promise<TestDatabase> {
  const copy = await scene.server.database.copy();
  onTestFinished(copy.close);
  await scene.server.restart();
  return copy;
}

const bySocket: Way = async ({ caller }, after) => {
  const client = caller.socket();
  const items = client.iterate<ConsentFeedSubscription>({
    query: ConsentFeedDocument.toString(),
    variables: { after },
  });
  const told = await toldBy(items);
  await client.dispose();
  return told;
};

const byStream =
  (resuming: (after: string) => { headers?: Record<string, string>; variables?: object }): Way =>
  async ({ caller, url }, after) => {
    const { headers, variables = {} } = resuming(after);
    const client = createStreamClient({
      url: `${url}/graphql/stream`,
      headers: { authorization: `Bearer ${caller.token}`, ...headers },
      retryAttempts: 0,
    });
    const query = ConsentFeedDocument.toString();
    const told = await toldBy(client.iterate<ConsentFeedSubscription>({ query, variables: { ...variables } }));
    client.dispose();
    return told;
  };

const byPages =
  (first: number): Way =>
  async (reader, after) => {
    const { data, errors } = await reader.caller.raw(TransitionsDocument.toString(), { after, first });
    if (errors) return errors[0].extensions.code === 'BAD_USER_INPUT' ? 'CURSOR_INVALID' : [];
    const { nodes, pageInfo } = data.consentTransitions;
    const page = ids(nodes);
    return pageInfo.hasNextPage ? [...page, ...(await byPages(first)(reader, pageInfo.endCursor))] : page;
  };
const byFullPages = byPages(100);

const ways: readonly (readonly [string, Way])[] = [
  ['WebSocket', bySocket],
  ['event stream, after', byStream((after) => ({ variables: { after } }))],
  ['event stream, Last-Event-ID', byStream((after) => ({ headers: { 'last-event-id': after } }))],
  ['pages', byPages(3)],
];

async function toldBy(
  results: AsyncIterable<{ readonly data?: ConsentFeedSubscription | null }>,
): Promise<readonly string[] | 'CURSOR_INVALID'> {
  const ids: string[] = [];
  for await (const { data } of results) {
    const item: FeedItem | undefined = data?.consentTransitions;
    if (item?.__typename === 'ConsentTransition') ids.push(item.eventId);
    if (item?.__typename === 'FeedReset') return item.reason === 'CURSOR_INVALID' ? item.reason : [];
    if (item?.__typename === 'FeedCheckpoint' && item.caughtUp) return ids;
  }
  throw new Error('the stream ended before it had caught up');
}

const ids = (shown: readonly { readonly eventId: string }[]): readonly string[] => shown.map(({ eventId }) => eventId);

/** The cursor of the first item of a subscription that begins after another: of a checkpoint where nothing follows. */
async function checkpointAfter(after: string): Promise<string> {
  const client = scene.agent.socket();
  const feed = watch(client, ConsentFeedDocument, { after });
  const [item] = (await feed.until(({ length }) => length > 0)).map(({ consentTransitions }) => consentTransitions);
  await client.dispose();
  if (item?.__typename !== 'FeedCheckpoint') throw new Error(`${item?.__typename} is no checkpoint`);
  return item.cursor;
}

/** Cursors of every kind, each with what comes after it. */
async function cursorsOfAllKinds() {
  const start = await scene.head();
  await scene.write(await scene.contact(), 4);
  const whole = await scene.truth(start);
  const first = await scene.agent.ask(TransitionsDocument, { after: start, first: 2 });
  const last = whole.at(-1)?.cursor ?? '';
  return [
    ['of a snapshot', start, ids(whole)],
    ['of a transition', whole[2]?.cursor ?? '', ids(whole).slice(3)],
    ['of a page', first.consentTransitions.pageInfo.endCursor ?? '', ids(whole).slice(2)],
    ['of a checkpoint', await checkpointAfter(last), []],
  ] as const;
}

async function holds(reader: Reader, cursors: Awaited<ReturnType<typeof cursorsOfAllKinds>>): Promise<void> {
  for (const [kind, cursor, rest] of cursors) {
    for (const [way, read] of ways) expect(await read(reader, cursor), `${kind}, by ${way}`).toEqual(rest);
  }
}

describe('a cursor', { timeout: 180_000 }, () => {
  it('is the same for every way to read, at every server of the database, and after a restart', async () => {
    const another = await startAnother();
    const cursors = await cursorsOfAllKinds();
    await holds(here(), cursors);
    await holds(another, cursors);
    await scene.server.restart();
    await holds(here(), cursors);
  });

  it('goes on exactly where it was when the database was restored, with what is written there', async () => {
    const cursors = await cursorsOfAllKinds();
    const copy = await backUp();
    const contact = await scene.contact();
    await scene.write(contact, 3);
    const restored = await startAnother(copy);
    await holds(restored, cursors);

    const [, last] = cursors.at(-1) ?? [];
    const client = restored.caller.socket();
    onTestFinished(() => void client.dispose());
    const feed = watch(client, ConsentFeedDocument, { after: last });
    await restored.caller.ask(SendOptInDocument, { input: { phone: '+16505557001' } });
    await restored.caller.ask(SendOptInDocument, { input: { phone: '+16505557002' } });
    await feed.until((items) => transitionsIn(items).length >= 2);
    expect(ids(transitionsIn(feed.items))).toEqual(await byFullPages(restored, last ?? ''));
  });

  it('from after the backup is refused by the restored database, where a new snapshot goes on', async () => {
    const before = await scene.head();
    await scene.write(await scene.contact(), 2);
    const known = await byFullPages(here(), before);
    const copy = await backUp();
    await scene.write(await scene.contact(), 2);
    const [lost] = (await scene.truth(before)).slice(known.length);
    const restored = await startAnother(copy);

    for (const cursor of [lost?.cursor ?? '', await scene.head()]) {
      for (const [way, read] of ways) expect(await read(restored, cursor), way).toBe('CURSOR_INVALID');
    }

    const { feedCursor } = await restored.caller.ask(SnapshotDocument, {});
    await restored.caller.ask(SendOptInDocument, { input: { phone: '+16505557003' } });
    const written = await byFullPages(restored, feedCursor);
    expect(written).toHaveLength(1);
    for (const [way, read] of ways) {
      expect(await read(restored, feedCursor), way).toEqual(written);
      expect(await read(restored, before), way).toEqual([...(known as readonly string[]), ...written]);
    }
  });

  it('is refused by another organization, and by an installation with another key', async () => {
    await scene.server.organization('globex');
    const stranger = await scene.server.caller('globex');
    const [[, cursor]] = await cursorsOfAllKinds();
    const copy = await backUp();
    await copy.sql`delete from server_keys where name = 'cursor'`;
    const elsewhere = await startAnother(copy);

    for (const [way, read] of ways) {
      expect(await read({ caller: stranger, url: scene.server.url }, cursor), way).toBe('CURSOR_INVALID');
      expect(await read(elsewhere, cursor), way).toBe('CURSOR_INVALID');
    }
  });
});

describe(
  'a snapshot and a subscription after its cursor, while many write at two servers',
  { timeout: 180_000 },
  () => {
    const ROUNDS = 8;
    const BESIDE = 6;

    /** Each contact is asked once, so that its one transition is in the snapshot, or in the stream, or missed. */
    async function start(slug: string) {
      await scene.server.organization(slug);
      const mine = await scene.server.caller(slug);
      const another = await startAnother();
      const callers = [mine, callerWith(mine.token, () => another.url)] as const;
      let asked = 0;
      const write = async (): Promise<void> => {
        asked += 1;
        const caller = callers[asked % 2] ?? mine;
        const phone = `+1650555${String(2000 + asked)}`;
        const { sendOptIn } = await caller.ask(SendOptInDocument, { input: { phone } });
        expect(sendOptIn.userErrors).toEqual([]);
      };
      return { callers, write, asked: () => asked };
    }

    it.each([
      ['before', async (write: () => Promise<void>, snap: () => Promise<void>) => write().then(snap)],
      ['after', async (write: () => Promise<void>, snap: () => Promise<void>) => snap().then(write)],
      [
        'at the same time',
        async (write: () => Promise<void>, snap: () => Promise<void>) => Promise.all([write(), snap()]),
      ],
    ])('miss nothing that is committed %s', async (when, order) => {
      const { callers, write, asked } = await start(`snapshot-${when.replaceAll(' ', '-')}`);
      const clients = callers.map((caller) => caller.socket());
      onTestFinished(() => clients.forEach((client) => void client.dispose()));
      const rounds: { known: readonly string[]; cursor: string; feed: ReturnType<typeof follow> }[] = [];
      const follow = (server: number, after: string) => {
        const client = clients[server];
        if (!client) throw new Error('no such server');
        return watch(client, ConsentFeedDocument, { after });
      };

      for (let round = 0; round < ROUNDS; round += 1) {
        const beside = Promise.all(Array.from({ length: BESIDE }, write));
        await order(write, async () => {
          const { feedCursor, contacts } = await callers[round % 2 === 0 ? 0 : 1].ask(SnapshotDocument, {});
          const known = contacts.nodes.filter(({ consent }) => consent.status === 'PENDING').map(({ id }) => id);
          rounds.push({ known, cursor: feedCursor, feed: follow((round >> 1) % 2, feedCursor) });
        });
        await beside;
      }

      expect(asked()).toBe(ROUNDS * (BESIDE + 1));
      for (const { known, cursor, feed } of rounds) {
        const rest = await byFullPages({ caller: callers[0], url: '' }, cursor);
        await vi.waitUntil(() => transitionsIn(feed.items).length >= rest.length, patience);
        const told = transitionsIn(feed.items);
        expect(ids(told)).toEqual(rest);
        expect(new Set([...known, ...told.map(({ contact }) => contact.id)]).size).toBe(asked());
      }
    });
  },
);

type Transition = Extract<FeedItem, { __typename: 'ConsentTransition' }>;

function transitionsIn(items: readonly ConsentFeedSubscription[]): readonly Transition[] {
  return items
    .map(({ consentTransitions }) => consentTransitions)
    .filter((item) => item.__typename === 'ConsentTransition');
}
