import type { Arrival } from './chaos-readers.js';
import type { Recorded } from './chaos-scene.js';

/** What was wrong with what a reader got; all zero but the repetitions, which are allowed. */
export type Verdict = {
  readonly lost: number;
  /** Came before something that lies before it in the feed. */
  readonly outOfOrder: number;
  /** Does not follow on the version before of its contact. */
  readonly versionGaps: number;
  /** Carries a cursor that is not its place in the feed, or is not in the feed at all. */
  readonly misplaced: number;
  /** Came again without a new connection, without the mark `replayed`, under another cursor, or was taken for news. */
  readonly unmarkedRepetitions: number;
  readonly repetitions: number;
};

export const faultless = { lost: 0, outOfOrder: 0, versionGaps: 0, misplaced: 0, unmarkedRepetitions: 0 };

/** Holds what reached a reader that began before everything against the feed's table. */
export function judgeArrivals(
  arrivals: readonly Arrival[],
  feed: readonly Recorded[],
  positionOf: (cursor: string) => number,
): Verdict {
  const places = new Map(feed.map((transition) => [transition.eventId, transition]));
  const first = new Map<string, Arrival>();
  const versions = new Map<string, number>();
  let last = 0;
  let [outOfOrder, versionGaps, misplaced, unmarkedRepetitions] = [0, 0, 0, 0];

  for (const arrival of arrivals) {
    const { eventId, cursor, contactVersion, connection, replayed, isNews } = arrival;
    const position = positionOf(cursor);
    const place = places.get(eventId);
    if (place?.position !== position) misplaced += 1;
    const earlier = first.get(eventId);
    if (earlier) {
      const isMarked = replayed && earlier.connection < connection && earlier.cursor === cursor && !isNews;
      if (!isMarked) unmarkedRepetitions += 1;
      continue;
    }
    first.set(eventId, arrival);
    if (position <= last) outOfOrder += 1;
    last = position;
    const contactId = place?.contactId ?? '';
    if (contactVersion !== (versions.get(contactId) ?? 0) + 1) versionGaps += 1;
    versions.set(contactId, contactVersion);
  }
  return {
    lost: feed.filter(({ eventId }) => !first.has(eventId)).length,
    outOfOrder,
    versionGaps,
    misplaced,
    unmarkedRepetitions,
    repetitions: arrivals.length - first.size,
  };
}
