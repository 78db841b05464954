import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  consentFeed,
  ConsentFeedError,
  type ConsentFeed,
  type ConsentFeedOptions,
} from '../../src/client/consent-feed.js';
import { startFeedScene, versionsByContact, type FeedScene, type Shown } from '../support/feed-scene.js';
import type { Cut } from '../support/flaky-proxy.js';
import { freePort } from '../support/free-port.js';

const CUTS: readonly Cut[] = ['DEAD', 1012, 1013, 4403, 1001, 'DEAD', 1000];
const RECONNECTS = 200;
const patience = { timeout: 30_000, interval: 10 };

let scene: FeedScene;
beforeAll(async () => {
  scene = await startFeedScene();
});
afterAll(() => scene.close());

function follow(options: Partial<ConsentFeedOptions> = {}): ConsentFeed {
  const feed = consentFeed({
    url: scene.proxy.url,
    token: () => scene.agent.token,
    webSocketImpl: WebSocket,
    backOff: () => 1,
    ...options,
  });
  onTestFinished(async () => void (await feed.return()));
  return feed;
}

/** Reads on until a transition satisfies the test; the transitions up to it. */
async function transitionsUntil(
  feed: ConsentFeed,
  isLast: (transition: Shown, read: readonly Shown[]) => boolean | Promise<boolean>,
): Promise<readonly Shown[]> {
  const read: Shown[] = [];
  for (let next = await feed.next(); !next.done; next = await feed.next()) {
    if (next.value.__typename !== 'ConsentTransition') continue;
    read.push(next.value);
    if (await isLast(next.value, read)) break;
  }
  return read;
}

const isLastOf =
  (whole: readonly Shown[]) =>
  ({ eventId }: Shown): boolean =>
    eventId === whole.at(-1)?.eventId;

const ids = (transitions: readonly Shown[]): readonly string[] => transitions.map(({ eventId }) => eventId);

describe('following the feed', () => {
  it('hands over each transition once and in order over 200 broken connections while others write', async () => {
    const { proxy, head, truth, contact, write } = scene;
    const start = await head();
    const before = proxy.count();
    let writing = true;
    const writers = Array.from({ length: 2 }, async () => {
      const id = await contact();
      while (writing) await write(id, 2);
    });
    const feed = follow({ after: start });
    const read: Shown[] = [];
    for (let cuts = 0; cuts < RECONNECTS;) {
      const { value: item } = await feed.next();
      if (item?.__typename === 'ConsentTransition') read.push(item);
      if (proxy.count() - before > cuts) cuts += proxy.cut(CUTS[cuts % CUTS.length] ?? 'DEAD');
    }
    writing = false;
    await Promise.all(writers);
    const whole = await truth(start);
    if (read.length < whole.length) read.push(...(await transitionsUntil(feed, isLastOf(whole))));

    expect(proxy.count() - before).toBeGreaterThan(RECONNECTS);
    expect(whole.length).toBeGreaterThan(100);
    expect(ids(read)).toEqual(ids(whole));
    for (const versions of versionsByContact(read)) {
      expect(versions).toEqual(versions.map((_, index) => index + 1));
    }
  }, 180_000);

  it('costs a consumer that pauses bounded memory and no item', async () => {
    const { proxy, head, truth, contact, write } = scene;
    const start = await head();
    await Promise.all(Array.from({ length: 6 }, async () => write(await contact(), 20)));
    const feed = follow({ after: start, readAhead: 50 });
    const connections = proxy.count();

    const first = await transitionsUntil(feed, () => true);
    await vi.waitFor(() => expect(proxy.cut('DEAD')).toBe(0), patience);
    const whole = await truth(start);
    const rest = await transitionsUntil(feed, isLastOf(whole));

    expect(whole.length).toBe(126);
    expect(ids([...first, ...rest])).toEqual(ids(whole));
    expect(proxy.count() - connections).toBeGreaterThan(1);
  });

  it('takes up where another left off', async () => {
    const { head, contact, write } = scene;
    const start = await head();
    await write(await contact(), 4);
    const earlier = follow({ after: start });
    const first = await transitionsUntil(earlier, (_, { length }) => length === 2);
    expect(earlier.cursor).toBe(first[1]?.cursor);
    await earlier.return();

    const later = await transitionsUntil(follow({ after: earlier.cursor }), (_, { length }) => length === 3);

    expect([...first, ...later].map(({ contactVersion }) => contactVersion)).toEqual([1, 2, 3, 4, 5]);
  });

  it('begins with a checkpoint when no cursor is given, and keeps to its filter', async () => {
    const { proxy, contact, write } = scene;
    const id = await contact();
    const feed = follow({ contactId: id, statuses: ['OPTED_OUT'] });
    expect((await feed.next()).value).toMatchObject({ __typename: 'FeedCheckpoint', caughtUp: true });
    expect(feed.cursor).not.toBeNull();
    proxy.cut('DEAD');

    await Promise.all([write(id, 4), contact()]);
    const read = await transitionsUntil(feed, (_, { length }) => length === 2);

    expect(read.map(({ contact: of, contactVersion }) => [of.id, contactVersion])).toEqual([
      [id, 3],
      [id, 5],
    ]);
  });

  it('hands over each item once even where the server repeats some', async () => {
    const { head, contact, write, truth, proxy } = scene;
    const start = await head();
    await write(await contact(), 3);
    const repeated: string[] = [];
    // A server that forgets where each subscriber was.
    const query = `subscription { consentTransitions(after: ${JSON.stringify(start)}) { __typename
      ... on ConsentTransition { cursor eventId contactVersion contact { id } } ... on FeedCheckpoint { cursor } } }`;
    const feed = follow({ query, onDuplicate: ({ eventId }) => repeated.push(eventId) });

    const first = await transitionsUntil(feed, (_, { length }) => length === 4);
    proxy.cut('DEAD');
    await write(await contact(), 0);
    const rest = await transitionsUntil(feed, () => true);

    expect(ids([...first, ...rest])).toEqual(ids(await truth(start)));
    expect(repeated).toEqual(ids(first));
  });

  it('replaces a token that has expired when it connects, and one that ends while it is connected', async () => {
    const { server, proxy, head, contact, agent } = scene;
    const [expired, brief] = await Promise.all([
      server.caller('acme', { ttl: '10s ago' }),
      server.caller('acme', { ttl: '6s' }),
    ]);
    const tokens = [expired.token, brief.token];
    const causes: unknown[] = [];
    const asked = vi.fn(async () => tokens.shift() ?? agent.token);
    const before = proxy.count();
    const feed = follow({
      after: await head(),
      token: asked,
      onInterruption: ({ cause }) => causes.push((cause as { readonly code: unknown }).code),
    });
    const read = transitionsUntil(feed, (_, { length }) => length === 2);
    await contact();
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(3), patience);
    await contact();

    expect(versionsByContact(await read)).toEqual([[1], [1]]);
    expect(proxy.count() - before).toBe(2);
    expect(causes).toEqual([4403]);
  });

  it('gives up a connection that has fallen silent', async () => {
    const { proxy, head, contact } = scene;
    const feed = follow({ after: await head(), silenceMs: 300 });
    await feed.next();
    proxy.setMuted(true);
    const before = proxy.count();
    const read = transitionsUntil(feed, () => true);
    await contact();
    await vi.waitFor(() => expect(proxy.count()).toBeGreaterThan(before), patience);
    proxy.setMuted(false);

    expect(await read).toHaveLength(1);
  });

  it('leaves at once, also while it waits for an item', async () => {
    const { proxy } = scene;
    const feed = follow();
    await feed.next();
    const waiting = feed.next();
    await feed.return();

    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await feed.next()).toEqual({ done: true, value: undefined });
    await vi.waitFor(() => expect(proxy.cut('DEAD')).toBe(0), patience);
  });
});

describe('an end', () => {
  it('comes after a reset, which is handed over', async () => {
    const feed = follow({ after: 'no cursor of this feed' });

    expect((await feed.next()).value).toMatchObject({ __typename: 'FeedReset', reason: 'CURSOR_INVALID' });
    expect(await feed.next()).toEqual({ done: true, value: undefined });
  });

  it.each([
    ['a token that no one signed', { token: () => 'nonsense' }, '4401'],
    ['a contact of nobody', { contactId: 'unknown' }, 'contact'],
    ['a document that is none', { query: 'subscription { nothing }' }, 'Cannot query field "nothing"'],
    [
      'a document without cursors',
      { query: 'subscription { consentTransitions { __typename } }' },
      'must select the cursor of FeedCheckpoint',
    ],
  ])('comes with an error for %s', async (_, options, reason) => {
    const failure: unknown = await follow(options)
      .next()
      .catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(ConsentFeedError);
    expect(String(failure)).toContain(reason);
  });
});

describe('a restart of the server', () => {
  it('is bridged without a loss', async () => {
    const port = await freePort();
    const fixed = await startFeedScene({ PORT: String(port) });
    onTestFinished(() => fixed.close());
    const start = await fixed.head();
    const causes: unknown[] = [];
    const feed = follow({
      url: `${fixed.server.url}/graphql`,
      token: () => fixed.agent.token,
      after: start,
      backOff: () => 20,
      onInterruption: ({ cause }) => causes.push((cause as { readonly code?: unknown }).code),
    });
    const id = await fixed.contact();
    const read = transitionsUntil(feed, (_, { length }) => length === 9);
    await fixed.write(id, 4);
    await fixed.server.restart();
    await fixed.write(id, 4);

    expect((await read).map(({ contactVersion }) => contactVersion)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(causes[0]).toBe(1012);
  });
});
