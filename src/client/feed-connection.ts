import { createClient } from 'graphql-ws/client';

const ACK_MS = 10_000;
/** Closed with one of these, coming back unchanged can never succeed. */
const FATAL_CLOSES: readonly unknown[] = [1009, 4004, 4400, 4401, 4406, 4409, 4429];
/** Refused with one of these, the same subscription may succeed later. */
const PASSING_ERRORS: readonly unknown[] = ['INTERNAL_SERVER_ERROR', 'RATE_LIMITED', 'SLOW_CONSUMER'];

/** An error as GraphQL answers it. */
export type FeedGraphQLError = {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
};

/** An item as it arrives; which fields it has depends on the document. */
export type ReceivedItem = { readonly __typename?: unknown; readonly cursor?: unknown; readonly eventId?: unknown };

/** Why a connection is over. */
export type Ending =
  | { readonly kind: 'LEFT' }
  | { readonly kind: 'BROKEN' | 'REFUSED'; readonly cause: unknown; readonly retryAfterMs?: number };

/** One connection with one subscription. It is over once, for one reason, and never comes back by itself. */
export type FeedConnection = {
  /** The next item; null when the connection is over and what it received has been read. */
  readonly next: () => Promise<ReceivedItem | null>;
  readonly ending: () => Ending | null;
  /** Leaves at once; what was received and not read is forgotten. */
  readonly close: () => void;
};

/** Connects and subscribes. The token is asked for when the socket is open, and when the server says that it ends soon. */
export function connectFeed(options: {
  readonly url: string;
  readonly webSocketImpl: unknown;
  readonly token: () => Promise<string | null> | string | null;
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly readAhead: number;
  readonly silenceMs: number;
}): FeedConnection {
  const { url, webSocketImpl, token, query, variables, readAhead, silenceMs } = options;
  const received: ReceivedItem[] = [];
  let ending: Ending | null = null;
  let silence: ReturnType<typeof setTimeout>;
  let unsubscribe = (): void => undefined;
  let wake = (): void => undefined;
  let socket: { readonly send: (text: string) => void } | null = null;

  const end = (why: Ending): void => {
    if (ending) return;
    ending = why;
    clearTimeout(silence);
    // A socket that hears nothing may take minutes to close: it is left alone, and nobody waits for it.
    unsubscribe();
    wake();
  };
  const listen = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => end({ kind: 'BROKEN', cause: new Error('the server fell silent') }), silenceMs);
  };

  /** Without a fresh token the server ends the connection, and another is made with the token that there is then. */
  const renew = async (): Promise<void> => {
    const fresh = await Promise.resolve()
      .then(token)
      .catch(() => null);
    if (fresh === null || ending) return;
    socket?.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${fresh}` } }));
  };

  const client = createClient({
    url,
    webSocketImpl,
    retryAttempts: 0,
    connectionAckWaitTimeout: ACK_MS,
    connectionParams: async () => {
      const given = await token();
      return given === null ? {} : { authorization: `Bearer ${given}` };
    },
    on: {
      opened: (opened) => (socket = opened as typeof socket),
      ping: (received, payload) => void (received && payload?.['type'] === 'reauth' && renew()),
      closed: (event) => end(endingOf(event)),
    },
  });
  listen();
  unsubscribe = client.subscribe<{ readonly consentTransitions?: ReceivedItem }>(
    { query, variables },
    {
      next: ({ data, errors }) => {
        if (ending) return;
        if (!data) return end(endingOf(errors));
        listen();
        received.push(data.consentTransitions ?? {});
        wake();
        if (received.length >= readAhead) end({ kind: 'LEFT' });
      },
      error: (error) => end(endingOf(error)),
      complete: () => end({ kind: 'BROKEN', cause: new Error('the server ended the stream') }),
    },
  );

  return {
    next: async () => {
      while (received.length === 0 && !ending) await new Promise<void>((resolve) => (wake = resolve));
      return received.shift() ?? null;
    },
    ending: () => ending,
    close: () => {
      end({ kind: 'LEFT' });
      received.length = 0;
    },
  };
}

function endingOf(cause: unknown): Ending {
  if (isListOfErrors(cause)) {
    const refusal = cause.find(({ extensions }) => !PASSING_ERRORS.includes(extensions?.['code']));
    const retryAfterMs = Math.max(0, ...cause.map(({ extensions }) => Number(extensions?.['retryAfterMs'] ?? 0)));
    return { kind: refusal ? 'REFUSED' : 'BROKEN', cause, retryAfterMs };
  }
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : null;
  return { kind: FATAL_CLOSES.includes(code) ? 'REFUSED' : 'BROKEN', cause };
}

function isListOfErrors(cause: unknown): cause is readonly FeedGraphQLError[] {
  return Array.isArray(cause);
}
