import { CloseCode } from 'graphql-ws';
import { createClient as createStreamClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { callerWith, type TestCaller } from '../support/assent-server.js';
import {
  ConsentFeedDocument,
  FunnelFeedDocument,
  MessageFeedDocument,
  SendOptInDocument,
  SnapshotDocument,
  TransitionsDocument,
  type ConsentFeedSubscription,
  type ConsentFeedSubscriptionVariables,
} from '../support/gql/graphql.js';
import { startJourney, type Journey } from '../support/journey.js';
import { patience } from '../support/patience.js';
import { gate } from '../support/provider-stand-in.js';
import { watch, type Watched } from '../support/subscription.js';

type FeedItem = ConsentFeedSubscription['consentTransitions'];
type Transition = Extract<FeedItem, { __typename: 'ConsentTransition' }>;

let journey: Journey;

beforeAll(async () => {
  journey = await startJourney();
});
afterAll(() => journey.close());

const itemsOf = (feed: Watched<ConsentFeedSubscription>): readonly FeedItem[] =>
  feed.items.map(({ consentTransitions }) => consentTransitions);
const transitionsIn = (items: readonly FeedItem[]): readonly Transition[] =>
  items.filter((item) => item.__typename === 'ConsentTransition');
const isCaughtUp = (items: readonly ConsentFeedSubscription[]): boolean =>
  items.some(({ consentTransitions: item }) => item.__typename === 'FeedCheckpoint' && item.caughtUp);
const cameThrough = (count: number) => (items: readonly ConsentFeedSubscription[]) =>
  transitionsIn(items.map(({ consentTransitions }) => consentTransitions)).length >= count;

/** A socket and its subscription to the feed; it says how the server closed it. */
function follow(variables: ConsentFeedSubscriptionVariables = {}, caller: TestCaller = journey.agent) {
  let closed: (code: number) => void = () => undefined;
  const closeCode = new Promise<number>((resolve) => {
    closed = resolve;
  });
  const client = caller.socket({ on: { closed: (event: { code: number }) => closed(event.code) } });
  const feed = watch(client, ConsentFeedDocument, variables);
  return { feed, closeCode, leave: () => client.dispose() };
}

describe('the feed of consent over WebSocket', () => {
  it('tells each transition in order, then that it has caught up', async () => {
    const { feed, leave } = follow();
    await feed.until(isCaughtUp);
    expect(itemsOf(feed)).toMatchObject([{ __typename: 'FeedCheckpoint', caughtUp: true, lagMs: 0 }]);
    const clara = await journey.asked();
    await journey.presses(clara, clara.accept);
    await journey.becomes(clara, 'OPTED_IN');
    await journey.says(clara, 'stop');
    await feed.until(cameThrough(3));
    expect(transitionsIn(itemsOf(feed))).toMatchObject([
      { contact: { id: clara.id }, contactVersion: 1, from: 'NOT_ASKED', to: 'PENDING', cause: 'OPT_IN_REQUESTED' },
      { contact: { id: clara.id }, contactVersion: 2, from: 'PENDING', to: 'OPTED_IN', cause: 'ACCEPTED' },
      { contact: { id: clara.id }, contactVersion: 3, from: 'OPTED_IN', to: 'OPTED_OUT', cause: 'WITHDRAWN' },
    ]);
    expect(transitionsIn(itemsOf(feed)).every(({ replayed }) => !replayed)).toBe(true);
    await leave();
  });

  it('resumes after a cursor with exactly what was missed', async () => {
    const first = follow();
    await first.feed.until(isCaughtUp);
    const rosa = await journey.asked();
    await first.feed.until(cameThrough(1));
    await first.leave();
    const [seen] = transitionsIn(itemsOf(first.feed));
    await journey.presses(rosa, rosa.decline);
    await journey.becomes(rosa, 'OPTED_OUT');
    await journey.says(rosa, 'yes');
    await journey.becomes(rosa, 'OPTED_IN');
    await vi.waitUntil(async () => (await journey.history(rosa)).length === 3, patience);

    const second = follow({ after: seen?.cursor });
    await second.feed.until(isCaughtUp);

    const missed = itemsOf(second.feed);
    expect(missed).toMatchObject([
      { contact: { id: rosa.id }, contactVersion: 2, to: 'OPTED_OUT', replayed: true },
      { contact: { id: rosa.id }, contactVersion: 3, to: 'OPTED_IN', cause: 'OPTED_IN_AGAIN', replayed: true },
      { __typename: 'FeedCheckpoint', caughtUp: true },
    ]);
    await journey.says(rosa, 'stop');
    await second.feed.until(cameThrough(3));
    expect(itemsOf(second.feed).at(-1)).toMatchObject({ contactVersion: 4, to: 'OPTED_OUT', replayed: false });
    await second.leave();

    const checkpoint = missed.at(-1);
    const third = follow({ after: checkpoint && 'cursor' in checkpoint ? checkpoint.cursor : null });
    await third.feed.until(isCaughtUp);
    expect(itemsOf(third.feed)).toMatchObject([{ contactVersion: 4, replayed: true }, { caughtUp: true }]);
    await third.leave();
  });

  it('goes on after a restart of the server, which closes sockets with 1012', async () => {
    const before = follow();
    await before.feed.until(isCaughtUp);
    const [checkpoint] = itemsOf(before.feed);
    const after = checkpoint && 'cursor' in checkpoint ? checkpoint.cursor : null;
    const rolf = await journey.asked();
    await before.feed.until(cameThrough(1));
    await journey.server.restart();
    expect(await before.closeCode).toBe(1012);
    await before.leave();
    const resumed = follow({ after });
    await resumed.feed.until(isCaughtUp);
    expect(transitionsIn(itemsOf(resumed.feed))).toMatchObject([{ contact: { id: rolf.id }, replayed: true }]);
    await resumed.leave();
  });

  it('answers a cursor that is none with a reset, and ends', async () => {
    for (const after of ['rubbish', Buffer.from('x'.repeat(25)).toString('base64url')]) {
      const { feed, leave } = follow({ after });
      await feed.ended;
      expect(itemsOf(feed)).toMatchObject([{ __typename: 'FeedReset', reason: 'CURSOR_INVALID' }]);
      await leave();
    }
  });

  it('can be narrowed to a contact and to statuses', async () => {
    const [ada, bea] = [await journey.asked(), await journey.asked()];
    await journey.history(bea);
    const ofAda = follow({ contactId: ada.id });
    const ofAgreed = follow({ statuses: ['OPTED_IN'] });
    await Promise.all([ofAda.feed.until(isCaughtUp), ofAgreed.feed.until(isCaughtUp)]);
    await journey.presses(bea, bea.decline);
    await journey.becomes(bea, 'OPTED_OUT');
    await journey.presses(ada, ada.accept);
    await Promise.all([ofAda.feed.until(cameThrough(1)), ofAgreed.feed.until(cameThrough(1))]);
    for (const { feed, leave } of [ofAda, ofAgreed]) {
      expect(transitionsIn(itemsOf(feed))).toMatchObject([{ contact: { id: ada.id }, to: 'OPTED_IN' }]);
      await leave();
    }
  });

  it('misses nothing between a snapshot and its cursor while twenty write', async () => {
    const { server } = journey;
    await server.organization('busy');
    const writers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => server.caller('busy', { sub: `writer-${index}` })),
    );
    const phones = Array.from({ length: 60 }, () => journey.nextPhone());
    const taken = gate();
    const write = async (writer: TestCaller, [first, second, third]: readonly string[]) => {
      await writer.ask(SendOptInDocument, { input: { phone: first } });
      await writer.ask(SendOptInDocument, { input: { phone: second } });
      await taken.opened;
      await writer.ask(SendOptInDocument, { input: { phone: third } });
    };
    const writing = Promise.all(writers.map((writer, index) => write(writer, phones.slice(index * 3, index * 3 + 3))));
    const [reader] = writers;
    if (!reader) throw new Error('no reader');
    const snapshot = await vi.waitUntil(
      async () => {
        const current = await reader.ask(SnapshotDocument, {});
        return current.contacts.nodes.length > 5 ? current : null;
      },
      { interval: 5, timeout: 30_000 },
    );
    taken.open();
    const { feed, leave } = follow({ after: snapshot.feedCursor }, reader);
    await writing;
    const known = snapshot.contacts.nodes.filter(({ consent }) => consent.status === 'PENDING').map(({ id }) => id);
    const told = () => transitionsIn(itemsOf(feed)).map(({ contact }) => contact.id);
    await feed.until(() => new Set([...known, ...told()]).size === phones.length);
    expect(new Set(told()).size).toBe(told().length);
    expect(told().length).toBeGreaterThanOrEqual(writers.length);
    await leave();

    const pages: string[] = [];
    let page = await pageAfter(reader, null);
    pages.push(...page.nodes.map(({ eventId }) => eventId));
    while (page.pageInfo.hasNextPage) {
      page = await pageAfter(reader, page.pageInfo.endCursor);
      pages.push(...page.nodes.map(({ eventId }) => eventId));
    }
    expect(new Set(pages).size).toBe(phones.length);
    expect(pages).toHaveLength(phones.length);
  });

  it('shows another organization nothing', async () => {
    const { server } = journey;
    await server.organization('stranger');
    const stranger = await server.caller('stranger');
    const { feed, leave } = follow({}, stranger);
    await feed.until(isCaughtUp);
    const mine = await journey.optedIn();
    const own = await journey.asked({}, stranger);
    await feed.until(cameThrough(1));
    expect(transitionsIn(itemsOf(feed))).toMatchObject([{ contact: { id: own.id }, contactVersion: 1 }]);
    await leave();

    const spying = follow({ contactId: mine.id }, stranger);
    await expect(spying.feed.ended).rejects.toThrow();
    await spying.leave();
    const { feedCursor } = await journey.agent.ask(SnapshotDocument, {});
    const foreign = follow({ after: feedCursor }, stranger);
    await foreign.feed.ended;
    expect(itemsOf(foreign.feed)).toMatchObject([{ __typename: 'FeedReset', reason: 'CURSOR_INVALID' }]);
    await foreign.leave();
  });
});

async function pageAfter(reader: TestCaller, after: string | null) {
  return (await reader.ask(TransitionsDocument, { after, first: 25 })).consentTransitions;
}

describe('who may listen', () => {
  it('not with a token that is none: the socket closes with 4401', async () => {
    const { feed, closeCode, leave } = follow(
      {},
      callerWith('garbage', () => journey.server.url),
    );
    expect(await closeCode).toBe(CloseCode.Unauthorized);
    await expect(feed.ended).rejects.toThrow();
    await leave();
  });

  it('not with a token that has expired: the socket closes with 4403', async () => {
    const late = await journey.server.caller('acme', { ttl: '1s ago' });
    const { feed, closeCode, leave } = follow({}, late);
    expect(await closeCode).toBe(CloseCode.Forbidden);
    await expect(feed.ended).rejects.toThrow();
    await leave();
  });

  it('no longer than the token is good: an open socket closes with 4403', async () => {
    const brief = await journey.server.caller('acme', { ttl: '6s' });
    const { feed, closeCode, leave } = follow({}, brief);
    await feed.until(isCaughtUp);
    expect(await closeCode).toBe(CloseCode.Forbidden);
    await leave();
  });
});

describe('the updates of one conversation', () => {
  it('show each status of a message, from HELD to DELIVERED', async () => {
    const socket = journey.agent.socket();
    const mona = await journey.asked();
    const updates = watch(socket, MessageFeedDocument, { contactId: mona.id });
    const other = await journey.asked();
    const statusesOf = (body: string) =>
      updates.items.flatMap(({ messageUpdates: message }) => (message.body === body ? [message.status] : []));
    let tries = 0;
    await vi.waitUntil(
      async () => {
        await journey.queue(mona, `are you there ${(tries += 1)}`);
        return updates.items.length > 0;
      },
      { ...patience, interval: 250 },
    );
    await journey.queue(mona, 'watched');
    await journey.queue(other, 'of somebody else');

    await journey.presses(mona, mona.accept);

    await journey.message(mona, 'watched', 'ACCEPTED');
    const send = journey.provider.sendsTo(mona.phone).find(({ body }) => body.text?.body === 'watched');
    await journey.reports(send, 'delivered');
    await updates.until(() => statusesOf('watched').includes('DELIVERED'));
    expect(statusesOf('watched')).toEqual(['HELD', 'QUEUED', 'SENDING', 'ACCEPTED', 'DELIVERED']);
    expect(statusesOf('of somebody else')).toEqual([]);
    expect(updates.items.map(({ messageUpdates: { kind, direction } }) => `${direction} ${kind}`)).toContain(
      'OUTBOUND OPT_IN_CONFIRMATION',
    );
    updates.stop();
    await socket.dispose();
  });
});

describe('the funnel', () => {
  it('tells the counts now, and again when they change', async () => {
    const { server } = journey;
    await server.organization('counting');
    const counter = await server.caller('counting');
    const socket = counter.socket();
    const funnel = watch(socket, FunnelFeedDocument, {});
    await funnel.until(({ length }) => length === 1);
    const none = { notAsked: 0, pending: 0, noResponse: 0, optedIn: 0, optedOut: 0, unreachable: 0, suspended: 0 };
    expect(funnel.items[0]?.consentFunnel).toEqual({ ...none, heldMessages: 0 });
    await journey.ask({}, counter);
    await funnel.until((items) => items.at(-1)?.consentFunnel.pending === 1);
    expect(funnel.items.at(-1)?.consentFunnel).toEqual({ ...none, pending: 1, heldMessages: 0 });
    funnel.stop();
    await socket.dispose();
  });
});

describe('the feed as server-sent events', () => {
  it('tells the same, also after a cursor', async () => {
    const stream = createStreamClient({
      url: `${journey.server.url}/graphql/stream`,
      headers: { authorization: `Bearer ${journey.agent.token}` },
      retryAttempts: 0,
    });
    const { feedCursor } = await journey.agent.ask(SnapshotDocument, {});
    const sara = await journey.optedIn();
    await journey.history(sara);
    const replay = stream.iterate<ConsentFeedSubscription>({
      query: ConsentFeedDocument.toString(),
      variables: { after: feedCursor },
    });
    const items: FeedItem[] = [];
    for await (const { data } of replay) {
      if (data) items.push(data.consentTransitions);
      if (items.length === 3) await journey.says(sara, 'stop');
      if (items.length === 4) break;
    }
    expect(items).toMatchObject([
      { contactVersion: 1, to: 'PENDING', replayed: true },
      { contactVersion: 2, to: 'OPTED_IN', replayed: true },
      { __typename: 'FeedCheckpoint', caughtUp: true },
      { contactVersion: 3, to: 'OPTED_OUT', replayed: false },
    ]);
    stream.dispose();
  });

  it('is refused without a token', async () => {
    const query = encodeURIComponent('subscription { consentFunnel { pending } }');
    const response = await fetch(`${journey.server.url}/graphql/stream?query=${query}`, {
      headers: { accept: 'text/event-stream' },
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });
});
