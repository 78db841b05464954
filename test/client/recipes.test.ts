import { gql } from '@apollo/client/core/index.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { subscribe } from 'wonka';
import { WebSocket } from 'ws';
import { createApolloClient } from '../../examples/subscribe/apollo.js';
import type { Connection } from '../../examples/subscribe/resuming-client.js';
import { createUrqlClient } from '../../examples/subscribe/urql.js';
import { startFeedScene, type FeedScene, type Shown } from '../support/feed-scene.js';
import { patience } from '../support/patience.js';

const FEED = `subscription Feed($after: Cursor) { consentTransitions(after: $after) {
  __typename
  ... on ConsentTransition { cursor eventId contactVersion contact { id } }
  ... on FeedCheckpoint { cursor } } }`;

type Follower = { readonly ask: () => Promise<unknown>; readonly stop: () => void };
type Follow = (
  connection: Connection & { readonly httpUrl: string },
  after: string,
  next: (data: { readonly consentTransitions: { readonly __typename: string } & Shown }) => void,
) => Follower;

const apollo: Follow = (connection, after, next) => {
  const { client, close } = createApolloClient(connection);
  client
    .subscribe({ query: gql(FEED), variables: { after }, fetchPolicy: 'no-cache' })
    .subscribe(({ data }) => next(data));
  return {
    ask: async () => (await client.query({ query: gql('query Head { feedCursor }') })).data.feedCursor,
    stop: close,
  };
};

const urql: Follow = (connection, after, next) => {
  const { client, close } = createUrqlClient(connection);
  const { unsubscribe } = subscribe<{ readonly data?: Parameters<typeof next>[0] }>(({ data }) => data && next(data))(
    client.subscription(FEED, { after }),
  );
  return {
    ask: async () => (await client.query('query Head { feedCursor }', {}).toPromise()).data.feedCursor,
    stop: () => {
      unsubscribe();
      close();
    },
  };
};

let scene: FeedScene;
beforeAll(async () => {
  scene = await startFeedScene();
});
afterAll(() => scene.close());

describe.each([
  ['Apollo Client', apollo],
  ['urql', urql],
])('the recipe for %s', (_, follow) => {
  it('resumes without a loss after a killed socket, a restart and an expired token', async () => {
    const { proxy, server, agent, head, contact, write, truth } = scene;
    const start = await head();
    const expired = await server.caller('acme', { ttl: '10s ago' });
    const tokens = [agent.token, agent.token, agent.token, expired.token];
    const received: string[] = [];
    const follower = follow(
      {
        url: proxy.url,
        httpUrl: `${server.url}/graphql`,
        token: () => tokens.shift() ?? agent.token,
        webSocketImpl: WebSocket,
      },
      start,
      ({ consentTransitions: item }) => {
        if (item.__typename === 'ConsentTransition') received.push(item.eventId);
      },
    );
    onTestFinished(() => follower.stop());
    const id = await contact();
    for (const [turn, how] of (['DEAD', 1012, 4403] as const).entries()) {
      await vi.waitFor(() => expect(received).toHaveLength(1 + 2 * turn), patience);
      proxy.cut(how);
      await write(id, 2);
    }
    const whole = (await truth(start)).map(({ eventId }) => eventId);
    await vi.waitFor(() => expect(received.at(-1)).toBe(whole.at(-1)), patience);

    expect(received).toEqual(whole);
    expect(whole).toHaveLength(7);
    expect(await follower.ask()).toBe(await head());
  }, 120_000);
});
