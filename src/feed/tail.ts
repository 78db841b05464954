import { createSignal } from './signal.js';

/** Read at a time. */
const PAGE = 500;
/** Without a hint a tail looks for news this often. */
const POLL_MS = 1_000;

/** The newest part of a log in memory, growing. */
export type Tail<Entry> = {
  /** How far the log has been read. */
  readonly position: () => bigint;
  /** Entries after a position; null when they no longer are all in memory: then read the log. */
  readonly after: (position: bigint, limit: number) => readonly Entry[] | null;
  /** Calls the listener whenever the tail has grown. */
  readonly onNews: (listener: () => void) => () => void;
  readonly close: () => void;
};

/** Reads a log from its present head on, as fast as it grows. Positions only grow; the log may leave some out. */
export async function followLog<Entry extends { readonly position: bigint }>(options: {
  readonly head: () => Promise<bigint>;
  readonly after: (position: bigint, limit: number) => Promise<readonly Entry[]>;
  /** Calls `news` when there may be more to read. */
  readonly hints: (news: () => void) => () => void;
  /** Calls `received` with what the log has just got, in order and without a gap within. */
  readonly batches?: (received: (entries: readonly Entry[]) => void) => () => void;
  /** Entries kept in memory; at times twice as many. */
  readonly ring: number;
  readonly failed: (error: unknown) => void;
}): Promise<Tail<Entry>> {
  const { head, after, hints, batches, ring: kept, failed } = options;
  const listeners = new Set<() => void>();
  const news = createSignal();
  let ring: Entry[] = [];
  let position = await head();
  /** The ring holds all that the log has after this. */
  let base = position;
  let stopped = false;

  async function follow(): Promise<void> {
    while (!stopped) {
      try {
        const entries = await after(position, PAGE);
        add(entries);
        if (entries.length === PAGE) continue;
      } catch (error) {
        failed(error);
      }
      await news.wait(POLL_MS);
    }
  }

  function add(read: readonly Entry[]): void {
    const entries = read.filter((entry) => entry.position > position);
    if (entries.length === 0) return;
    ring.push(...entries);
    position = entries.at(-1)?.position ?? position;
    if (ring.length > 2 * kept) {
      base = ring.at(-kept - 1)?.position ?? base;
      ring = ring.slice(-kept);
    }
    for (const listener of listeners) listener();
  }

  /** What follows on what is known is taken as it is; after a gap the log is read. */
  function receive(entries: readonly Entry[]): void {
    const first = entries.find((entry) => entry.position > position);
    if (first?.position === position + 1n) add(entries);
    else if (first) news.raise();
  }

  const releases = [hints(news.raise), ...(batches ? [batches(receive)] : [])];
  void follow();

  return {
    position: () => position,
    after: (from, limit) => {
      if (from < base) return null;
      const first = firstAfter(ring, from);
      return ring.slice(first, first + limit);
    },
    onNews: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      stopped = true;
      for (const release of releases) release();
      news.raise();
    },
  };
}

/** The index of the first entry after a position. */
function firstAfter(entries: readonly { readonly position: bigint }[], position: bigint): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.position ?? position) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
