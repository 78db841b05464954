import type { FeedWatcher } from './feed-watcher.js';

/** A transition as the pages of the feed show it. */
export type PagedTransition = {
  readonly eventId: string;
  readonly contactVersion: number;
  readonly contact: { readonly id: string };
};

export type FeedVerdict = {
  /** True when no subscriber missed anything, saw it in another order or saw it twice without a mark. */
  readonly ok: boolean;
  readonly connections: number;
  readonly interruptions: number;
  readonly written: number;
  /** What the pages hold, and what arrived over all connections. */
  readonly expected: number;
  readonly received: number;
  readonly missing: number;
  readonly reordered: number;
  readonly repeatedMarked: number;
  readonly repeatedUnmarked: number;
  /** Places where the versions of a contact leave a gap in the pages themselves, and writes that are not in them. */
  readonly versionGaps: number;
  readonly unrecorded: number;
  readonly lagMs: { readonly p50: number | null; readonly p99: number | null };
};

/** Holds what subscribers saw against the pages, the truth. */
export function judgeFeed(
  truth: readonly PagedTransition[],
  watchers: readonly Pick<FeedWatcher, 'arrivals' | 'counts' | 'has'>[],
  { written, recorded }: { readonly written: number; readonly recorded: number },
): FeedVerdict {
  const places = new Map(truth.map(({ eventId }, place) => [eventId, place]));
  const sum = (count: (watcher: (typeof watchers)[number]) => number): number =>
    watchers.reduce((total, watcher) => total + count(watcher), 0);
  const lags = watchers.flatMap(({ arrivals }) => arrivals.flatMap(({ lagMs }) => lagMs ?? [])).sort((a, b) => a - b);
  const at = (share: number): number | null => lags[Math.ceil(lags.length * share) - 1] ?? null;
  const counts = {
    missing: sum(({ has }) => truth.filter(({ eventId }) => !has(eventId)).length),
    reordered: sum(({ arrivals }) => backwardSteps(arrivals.flatMap(({ eventId }) => places.get(eventId) ?? []))),
    repeatedMarked: sum((watcher) => watcher.counts.repeatedMarked),
    repeatedUnmarked: sum((watcher) => watcher.counts.repeatedUnmarked),
    versionGaps: versionGapsIn(truth),
    unrecorded: Math.max(0, written - recorded),
  };
  return {
    ok: counts.missing + counts.reordered + counts.repeatedUnmarked + counts.versionGaps + counts.unrecorded === 0,
    connections: watchers.length,
    interruptions: sum((watcher) => watcher.counts.interruptions),
    written,
    expected: truth.length,
    received: sum(({ arrivals }) => arrivals.length),
    ...counts,
    lagMs: { p50: at(0.5), p99: at(0.99) },
  };
}

function backwardSteps(places: readonly number[]): number {
  return places.filter((place, index) => place < (places[index - 1] ?? 0)).length;
}

function versionGapsIn(truth: readonly PagedTransition[]): number {
  const last = new Map<string, number>();
  return truth.filter(({ contact, contactVersion }) => {
    const before = last.get(contact.id);
    last.set(contact.id, contactVersion);
    return before !== undefined && contactVersion !== before + 1;
  }).length;
}
