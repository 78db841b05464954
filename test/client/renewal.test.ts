import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { consentFeed } from '../../src/client/consent-feed.js';
import { startFeedInMemory } from '../support/feed-in-memory.js';

const DOCUMENT = `subscription ($after: Cursor) { consentTransitions(after: $after) { __typename
  ... on ConsentTransition { cursor eventId contactVersion } ... on FeedCheckpoint { cursor } } }`;

async function follow(
  tokenAfterFirst: (scene: Awaited<ReturnType<typeof startFeedInMemory>>) => Promise<string | null>,
) {
  const scene = await startFeedInMemory();
  onTestFinished(scene.close);
  let asked = 0;
  const interruptions: unknown[] = [];
  const feed = consentFeed({
    url: scene.webSocketUrl,
    webSocketImpl: WebSocket,
    query: DOCUMENT,
    token: () => ((asked += 1) === 1 ? scene.token('acme', { seconds: 4 }) : tokenAfterFirst(scene)),
    backOff: () => 0,
    onInterruption: ({ cause }) => interruptions.push(cause),
  });
  onTestFinished(() => void feed.return());
  const nextTransition = async (): Promise<number> => {
    for await (const item of feed) if (item.__typename === 'ConsentTransition') return item.contactVersion;
    return 0;
  };
  return { scene, feed, asked: () => asked, interruptions, nextTransition };
}

const patience = { timeout: 30_000, interval: 20 };

describe('the client of the feed, whose token ends', () => {
  it('sends a fresh one when the server asks for it, and is not interrupted', async () => {
    const { scene, feed, asked, interruptions } = await follow((now) => now.token('acme', { seconds: 4 }));
    await feed.next();

    await expect.poll(asked, patience).toBe(4);
    scene.record('acme', 1);

    expect(await feed.next()).toMatchObject({ value: { contactVersion: 1 } });
    expect(interruptions).toEqual([]);
    expect(scene.sockets()).toBe(1);
  });

  it.each([
    ['there is none', () => Promise.resolve(null)],
    ['none can be had', () => Promise.reject(new Error('the login is away'))],
  ])('is let out when %s, and comes back by itself', async (_, nothing) => {
    let tries = 0;
    const { scene, feed, interruptions, nextTransition } = await follow((now) =>
      (tries += 1) === 1 ? nothing() : now.token('acme'),
    );
    await feed.next();
    const item = nextTransition();

    await expect.poll(() => interruptions, patience).toMatchObject([{ code: 4403 }]);
    scene.record('acme', 1);

    expect(await item).toBe(1);
  });
});
