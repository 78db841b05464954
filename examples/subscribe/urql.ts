import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { createResumingClient, type Connection } from './resuming-client.js';

/** urql with subscriptions that resume. Select `cursor` in the documents of the feed. */
export function createUrqlClient(connection: Connection & { readonly httpUrl: string }): {
  readonly client: Client;
  readonly close: () => void;
} {
  const sockets = createResumingClient(connection);
  const client = new Client({
    url: connection.httpUrl,
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${await connection.token()}`);
      return fetch(input, { ...init, headers });
    },
    preferGetMethod: false,
    exchanges: [
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables, operationName, extensions }) => ({
          subscribe: (sink) => ({
            unsubscribe: sockets.subscribe({ query, variables, operationName, extensions }, sink),
          }),
        }),
      }),
      fetchExchange,
    ],
  });
  return { client, close: () => void sockets.dispose() };
}
