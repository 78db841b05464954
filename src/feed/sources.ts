import type { Clock } from '../domain/ports/clock.js';
import type { FeedLog, MessageChange } from '../domain/ports/feed-log.js';
import type { Cursors, FeedItem, Source } from '../domain/ports/feed.js';
import type { Funnel, MessageView, Readers, TransitionFilter, TransitionView } from '../domain/ports/readers.js';
import type { Batches, Wake, Wakes } from '../domain/ports/wakes.js';
import { createLendable } from '../domain/lendable.js';
import { followLog, type Tail } from './tail.js';
import { watchFunnel, type FunnelEntry } from './watch-funnel.js';

/** Kept in memory for each organization, and each conversation, that has listeners. */
const TRANSITIONS_KEPT = 4_096;
const MESSAGES_KEPT = 128;
/** How old a checkpoint's lag may be. */
const LAG_AGE_MS = 1_000;
const EVERYTHING: TransitionFilter = { contactId: null, statuses: null };

type OfContact = { readonly organizationId: string; readonly contactId: string };
export type FunnelItem = { readonly funnel: Funnel; readonly at: Date };

/** Opens what subscribers read. Those who subscribe to the same share one tail, on this server. */
export function createSources(options: {
  readonly log: FeedLog;
  readonly wakes: Wakes;
  /** Transitions as another server publishes them; null where only hints are exchanged. */
  readonly batches: Batches | null;
  readonly cursors: Cursors;
  readonly readers: Pick<Readers, 'funnel'>;
  readonly clock: Clock;
  readonly failed: (error: unknown) => void;
}) {
  const { log, wakes, batches, cursors, readers, clock, failed } = options;
  const hintsOf =
    (organizationId: string, concerns: (wake: Wake) => boolean) =>
    (news: () => void): (() => void) =>
      wakes.subscribe(organizationId, (wake) => {
        if (concerns(wake)) news();
      });

  const transitionTails = createLendable({
    nameOf: (organizationId: string) => organizationId,
    open: async (organizationId): Promise<Tail<TransitionView> & { readonly lagMs: () => Promise<number> }> => {
      const tail = await followLog<TransitionView>({
        head: () => log.head(organizationId),
        after: async (position, limit) => (await log.after(organizationId, position, EVERYTHING, limit)).transitions,
        hints: hintsOf(organizationId, ({ contactId }) => contactId === null),
        ...(batches && { batches: (received) => batches.subscribe(organizationId, received) }),
        ring: TRANSITIONS_KEPT,
        failed,
      });
      return { ...tail, lagMs: lagOf(organizationId) };
    },
  });

  const messageTails = createLendable({
    nameOf: ({ organizationId, contactId }: OfContact) => `${organizationId} ${contactId}`,
    open: ({ organizationId, contactId }): Promise<Tail<MessageChange>> =>
      followLog({
        head: () => log.messageHead(organizationId, contactId),
        after: (position, limit) => log.messageChanges(organizationId, contactId, position, limit),
        hints: hintsOf(organizationId, (wake) => wake.contactId === contactId),
        ring: MESSAGES_KEPT,
        failed,
      }),
  });

  const funnelTails = createLendable({
    nameOf: (organizationId: string) => organizationId,
    open: (organizationId): Promise<Tail<FunnelEntry>> =>
      watchFunnel({
        read: async () => ({ funnel: await readers.funnel(organizationId), at: clock.now() }),
        hints: hintsOf(organizationId, () => true),
        failed,
      }),
  });

  /**
   * How long the oldest transition without a position has waited; asked once for all who want to know at a time. While
   * the log can't be asked, how long it has not been known.
   */
  function lagOf(organizationId: string): () => Promise<number> {
    let knownAt = clock.now().getTime();
    let asked = { at: -Infinity, lagMs: Promise.resolve(0) };
    const ask = async (now: number): Promise<number> => {
      try {
        const since = await log.waitingSince(organizationId);
        knownAt = now;
        return since === null ? 0 : Math.max(0, now - since.getTime());
      } catch (error) {
        failed(error);
        return now - knownAt;
      }
    };
    return () => {
      const now = clock.now().getTime();
      if (now - asked.at > LAG_AGE_MS) asked = { at: now, lagMs: ask(now) };
      return asked.lagMs;
    };
  }

  return {
    transitions: async (organizationId: string, filter: TransitionFilter): Promise<Source<FeedItem>> => {
      const { opened, release } = transitionTails.borrow(organizationId);
      const tail = await orRelease(opened, release);
      const isWanted = matching(filter);
      return {
        position: tail.position,
        onNews: tail.onNews,
        begin: async (after) => {
          if (after === null) return { from: tail.position(), head: tail.position() };
          const head = await log.head(organizationId);
          const from = cursors.decode(organizationId, after);
          if (from !== null && from <= head) return { from, head };
          return { reset: { type: 'RESET', organizationId, reason: 'CURSOR_INVALID', oldest: 0n } };
        },
        read: async (position, limit, head = 0n) => {
          const recent = tail.after(position, limit);
          // What is known to be there is read, even before the tail has got so far.
          const isEnough = recent && (recent.length > 0 || position >= head);
          const { transitions, through } = isEnough
            ? { transitions: recent.filter(isWanted), through: recent.at(-1)?.position ?? position }
            : await log.after(organizationId, position, filter, limit);
          const entries = transitions.map((transition) => ({
            position: transition.position,
            item: { type: 'TRANSITION' as const, transition, replayed: transition.position <= head },
          }));
          return { entries, through };
        },
        checkpoint: async (position) => {
          const lagMs = await tail.lagMs();
          return { type: 'CHECKPOINT', organizationId, position, caughtUp: true, lagMs, at: clock.now() };
        },
        close: release,
      };
    },

    messages: async (organizationId: string, contactId: string): Promise<Source<MessageView>> => {
      const { opened, release } = messageTails.borrow({ organizationId, contactId });
      const tail = await orRelease(opened, release);
      return {
        ...liveOnly(tail, tail.position),
        read: async (position, limit) => {
          const changes =
            tail.after(position, limit) ?? (await log.messageChanges(organizationId, contactId, position, limit));
          const entries = changes.map((change) => ({ position: change.position, item: change.message }));
          return { entries, through: entries.at(-1)?.position ?? position };
        },
        close: release,
      };
    },

    funnel: async (organizationId: string): Promise<Source<FunnelItem>> => {
      const { opened, release } = funnelTails.borrow(organizationId);
      const tail = await orRelease(opened, release);
      return {
        // The counts as they are now are told first.
        ...liveOnly(tail, () => tail.position() - 1n),
        read: async (position, limit) => {
          const entries = (tail.after(position, limit) ?? []).map((entry) => ({
            position: entry.position,
            item: entry,
          }));
          return { entries, through: entries.at(-1)?.position ?? position };
        },
        close: release,
      };
    },
  };
}

function liveOnly(tail: Pick<Tail<unknown>, 'position' | 'onNews'>, from: () => bigint) {
  return {
    position: tail.position,
    onNews: tail.onNews,
    begin: () => Promise.resolve({ from: from(), head: 0n }),
    checkpoint: null,
  };
}

/** Whether a transition is one that the subscriber asked for. */
function matching({ contactId, statuses }: TransitionFilter): (transition: TransitionView) => boolean {
  return (transition) =>
    (contactId === null || transition.contactId === contactId) &&
    (statuses === null || statuses.includes(transition.to));
}

async function orRelease<Value>(opened: Promise<Value>, release: () => void): Promise<Value> {
  try {
    return await opened;
  } catch (error) {
    release();
    throw error;
  }
}
