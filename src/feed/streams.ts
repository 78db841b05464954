import type {
  Clock,
  Cursors,
  Feed,
  FeedItem,
  FeedLog,
  FeedTail,
  Funnel,
  Readers,
  TransitionFilter,
  TransitionView,
  Wake,
  Wakes,
} from '../domain/ports.js';
import { leavable } from '../domain/leavable.js';
import { createSignal, type Signal } from './signal.js';

const PAGE = 200;
/** A checkpoint after this much silence. */
const SILENCE_MS = 15_000;
/** Without a hint a stream looks for news this often. */
const POLL_MS = 1_000;
const FUNNEL_INTERVAL_MS = 250;

/** What a stream has of its subscriber: hints to look for news, and whether it has left. */
type Subscription = { readonly news: Signal; readonly left: () => boolean };

/** Streams that read the logs: hints wake them, what they deliver comes from the log alone. */
export function createFeed(options: {
  readonly log: FeedLog;
  readonly openTail: (organizationId: string) => Promise<FeedTail>;
  readonly wakes: Wakes;
  readonly cursors: Cursors;
  readonly readers: Pick<Readers, 'funnel'>;
  readonly clock: Clock;
}): Feed {
  const { log, openTail, wakes, cursors, readers, clock } = options;

  async function* replayThenLive(
    organizationId: string,
    { after, filter }: { readonly after: string | null; readonly filter: TransitionFilter },
    { news, left }: Subscription,
  ): AsyncGenerator<FeedItem> {
    const head = await log.head(organizationId);
    const start = after === null ? head : cursors.decode(organizationId, after);
    if (start === null || start > head) {
      yield { type: 'RESET', organizationId, reason: 'CURSOR_INVALID', oldest: 0n };
      return;
    }
    const tail = await openTail(organizationId);
    const ignore = tail.onNews(news.raise);
    try {
      let position = start;
      let caughtUp = false;
      let quietSince = clock.now().getTime();
      while (!left()) {
        const recent = tail.after(position, PAGE);
        const page = recent
          ? pageOf(recent, position, filter)
          : await log.after(organizationId, position, filter, PAGE);
        for (const transition of page.transitions) {
          yield { type: 'TRANSITION', transition, replayed: transition.position <= head };
          quietSince = clock.now().getTime();
        }
        position = page.through;
        if (position < tail.position()) continue;
        const at = clock.now();
        if (position >= head && (!caughtUp || at.getTime() - quietSince >= SILENCE_MS)) {
          caughtUp = true;
          quietSince = at.getTime();
          yield { type: 'CHECKPOINT', organizationId, position, caughtUp, lagMs: 0, at };
        }
        if (!left()) await news.wait(POLL_MS);
      }
    } finally {
      ignore();
      tail.close();
    }
  }

  /** Runs a stream that hints wake, until its subscriber leaves. */
  function hinted<Item>(
    organizationId: string,
    concerns: (wake: Wake) => boolean,
    generate: (subscription: Subscription) => AsyncGenerator<Item>,
  ): AsyncGenerator<Item> {
    const news = createSignal();
    const release = wakes.subscribe(organizationId, (wake) => {
      if (concerns(wake)) news.raise();
    });
    return leavable(
      ({ left }) => generate({ news, left }),
      () => {
        release();
        news.raise();
      },
    );
  }

  async function* changesOf(organizationId: string, contactId: string, { news, left }: Subscription) {
    let place = await log.messageHead(organizationId, contactId);
    while (!left()) {
      const changes = await log.messageChanges(organizationId, contactId, place, PAGE);
      for (const change of changes) {
        place = change.place;
        yield change.message;
      }
      if (changes.length < PAGE && !left()) await news.wait(POLL_MS);
    }
  }

  async function* counts(organizationId: string, { news, left }: Subscription) {
    let last: Funnel | null = null;
    while (!left()) {
      const funnel = await readers.funnel(organizationId);
      if (!last || !sameCounts(last, funnel)) {
        last = funnel;
        yield { funnel, at: clock.now() };
        await createSignal().wait(FUNNEL_INTERVAL_MS);
      }
      if (!left()) await news.wait(POLL_MS);
    }
  }

  return {
    transitions: (organizationId, query) => {
      const news = createSignal();
      return leavable(({ left }) => replayThenLive(organizationId, query, { news, left }), news.raise);
    },
    tail: openTail,
    messageUpdates: (organizationId, ofContact) =>
      hinted(
        organizationId,
        ({ contactId }) => contactId === ofContact,
        (subscription) => changesOf(organizationId, ofContact, subscription),
      ),
    funnel: (organizationId) =>
      hinted(
        organizationId,
        () => true,
        (subscription) => counts(organizationId, subscription),
      ),
  };
}

function pageOf(recent: readonly TransitionView[], position: bigint, filter: TransitionFilter) {
  return { transitions: recent.filter(matching(filter)), through: recent.at(-1)?.position ?? position };
}

/** Whether a transition is one that the subscriber asked for. */
function matching({ contactId, statuses }: TransitionFilter): (transition: TransitionView) => boolean {
  return (transition) =>
    (contactId === null || transition.contactId === contactId) &&
    (statuses === null || statuses.includes(transition.to));
}

function sameCounts(a: Funnel, b: Funnel): boolean {
  return Object.entries(a).every(([key, count]) => b[key as keyof Funnel] === count);
}
