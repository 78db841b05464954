import { once } from 'node:events';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startFeedInMemory } from '../support/feed-in-memory.js';

type Json = ReturnType<typeof JSON.parse>;

const patience = { timeout: 30_000, interval: 10 };
const query = `subscription ($after: Cursor) { consentTransitions(after: $after) {
  __typename ... on ConsentTransition { eventId contactVersion cursor } ... on FeedCheckpoint { cursor } ... on FeedReset { reason } } }`;

/** Everybody asks with the same document and the same id, and may claim in the variables and extensions to be another. */
it('subscribers who ask in the same words get what is their organization’s, whatever role or key they have', async () => {
  const scene = await startFeedInMemory();
  onTestFinished(scene.close);

  async function subscriber(credential: string, after: string | null = null) {
    const socket = new WebSocket(scene.webSocketUrl, 'graphql-transport-ws');
    onTestFinished(() => socket.terminate());
    const messages: Json[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
    await once(socket, 'open');
    const claim = { organizationId: 'acme', role: 'admin', scopes: ['read', 'write'] };
    const send = (message: object): void => socket.send(JSON.stringify(message));
    send({ type: 'connection_init', payload: { authorization: `Bearer ${credential}`, ...claim } });
    await vi.waitUntil(() => messages.some(({ type }) => type === 'connection_ack'), patience);
    const variables = { after, ...claim };
    send({ id: '1', type: 'subscribe', payload: { query, variables, extensions: claim } });
    await vi.waitUntil(() => messages.some(({ type }) => type === 'next' || type === 'error'), patience);
    const items = (): Json[] => messages.filter(({ type }) => type === 'next').map(({ payload }) => payload.data);
    return {
      messages,
      first: () => items()[0]?.consentTransitions,
      versions: (): number[] => items().flatMap((data) => data?.consentTransitions?.contactVersion ?? []),
    };
  }

  const acme = await Promise.all([
    scene.token('acme').then((token) => subscriber(token)),
    scene.token('acme', { role: 'supervisor', sub: 'sue' }).then((token) => subscriber(token)),
    subscriber(scene.key('acme', ['read'])),
    subscriber(scene.key('acme', ['read', 'write'])),
  ]);
  const globex = await Promise.all([
    scene.token('globex').then((token) => subscriber(token)),
    scene.token('globex', { role: 'admin', sub: 'agent-1' }).then((token) => subscriber(token)),
    subscriber(scene.key('globex', ['read'])),
  ]);
  const writesOnly = await subscriber(scene.key('acme', ['write']));
  const cursor: string = acme[0]?.first().cursor;
  const thief = await subscriber(await scene.token('globex'), cursor);

  scene.record('acme', 3);
  await vi.waitUntil(() => acme.every(({ versions }) => versions().length === 3), patience);
  scene.record('globex', 1);
  await vi.waitUntil(() => globex.every(({ versions }) => versions().length === 1), patience);

  for (const { versions } of acme) expect(versions()).toEqual([1, 2, 3]);
  for (const { versions } of globex) expect(versions()).toEqual([1]);
  expect(thief.first()).toEqual({ __typename: 'FeedReset', reason: 'CURSOR_INVALID' });
  expect(thief.versions()).toEqual([]);
  expect(JSON.stringify(writesOnly.messages)).toContain('FORBIDDEN');
  expect(writesOnly.versions()).toEqual([]);
  const ofAcme = new Set(acme[0]?.messages.flatMap(({ payload }) => payload?.data?.consentTransitions?.eventId ?? []));
  expect(ofAcme.size).toBe(3);
  for (const { messages } of [...globex, thief, writesOnly]) {
    for (const eventId of ofAcme) expect(JSON.stringify(messages)).not.toContain(eventId);
  }
});
