import { WebSocket } from 'ws';
import { consentFeed } from '../client/consent-feed.js';

/** Between two disturbances of a connection, and how long one that stops reading does so: at most so much. */
const CALM_MS = 600;
const PAUSE_MS = 800;
const BACK_OFF_MS = 100;
const KILL_SHARE = 0.6;

/** A transition as it reached a subscriber; the lag is null for what was replayed. */
export type Arrival = { readonly eventId: string; readonly lagMs: number | null };

/** A subscriber that makes trouble for itself: now and then it kills its socket, now and then it stops reading. */
export type FeedWatcher = {
  readonly arrivals: readonly Arrival[];
  /** How often its connection was lost, and how often it was given the same event again, marked as replayed or not. */
  readonly counts: { interruptions: number; repeatedMarked: number; repeatedUnmarked: number };
  readonly has: (eventId: string) => boolean;
  readonly stopTrouble: () => void;
  /** Rejects with what ended its feed before its time. */
  readonly close: () => Promise<void>;
};

/** Follows the feed over real sockets, and records what arrives. */
export function watchFeed(options: {
  readonly url: string;
  readonly token: string | null;
  readonly after: string;
  readonly chance: () => number;
}): FeedWatcher {
  const { chance } = options;
  const arrivals: Arrival[] = [];
  const known = new Set<string>();
  const counts = { interruptions: 0, repeatedMarked: 0, repeatedUnmarked: 0 };
  let socket: WebSocket | null = null;
  let trouble: NodeJS.Timeout;

  const opened = (newest: WebSocket): void => {
    socket = newest;
  };
  class WatchedSocket extends WebSocket {
    constructor(address: string, protocols?: string | string[]) {
      super(address, protocols);
      opened(this);
    }
  }

  const feed = consentFeed({
    url: options.url,
    token: () => options.token,
    after: options.after,
    webSocketImpl: WatchedSocket,
    backOff: () => chance() * BACK_OFF_MS,
    onInterruption: () => (counts.interruptions += 1),
    onDuplicate: ({ replayed }) => (replayed ? (counts.repeatedMarked += 1) : (counts.repeatedUnmarked += 1)),
  });
  const followed = (async () => {
    for await (const item of feed) {
      if (item.__typename === 'FeedReset') throw new Error(`the feed was reset: ${item.reason}`);
      if (item.__typename !== 'ConsentTransition') continue;
      known.add(item.eventId);
      arrivals.push({
        eventId: item.eventId,
        lagMs: item.replayed ? null : Math.max(0, Date.now() - Date.parse(item.recordedAt)),
      });
    }
  })();
  followed.catch(() => undefined);

  const disturb = (): void => {
    const victim = socket;
    if (victim?.readyState === WebSocket.OPEN) {
      if (chance() < KILL_SHARE) {
        victim.terminate();
      } else {
        victim.pause();
        setTimeout(() => victim.resume(), chance() * PAUSE_MS);
      }
    }
    trouble = setTimeout(disturb, chance() * CALM_MS);
  };
  trouble = setTimeout(disturb, chance() * CALM_MS);

  const stopTrouble = (): void => clearTimeout(trouble);
  return {
    arrivals,
    counts,
    has: (eventId) => known.has(eventId),
    stopTrouble,
    close: async () => {
      stopTrouble();
      await feed.return();
      await followed;
    },
  };
}
