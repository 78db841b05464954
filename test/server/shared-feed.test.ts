import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { TestCaller } from '../support/assent-server.js';
import { startJourney, type Journey } from '../support/journey.js';
import { patience } from '../support/patience.js';

/** JSON that a test asked for; a wrong shape fails its assertions. */
type Json = ReturnType<typeof JSON.parse>;

/** Makes an event long, so that a reader who doesn't read fills every buffer on the way soon. */
const long = Array.from({ length: 20 }, (_, index) => `n${index}: composer { notice heldCount mode }`).join(' ');

const document = `subscription ($after: Cursor) {
  consentTransitions(after: $after) {
    __typename
    ... on ConsentTransition { cursor contactVersion to replayed contact { name phone composer { notice } ${long} } }
    ... on FeedCheckpoint { cursor }
  }
}`;

let journey: Journey;
beforeAll(async () => {
  journey = await startJourney();
  await journey.server.organization('globex');
});
afterAll(() => journey.close());

/** A client that speaks the protocol by hand, so that it can choose its ids and stop reading. */
async function connect(caller: TestCaller) {
  const socket = new WebSocket(`${journey.server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const messages: Json[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${caller.token}` } }));
  await vi.waitUntil(() => messages.some(({ type }) => type === 'connection_ack'), patience);
  const results = (id: string): Json[] =>
    messages.filter((message) => message.type === 'next' && message.id === id).map(({ payload }) => payload);
  const transitions = (id: string): Json[] =>
    results(id)
      .map(({ data }) => data?.consentTransitions)
      .filter((item) => item?.__typename === 'ConsentTransition');
  return {
    socket,
    messages,
    results,
    transitions,
    subscribe: async (id: string, variables: object = {}, query = document) => {
      socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }));
      await vi.waitUntil(() => results(id).length > 0, { timeout: 30_000 });
    },
  };
}

const record = `mutation ($input: RecordConsentInput!) { recordConsent(input: $input) { userErrors { code } } }`;
const recordConsent = (contactId: string) =>
  journey.agent.ask(record, { input: { contactId, source: 'PAPER', reference: 'x'.repeat(20) } });

it('gives those who ask alike what is theirs: never another organization’s, nor another language’s', async () => {
  const [agent, spanish, supervisor, stranger] = await Promise.all([
    connect(journey.agent),
    connect(await journey.server.caller('acme', { sub: 'spanish', locale: 'es' })),
    connect(await journey.server.caller('acme', { sub: 'supervisor', role: 'supervisor' })),
    connect(await journey.server.caller('globex', { sub: 'agent-1' })),
  ]);
  await Promise.all([agent, spanish, supervisor, stranger].map((client) => client.subscribe('1')));
  await agent.subscribe('an id of its own: "quoted" ü');

  const asked = await journey.asked();

  await vi.waitUntil(
    () => [agent, spanish, supervisor].every((client) => client.transitions('1').length === 1),
    patience,
  );
  await vi.waitUntil(() => agent.transitions('an id of its own: "quoted" ü').length === 1, patience);
  const noticeOf = (client: typeof agent): string => client.transitions('1')[0].contact.composer.notice;
  expect(agent.transitions('1')[0]).toMatchObject({ to: 'PENDING', replayed: false, contact: { phone: asked.phone } });
  expect(noticeOf(supervisor)).toBe(noticeOf(agent));
  expect(noticeOf(spanish)).not.toBe(noticeOf(agent));
  expect(agent.transitions('an id of its own: "quoted" ü')).toEqual(agent.transitions('1'));
  expect(stranger.transitions('1')).toEqual([]);
  expect(JSON.stringify(stranger.messages)).not.toContain(asked.phone);
  for (const { socket } of [agent, spanish, supervisor, stranger]) socket.terminate();
});

it('refuses another organization’s cursor, whatever group it would join', async () => {
  const agent = await connect(journey.agent);
  await agent.subscribe('mine');
  const cursor: string = agent.results('mine')[0].data.consentTransitions.cursor;
  const stranger = await connect(await journey.server.caller('globex'));

  await stranger.subscribe('theirs', { after: cursor });

  expect(stranger.results('theirs')[0].data.consentTransitions).toEqual({ __typename: 'FeedReset' });
  for (const { socket } of [agent, stranger]) socket.terminate();
});

describe('the messages of a conversation and the funnel', () => {
  const conversation = `subscription ($contactId: ID!) { messageUpdates(contactId: $contactId) { body status } }`;
  const funnel = 'subscription { consentFunnel { pending heldMessages } }';
  const heard = (client: Awaited<ReturnType<typeof connect>>, id: string): Json[] =>
    client.results(id).map(({ data }) => Object.values(data ?? {})[0]);

  it('are told to all of the organization who ask alike, and to nobody else', async () => {
    const asked = await journey.asked();
    const [one, other, stranger] = await Promise.all([
      connect(journey.agent),
      connect(await journey.server.caller('acme', { sub: 'agent-2' })),
      connect(await journey.server.caller('globex')),
    ]);
    for (const client of [one, other, stranger]) {
      const variables = { contactId: asked.id };
      client.socket.send(
        JSON.stringify({ id: 'talk', type: 'subscribe', payload: { query: conversation, variables } }),
      );
      await client.subscribe('counts', {}, funnel);
    }
    await vi.waitUntil(() => stranger.results('talk').length === 1, patience);
    expect(stranger.results('talk')[0].errors[0].extensions.code).toBe('BAD_USER_INPUT');

    await journey.queue(asked, 'only for ours');

    for (const client of [one, other]) {
      await vi.waitUntil(() => heard(client, 'talk').length === 1, patience);
      await vi.waitUntil(() => heard(client, 'counts').at(-1).heldMessages > 0, patience);
      expect(heard(client, 'talk')).toEqual([{ body: 'only for ours', status: 'HELD' }]);
    }
    expect(heard(stranger, 'counts')).toEqual([{ pending: 0, heldMessages: 0 }]);
    expect(JSON.stringify(stranger.messages)).not.toContain('only for ours');
    for (const { socket } of [one, other, stranger]) socket.terminate();
  });

  it('are read once, however many listen', async () => {
    const asked = await journey.asked();
    const clients = await Promise.all(
      Array.from({ length: 10 }, async (_, index) =>
        connect(await journey.server.caller('acme', { sub: `listener-${index}` })),
      ),
    );
    for (const client of clients) await client.subscribe('counts', {}, funnel);
    const heldBy = (client: (typeof clients)[number]): readonly number[] =>
      heard(client, 'counts').map(({ heldMessages }) => heldMessages);
    const [before = 0] = clients.flatMap((client) => heldBy(client).slice(-1));
    for (let n = 0; n < 20; n += 1) await journey.queue(asked, `number ${n}`);
    await vi.waitUntil(() => clients.every((client) => heldBy(client).at(-1) === before + 20), patience);
    const told = clients.map((client) => heldBy(client).filter((held) => held > before));
    for (const counts of told) expect(counts).toEqual(told[0]);
    for (const { socket } of clients) socket.terminate();
  });
});

it('lets a reader that stops reading catch up without a gap, while the others go on', async () => {
  const contact = await journey.asked();
  const [slow, quick] = await Promise.all([connect(journey.agent), connect(journey.agent)]);
  // Many operations on one socket fill it soon.
  const ids = Array.from({ length: 40 }, (_, index) => `op-${index}`);
  await Promise.all(ids.map((id) => slow.subscribe(id)));
  await quick.subscribe('quick');
  slow.socket.pause();

  const count = 100;
  await Promise.all(Array.from({ length: count }, () => recordConsent(contact.id)));
  await vi.waitUntil(() => quick.transitions('quick').length === count, { timeout: 30_000 });
  slow.socket.resume();

  await vi.waitUntil(() => ids.every((id) => slow.transitions(id).length >= count), { timeout: 30_000, interval: 50 });
  const versions = quick.transitions('quick').map(({ contactVersion }) => contactVersion);
  expect(versions).toEqual(Array.from({ length: count }, (_, index) => versions[0] + index));
  for (const id of ids) {
    expect(slow.transitions(id).map(({ contactVersion }) => contactVersion)).toEqual(versions);
  }
  for (const { socket } of [slow, quick]) socket.terminate();
});
