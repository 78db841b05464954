import { leavable } from '../domain/leavable.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Feed, FeedStream, Source } from '../domain/ports/feed.js';
import { createSignal } from './signal.js';
import type { createSources } from './sources.js';

const PAGE = 200;
/** A checkpoint after this much silence. */
const SILENCE_MS = 15_000;
/** A stream looks at the time this often. */
const TICK_MS = 1_000;

/** Streams over the sources: hints wake them, what they deliver comes from the logs alone. */
export function createFeed(options: {
  readonly sources: ReturnType<typeof createSources>;
  readonly clock: Clock;
}): Feed {
  const { sources, clock } = options;

  function stream<Item>(
    organizationId: string,
    after: string | null,
    open: () => Promise<Source<Item>>,
  ): FeedStream<Item> {
    const news = createSignal();
    const items = leavable(({ left }) => deliver(open, after, news, left), news.raise);
    return Object.assign(items, { subject: { organizationId, after, open } });
  }

  async function* deliver<Item>(
    open: () => Promise<Source<Item>>,
    after: string | null,
    news: ReturnType<typeof createSignal>,
    left: () => boolean,
  ): AsyncGenerator<Item> {
    const source = await open();
    const ignore = source.onNews(news.raise);
    try {
      const beginning = await source.begin(after);
      if ('reset' in beginning) {
        yield beginning.reset;
        return;
      }
      const { from, head } = beginning;
      let position = from;
      let caughtUp = false;
      let quietSince = clock.now().getTime();
      while (!left()) {
        const { entries, through } = await source.read(position, PAGE, head);
        for (const { item } of entries) {
          yield item;
          quietSince = clock.now().getTime();
        }
        position = through;
        if (position < source.position() || position < head) continue;
        const now = clock.now().getTime();
        if (!caughtUp || now - quietSince >= SILENCE_MS) {
          caughtUp = true;
          quietSince = now;
          if (source.checkpoint) yield await source.checkpoint(position);
        }
        if (!left()) await news.wait(TICK_MS);
      }
    } finally {
      ignore();
      source.close();
    }
  }

  return {
    transitions: (organizationId, { after, filter }) =>
      stream(organizationId, after, () => sources.transitions(organizationId, filter)),
    messageUpdates: (organizationId, contactId) =>
      stream(organizationId, null, () => sources.messages(organizationId, contactId)),
    funnel: (organizationId) => stream(organizationId, null, () => sources.funnel(organizationId)),
  };
}
