import type { Clock, Logger, Retention } from '../domain/ports.js';
import { createLoop, type Loop } from './loop.js';

const BATCH = 1_000;
/** How often everything that has become too old is looked for. */
const ROUND_MS = 24 * 60 * 60 * 1000;

/** Deletes what organizations keep no longer: at the start, and once a day. */
export function startRetention(options: {
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Logger;
}): Loop {
  const { retention, clock, log } = options;
  let stopped = false;

  async function walk(
    batch: (part: Parameters<Retention['clearMessages']>[0]) => Promise<string | null>,
    { organizationId, before }: { readonly organizationId: string; readonly before: Date },
  ): Promise<void> {
    let after: string | null = null;
    do {
      after = await batch({ organizationId, before, after, limit: BATCH });
    } while (after !== null && !stopped);
  }

  const loop = createLoop({
    name: 'retention',
    log,
    step: async () => {
      for (const { organizationId, keepMs } of await retention.organizations()) {
        const range = { organizationId, before: new Date(clock.now().getTime() - keepMs) };
        await walk((part) => retention.clearMessages(part), range);
        await walk((part) => retention.deletePosts(part), range);
      }
      return ROUND_MS;
    },
  });
  return {
    wake: loop.wake,
    stop: async () => {
      stopped = true;
      await loop.stop();
    },
  };
}
