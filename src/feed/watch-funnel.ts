import type { Funnel } from '../domain/ports/readers.js';
import { createSignal } from './signal.js';
import type { Tail } from './tail.js';

/** The counts are looked at, and told, no more often than this. */
const INTERVAL_MS = 250;
/** Without a hint they are looked at this often. */
const POLL_MS = 1_000;

/** The counts at one time; each that differs from the one before has the next position. */
export type FunnelEntry = { readonly position: bigint; readonly funnel: Funnel; readonly at: Date };

/** Keeps the newest counts in memory: who falls behind is told the newest, not all between. */
export async function watchFunnel(options: {
  readonly read: () => Promise<Omit<FunnelEntry, 'position'>>;
  readonly hints: (news: () => void) => () => void;
  readonly failed: (error: unknown) => void;
}): Promise<Tail<FunnelEntry>> {
  const { read, hints, failed } = options;
  const listeners = new Set<() => void>();
  const news = createSignal();
  let newest = { ...(await read()), position: 1n };
  let stopped = false;

  async function watch(): Promise<void> {
    while (!stopped) {
      await createSignal().wait(INTERVAL_MS);
      if (!stopped) await news.wait(POLL_MS - INTERVAL_MS);
      if (!stopped) await look().catch(failed);
    }
  }

  async function look(): Promise<void> {
    const counts = await read();
    if (sameCounts(counts.funnel, newest.funnel)) return;
    newest = { ...counts, position: newest.position + 1n };
    for (const listener of listeners) listener();
  }

  const release = hints(news.raise);
  void watch();

  return {
    position: () => newest.position,
    after: (from) => (from < newest.position ? [newest] : []),
    onNews: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      stopped = true;
      release();
      news.raise();
    },
  };
}

function sameCounts(a: Funnel, b: Funnel): boolean {
  return Object.entries(a).every(([key, count]) => b[key as keyof Funnel] === count);
}
