import { createClient, type Client } from 'graphql-ws/client';

const LONGEST_WAIT_MS = 30_000;

export type Connection = {
  /** `wss://…/graphql` */
  readonly url: string;
  /** Asked at each connection: give a fresh token when the last one has expired. */
  readonly token: () => Promise<string> | string;
  /** Where there is no global WebSocket: the class of the package "ws". */
  readonly webSocketImpl?: unknown;
};

type FeedResult = { readonly consentTransitions?: { readonly cursor?: string } };

/**
 * A client of graphql-ws that comes back whenever it may, and then continues the feed after the last cursor it received. By
 * itself graphql-ws subscribes again with the variables of the first time, and what happened in between would be lost.
 */
export function createResumingClient({ url, token, webSocketImpl }: Connection): Client {
  const client = createClient({
    url,
    webSocketImpl,
    connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
    retryAttempts: Infinity,
    // Also when nothing listens for a moment, as during a restart. Codes that are final stay final.
    shouldRetry: () => true,
    retryWait: (retries) =>
      new Promise((resolve) => {
        setTimeout(resolve, Math.random() * Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** retries));
      }),
  });
  return {
    ...client,
    subscribe: (payload, sink) => {
      const variables: Record<string, unknown> = { ...payload.variables };
      return client.subscribe<FeedResult>(
        { ...payload, variables },
        {
          ...sink,
          next: (result) => {
            const cursor = result.data?.consentTransitions?.cursor;
            // The payload is written anew at each connection.
            if (cursor !== undefined) variables['after'] = cursor;
            sink.next(result as Parameters<typeof sink.next>[0]);
          },
        },
      );
    },
  };
}
