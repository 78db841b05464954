import { request, type IncomingMessage } from 'node:http';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import { consentFeed } from '../../src/client/consent-feed.js';

const DOCUMENT = (more = ''): string => `subscription ($after: Cursor) { consentTransitions(after: $after) { __typename
  ... on ConsentTransition { cursor eventId contactVersion replayed ${more} }
  ... on FeedCheckpoint { cursor }
  ... on FeedReset { reason } } }`;
/** The same transition as a larger message. */
const LARGE = DOCUMENT(Array.from({ length: 20 }, (_, number) => `copy${number}: eventId`).join(' '));

type Shown = {
  readonly cursor: string;
  readonly eventId: string;
  readonly contactVersion: number;
  readonly replayed: boolean;
};

/** A transition that reached a reader. */
export type Arrival = Shown & {
  /** Of the reader, counted from 1. */
  readonly connection: number;
  /** False for what the reader recognised as a repetition, and kept to itself. */
  readonly isNews: boolean;
};

export type Reader = {
  readonly name: string;
  readonly arrivals: readonly Arrival[];
  /** Different transitions so far. */
  readonly count: () => number;
  readonly connections: () => number;
  /** What ended it before its time; null while it goes on. */
  readonly failure: () => unknown;
  readonly close: () => Promise<void>;
};

export type ReaderOptions = {
  readonly name: string;
  /** Of the server, or of the proxy before it. */
  readonly url: string;
  readonly token: string;
  readonly after: string;
  /** Milliseconds to wait before coming back. */
  readonly backOff: () => number;
  /** Told how many different transitions have come. */
  readonly moved: (count: number) => void;
};

type Pausable = {
  /** Stops reading the socket; the server is not told. */
  readonly pause: () => void;
  readonly resume: () => void;
};

/** Follows the feed with this project's client. */
export function followBySocket(options: ReaderOptions & { readonly largeMessages?: boolean }): Reader & Pausable {
  const { name, url, token, after, backOff, moved, largeMessages = false } = options;
  const arrivals: Arrival[] = [];
  let news = 0;
  let connections = 0;
  let socket: WebSocket | null = null;

  class Watched extends WebSocket {
    constructor(address: string, protocols?: string | string[]) {
      super(address, protocols);
      connections += 1;
      keep(this);
    }
  }
  const keep = (newest: WebSocket): void => {
    socket = newest;
  };

  const feed = consentFeed<Shown>({
    url: `${url}/graphql`,
    token: () => token,
    after,
    query: largeMessages ? LARGE : DOCUMENT(),
    webSocketImpl: Watched,
    backOff,
    onDuplicate: (transition) => arrivals.push({ ...transition, connection: connections, isNews: false }),
  });
  const followed = (async () => {
    for await (const item of feed) {
      if (item.__typename === 'FeedReset') throw new Error(`${name} was reset: ${item.reason}`);
      if (item.__typename !== 'ConsentTransition') continue;
      arrivals.push({ ...item, connection: connections, isNews: true });
      news += 1;
      moved(news);
    }
  })();
  let failure: unknown = null;
  const ended = followed.catch((error: unknown) => (failure = error));

  return {
    name,
    arrivals,
    count: () => news,
    connections: () => connections,
    failure: () => failure,
    pause: () => socket?.pause(),
    resume: () => socket?.resume(),
    close: async () => {
      await feed.return();
      await ended;
    },
  };
}

/** Follows the feed as an EventSource does: what came whole counts, and `Last-Event-ID` is where it goes on. */
export function followByEvents({ name, url, token, after, backOff, moved }: ReaderOptions): Reader {
  const arrivals: Arrival[] = [];
  const known = new Set<string>();
  let lastEventId = after;
  let connections = 0;
  let closed = false;
  let leave = (): void => undefined;

  function take(event: string): void {
    const field = (key: string): string | undefined => new RegExp(`^${key}: (.*)$`, 'm').exec(event)?.[1];
    const { data, errors } = JSON.parse(field('data') ?? '{}');
    if (errors) return;
    lastEventId = field('id') ?? lastEventId;
    const item = data?.consentTransitions;
    if (item?.__typename === 'FeedReset') throw new Error(`${name} was reset: ${item.reason}`);
    if (item?.__typename !== 'ConsentTransition') return;
    arrivals.push({ ...item, connection: connections, isNews: !known.has(item.eventId) });
    known.add(item.eventId);
    moved(known.size);
  }

  async function read(response: IncomingMessage): Promise<void> {
    let text = '';
    for await (const part of response.setEncoding('utf8')) {
      text += String(part);
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      events.forEach(take);
    }
  }

  function connect(): Promise<IncomingMessage> {
    connections += 1;
    const headers = {
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'last-event-id': lastEventId,
    };
    return new Promise((resolve, reject) => {
      const asked = request(`${url}/graphql/stream`, { method: 'POST', headers, agent: false }, resolve);
      asked.once('error', reject);
      asked.end(JSON.stringify({ query: DOCUMENT() }));
      leave = () => void asked.destroy();
    });
  }

  async function follow(): Promise<void> {
    while (!closed) {
      try {
        const response = await connect();
        const { statusCode = 0 } = response;
        if (statusCode >= 400 && statusCode < 500) throw new Error(`${name} was refused with ${statusCode}`);
        await read(response);
      } catch (error) {
        if (!isLost(error)) throw error;
      }
      const [from, wait] = [performance.now(), backOff()];
      await vi.waitUntil(() => closed || performance.now() - from > wait, { timeout: 60_000, interval: 5 });
    }
  }
  const followed = follow();
  let failure: unknown = null;
  const ended = followed.catch((error: unknown) => (failure = error));

  return {
    name,
    arrivals,
    count: () => known.size,
    connections: () => connections,
    failure: () => failure,
    close: async () => {
      closed = true;
      leave();
      await ended;
    },
  };
}

/** A lost connection, as Node.js tells it; everything else is a fault of the server or of this reader. */
function isLost(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}
