import { ApolloClient, HttpLink, InMemoryCache, split, type NormalizedCacheObject } from '@apollo/client/core/index.js';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions/index.js';
import { getMainDefinition } from '@apollo/client/utilities/index.js';
import { Kind, OperationTypeNode, type DocumentNode } from 'graphql';
import { createResumingClient, type Connection } from './resuming-client.js';

/**
 * Apollo Client with subscriptions that resume. Subscribe to the feed with `fetchPolicy: 'no-cache'` and select `cursor`: its
 * items are news, and the cache would only keep the last one.
 */
export function createApolloClient(connection: Connection & { readonly httpUrl: string }): {
  readonly client: ApolloClient<NormalizedCacheObject>;
  readonly close: () => void;
} {
  const sockets = createResumingClient(connection);
  const http = new HttpLink({
    uri: connection.httpUrl,
    fetch: async (uri, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${await connection.token()}`);
      return fetch(uri, { ...init, headers });
    },
  });
  const isSubscription = ({ query }: { readonly query: DocumentNode }): boolean => {
    const definition = getMainDefinition(query);
    return definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.SUBSCRIPTION;
  };
  const client = new ApolloClient({
    link: split(isSubscription, new GraphQLWsLink(sockets), http),
    cache: new InMemoryCache(),
  });
  return {
    client,
    close: () => {
      client.stop();
      void sockets.dispose();
    },
  };
}
