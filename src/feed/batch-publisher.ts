import type { FeedLog } from '../domain/ports/feed-log.js';
import type { TransitionFilter, TransitionView } from '../domain/ports/readers.js';
import type { Placement, Wake } from '../domain/ports/wakes.js';

/** Organizations read at a time. */
const READERS = 2;
/** Organizations that may wait for their turn, and transitions read for one of them: beyond, others read for themselves. */
const MAX_WAITING = 1_000;
const MAX_TRANSITIONS = 2_000;
const EVERYTHING: TransitionFilter = { contactId: null, statuses: null };

type Range = { readonly after: bigint; readonly through: bigint };

/**
 * Reads what was placed, once, and publishes it for all servers, beside the sequencer and in order for each
 * organization. Where it falls behind or fails it publishes a hint instead.
 */
export function createBatchPublisher(options: {
  readonly log: Pick<FeedLog, 'after'>;
  /** Whether anything published would arrive. */
  readonly connected: () => boolean;
  readonly publish: (organizationId: string, transitions: readonly TransitionView[]) => void;
  readonly hint: (wakes: readonly Wake[]) => void;
  readonly failed: (error: unknown) => void;
}): { readonly publish: (placements: readonly Placement[]) => void; readonly stop: () => Promise<void> } {
  const { log, connected, publish, hint, failed } = options;
  const waiting = new Map<string, Range>();
  const busy = new Set<string>();
  const readers = new Set<Promise<void>>();
  let reading = 0;
  let stopped = false;

  const hintAt = (organizationId: string): void => hint([{ organizationId, contactId: null }]);

  function enqueue({ organizationId, through, placed }: Placement): void {
    const after = through - BigInt(placed);
    const earlier = waiting.get(organizationId);
    if (!earlier && waiting.size >= MAX_WAITING) return hintAt(organizationId);
    waiting.set(organizationId, { after: earlier?.through === after ? earlier.after : after, through });
  }

  function next(): string | undefined {
    for (const organizationId of waiting.keys()) {
      if (!busy.has(organizationId)) return organizationId;
    }
    return undefined;
  }

  async function tell(organizationId: string, { after, through }: Range): Promise<void> {
    const count = Number(through - after);
    if (stopped || count > MAX_TRANSITIONS) return hintAt(organizationId);
    const { transitions } = await log.after(organizationId, after, EVERYTHING, count);
    publish(organizationId, transitions);
  }

  async function work(): Promise<void> {
    reading += 1;
    for (let organizationId = next(); organizationId !== undefined; organizationId = next()) {
      const range = waiting.get(organizationId);
      waiting.delete(organizationId);
      busy.add(organizationId);
      try {
        if (range) await tell(organizationId, range);
      } catch (error) {
        failed(error);
        hintAt(organizationId);
      } finally {
        busy.delete(organizationId);
      }
    }
    reading -= 1;
  }

  return {
    publish: (placements) => {
      if (stopped || !connected()) return;
      for (const placement of placements) enqueue(placement);
      while (reading < READERS && next() !== undefined) {
        const reader = work();
        readers.add(reader);
        void reader.finally(() => readers.delete(reader));
      }
    },
    stop: async () => {
      stopped = true;
      await Promise.all(readers);
    },
  };
}
