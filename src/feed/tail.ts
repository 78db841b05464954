import type { FeedLog, FeedTail, TransitionFilter, TransitionView, Wakes } from '../domain/ports.js';
import { createSignal } from './signal.js';

/** Transitions kept in memory for each organization that has listeners. */
const RING = 4_096;
const PAGE = 500;
/** Without a hint a tail looks for news this often. */
const POLL_MS = 1_000;
const EVERYTHING: TransitionFilter = { contactId: null, statuses: null };

type Tail = {
  readonly ready: Promise<void>;
  readonly tail: Omit<FeedTail, 'close'>;
  readonly stop: () => void;
  listeners: number;
};

/** Tails of the feed: one for each organization that anyone listens to, shared by all who do. */
export function createTails(options: {
  readonly log: Pick<FeedLog, 'head' | 'after'>;
  readonly wakes: Wakes;
  readonly failed: (error: unknown) => void;
}): { readonly open: (organizationId: string) => Promise<FeedTail> } {
  const tails = new Map<string, Tail>();

  return {
    open: async (organizationId) => {
      const shared = tails.get(organizationId) ?? start(organizationId, options);
      tails.set(organizationId, shared);
      shared.listeners += 1;
      let open = true;
      const close = (): void => {
        if (!open) return;
        open = false;
        shared.listeners -= 1;
        if (shared.listeners > 0) return;
        shared.stop();
        if (tails.get(organizationId) === shared) tails.delete(organizationId);
      };
      try {
        await shared.ready;
      } catch (error) {
        close();
        throw error;
      }
      return { ...shared.tail, close };
    },
  };
}

/** Reads the log from its present head on, as fast as it grows. */
function start(organizationId: string, { log, wakes, failed }: Parameters<typeof createTails>[0]): Tail {
  const listeners = new Set<() => void>();
  const news = createSignal();
  const release = wakes.subscribe(organizationId, ({ contactId }) => {
    if (contactId === null) news.raise();
  });
  /** Positions have no gaps: the transition at `position` is the last of the ring. */
  let ring: TransitionView[] = [];
  let position = 0n;
  let stopped = false;

  async function follow(): Promise<void> {
    while (!stopped) {
      try {
        const { transitions } = await log.after(organizationId, position, EVERYTHING, PAGE);
        if (transitions.length > 0) add(transitions);
        if (transitions.length === PAGE) continue;
      } catch (error) {
        failed(error);
      }
      await news.wait(POLL_MS);
    }
  }

  function add(transitions: readonly TransitionView[]): void {
    ring.push(...transitions);
    position = transitions.at(-1)?.position ?? position;
    if (ring.length > 2 * RING) ring = ring.slice(-RING);
    for (const listener of listeners) listener();
  }

  const ready = log.head(organizationId).then((head) => {
    position = head;
    void follow();
  });

  return {
    ready,
    listeners: 0,
    stop: () => {
      stopped = true;
      release();
      news.raise();
    },
    tail: {
      position: () => position,
      after: (from, limit) => {
        const missing = Number(position - from);
        if (missing > ring.length) return null;
        const first = ring.length - Math.max(0, missing);
        return ring.slice(first, first + limit);
      },
      onNews: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  };
}
