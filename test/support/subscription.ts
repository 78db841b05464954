import type { Client } from 'graphql-ws';
import { vi } from 'vitest';
import type { TypedDocumentString } from './gql/graphql.js';

/** A subscription whose items a test looks at. */
export type Watched<Result> = {
  /** What has come so far, in order. */
  readonly items: readonly Result[];
  /** Resolves to the items once they are as they should be. */
  readonly until: (isThere: (items: readonly Result[]) => boolean) => Promise<readonly Result[]>;
  /** Resolves when the server ends the stream, rejects with what broke it. */
  readonly ended: Promise<void>;
  readonly stop: () => void;
};

/** Subscribes over a WebSocket. */
export function watch<Result, Variables extends Record<string, unknown>>(
  client: Client,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Watched<Result> {
  const items: Result[] = [];
  let stop = (): void => undefined;
  const ended = new Promise<void>((resolve, reject) => {
    stop = client.subscribe<Result>(
      { query: document.toString(), variables },
      {
        next: ({ data, errors }) => {
          if (errors) reject(new Error(JSON.stringify(errors)));
          if (data) items.push(data);
        },
        error: (error) => {
          reject(error instanceof Error ? error : Object.assign(new Error('the stream was refused'), { cause: error }));
        },
        complete: resolve,
      },
    );
  });
  ended.catch(() => undefined);
  return {
    items,
    ended,
    stop: () => stop(),
    until: async (isThere) => {
      await vi.waitUntil(() => isThere(items), { timeout: 30_000, interval: 10 });
      return items;
    },
  };
}
