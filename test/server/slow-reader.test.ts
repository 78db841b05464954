import { once } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startFeedInMemory } from '../support/feed-in-memory.js';

type Json = ReturnType<typeof JSON.parse>;
const patience = { timeout: 30_000, interval: 20 };
/** Long enough to fill every buffer on the way soon. */
const padding = Array.from({ length: 48 }, (_, index) => `${'a'.repeat(20)}${index}: eventId`).join(' ');
const document = `subscription ($after: Cursor) { consentTransitions(after: $after) {
  ... on ConsentTransition { cursor contactVersion ${padding} } ... on FeedCheckpoint { cursor caughtUp } } }`;

it('is told how far it came and closed with 1013, costs bounded memory meanwhile, and resumes without a gap', async () => {
  const scene = await startFeedInMemory({ pingMs: 60_000, patienceMs: 500 });
  onTestFinished(scene.close);
  const authorization = `Bearer ${await scene.token('acme')}`;

  async function follow(after: string | null) {
    const socket = new WebSocket(scene.webSocketUrl, 'graphql-transport-ws');
    onTestFinished(() => socket.terminate());
    const messages: Json[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
    const closed = once(socket, 'close');
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
    await vi.waitUntil(() => messages.length === 1, patience);
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: document, variables: { after } } }));
    await vi.waitUntil(() => messages.length > 1, patience);
    const items = (): Json[] => messages.flatMap(({ payload }) => payload?.data?.consentTransitions ?? []);
    const versions = (): number[] => items().flatMap(({ contactVersion }) => contactVersion ?? []);
    return { socket, messages, closed, items, versions };
  }

  const quick = await follow(null);
  const slow = await follow(null);
  slow.socket.pause();
  for (let sent = 0; sent < 20_000; sent += 500) {
    scene.record('acme', 500);
    await vi.waitUntil(() => quick.versions().length === sent + 500, patience);
  }
  slow.socket.resume();

  expect((await slow.closed)[0]).toBe(1013);
  const told = slow.messages.findLast(({ payload }) => payload?.errors !== undefined)?.payload.errors[0];
  expect(told.extensions.code).toBe('SLOW_CONSUMER');
  const got = slow.versions();
  expect(got).toEqual(got.map((_, index) => index + 1));
  expect(got.length).toBeLessThan(20_000);

  const resumed = await follow(told.extensions.cursor);
  await vi.waitUntil(() => resumed.items().some(({ caughtUp }) => caughtUp), patience);
  expect([...got, ...resumed.versions()]).toEqual(quick.versions());
});
