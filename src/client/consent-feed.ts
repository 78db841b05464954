import { connectFeed, type FeedConnection, type ReceivedItem } from './feed-connection.js';

const READ_AHEAD = 1_000;
const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** The server repeats at most what a broken connection may not have delivered: the latest. */
const REMEMBERED = 1_000;

const DOCUMENT = `subscription ConsentFeed($after: Cursor, $contactId: ID, $statuses: [ConsentStatus!]) {
  consentTransitions(after: $after, contactId: $contactId, statuses: $statuses) {
    __typename
    ... on ConsentTransition {
      cursor eventId contact { id } contactVersion from to cause occurredAt recordedAt replayed
    }
    ... on FeedCheckpoint { cursor caughtUp lagMs at }
    ... on FeedReset { reason oldestCursor }
  }
}`;

/** A transition as the document that is used by default selects it. */
export type ConsentTransition = {
  readonly cursor: string;
  readonly eventId: string;
  readonly contact: { readonly id: string };
  readonly contactVersion: number;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly replayed: boolean;
};

/** What the feed hands over. After a FeedReset it ends: take a new snapshot, then follow from its `feedCursor`. */
export type ConsentFeedItem<Transition = ConsentTransition> =
  | ({ readonly __typename: 'ConsentTransition' } & Transition)
  | {
      readonly __typename: 'FeedCheckpoint';
      readonly cursor: string;
      readonly caughtUp: boolean;
      readonly lagMs: number;
      readonly at: string;
    }
  | { readonly __typename: 'FeedReset'; readonly reason: string; readonly oldestCursor: string | null };

export type ConsentFeed<Transition = ConsentTransition> = AsyncIterableIterator<ConsentFeedItem<Transition>> & {
  /** The place of the last item handed over. Keep it once that item has been dealt with, and begin after it next time. */
  readonly cursor: string | null;
  /** Leaves the feed at once, also while an item is waited for. */
  readonly return: () => Promise<IteratorResult<ConsentFeedItem<Transition>>>;
};

/** The feed was refused for good; `cause` is the close event or the list of GraphQL errors that said so. */
export class ConsentFeedError extends Error {
  override readonly name = 'ConsentFeedError';
}

export type ConsentFeedOptions<Transition = ConsentTransition> = {
  /** Of the GraphQL endpoint: `wss://…/graphql`, or the same with `https`. */
  readonly url: string;
  /** Asked at each connection, and before the token of one ends, so that a fresh one takes its place; null goes without. */
  readonly token: () => Promise<string | null> | string | null;
  /** Left out, the stream begins with its first item, a checkpoint at the latest. */
  readonly after?: string | null | undefined;
  readonly contactId?: string | undefined;
  readonly statuses?: readonly string[] | undefined;
  /** A document of your own. It takes `$after` and selects `__typename`, each `cursor` and the `eventId`. */
  readonly query?: string;
  /** Needed where there is no global WebSocket: the class of the package "ws". */
  readonly webSocketImpl?: unknown;
  /** Items received while earlier ones are dealt with; at so many the connection is left, and resumed when they are used up. */
  readonly readAhead?: number;
  /** After so much silence a connection is taken for dead; the server speaks every 15 s at least. */
  readonly silenceMs?: number;
  /** Milliseconds to wait before the next attempt, after so many that brought nothing; random by default. */
  readonly backOff?: (failures: number) => number;
  /** Told why a connection was lost, before the next attempt. */
  readonly onInterruption?: (interruption: { readonly cause: unknown; readonly retryInMs: number }) => void;
  /** Told of a transition that came again and is therefore not handed over. */
  readonly onDuplicate?: (transition: Transition) => void;
};

/**
 * The consent transitions of an organization. Each is handed over once, in the order of the feed, without a gap, however often
 * the connection breaks: after a restart, an overload, an expired token or a dead network it resumes by itself. Nothing is
 * connected before the first item is asked for; a consumer that pauses costs bounded memory and loses nothing. It ends after
 * a FeedReset, and throws a ConsentFeedError when coming back can never succeed.
 */
export function consentFeed<Transition = ConsentTransition>(
  options: ConsentFeedOptions<Transition>,
): ConsentFeed<Transition> {
  const { token, contactId, statuses, query = DOCUMENT, webSocketImpl } = options;
  const { readAhead = READ_AHEAD, silenceMs = SILENCE_MS, backOff = randomWait } = options;
  const url = new URL(options.url.replace(/^http/, 'ws')).href;
  const seen = new Set<unknown>();
  let cursor = options.after ?? null;
  let closed = false;
  let connection: FeedConnection | null = null;
  let failures = 0;
  let endPause = (): void => undefined;

  async function* follow(): AsyncGenerator<ConsentFeedItem<Transition>, undefined> {
    while (!closed) {
      const variables = { after: cursor, contactId, statuses };
      connection = connectFeed({ url, webSocketImpl, token, query, variables, readAhead, silenceMs });
      try {
        yield* itemsOf(connection);
      } finally {
        connection.close();
      }
      await recover(connection);
    }
  }

  async function* itemsOf({ next }: FeedConnection): AsyncGenerator<ConsentFeedItem<Transition>, undefined> {
    for (let received = await next(); received !== null; received = await next()) {
      failures = 0;
      const item = readItem<Transition>(received);
      if (item === null) continue;
      if (item.__typename === 'FeedReset') leave();
      else cursor = String(received.cursor);
      if (item.__typename === 'ConsentTransition' && isRepetition(received)) options.onDuplicate?.(item);
      else yield item;
    }
  }

  function isRepetition({ eventId, cursor: place }: ReceivedItem): boolean {
    const key = eventId ?? place;
    if (seen.has(key)) return true;
    seen.add(key);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
    return false;
  }

  async function recover({ ending }: FeedConnection): Promise<void> {
    const why = ending();
    if (closed || !why || why.kind === 'LEFT') return;
    if (why.kind === 'REFUSED') throw new ConsentFeedError(`the feed was refused: ${sentence(why.cause)}`, why);
    const retryInMs = Math.max(backOff(failures), why.retryAfterMs ?? 0);
    failures += 1;
    options.onInterruption?.({ cause: why.cause, retryInMs });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, retryInMs);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function leave(): void {
    closed = true;
    connection?.close();
    endPause();
  }

  const items = follow();
  return {
    get cursor() {
      return cursor;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => items.next(),
    return: () => {
      leave();
      return items.return(undefined);
    },
  };
}

function readItem<Transition>(item: ReceivedItem): ConsentFeedItem<Transition> | null {
  const { __typename: kind, cursor } = item;
  if (kind === undefined) throw new ConsentFeedError('the document must select consentTransitions { __typename }');
  if (kind !== 'ConsentTransition' && kind !== 'FeedCheckpoint' && kind !== 'FeedReset') return null;
  if (kind !== 'FeedReset' && typeof cursor !== 'string')
    throw new ConsentFeedError(`the document must select the cursor of ${kind}`);
  return item as ConsentFeedItem<Transition>;
}

function randomWait(failures: number): number {
  return Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
}

function sentence(cause: unknown): string {
  if (Array.isArray(cause)) return cause.map((error: { readonly message: string }) => error.message).join('; ');
  const { code, reason } = cause as { readonly code?: unknown; readonly reason?: unknown };
  return `${String(code)} ${String(reason)}`;
}
