import type { Clock } from '../domain/ports/clock.js';
import type { Retention } from '../domain/ports/deletion.js';
import type { Logger } from '../domain/ports/logger.js';
import { createLoop, type Loop } from './loop.js';

const BATCH = 1_000;
/** How often everything that has become too old is looked for. */
const ROUND_MS = 24 * 60 * 60 * 1000;
/** Another server's clock may be behind: what it wrote would be forgotten too soon. */
const CLOCKS_DIFFER_MS = 60 * 60 * 1000;

/** Deletes what is kept no longer: at the start, and once a day. */
export function startRetention(options: {
  readonly retention: Retention;
  /** How long idempotency keys are known, at least. */
  readonly keepKeysMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}): Loop {
  const { retention, keepKeysMs, clock, log } = options;
  const ago = (ms: number): Date => new Date(clock.now().getTime() - ms);
  let stopped = false;

  async function walk(batch: (after: string | null) => Promise<string | null>): Promise<void> {
    let after: string | null = null;
    do {
      after = await batch(after);
    } while (after !== null && !stopped);
  }

  const loop = createLoop({
    name: 'retention',
    log,
    step: async () => {
      const keys = { before: ago(keepKeysMs + CLOCKS_DIFFER_MS), limit: BATCH };
      await walk((after) => retention.deleteKeys({ ...keys, after }));
      for (const { organizationId, keepMs } of await retention.organizations()) {
        const range = { organizationId, before: ago(keepMs), limit: BATCH };
        await walk((after) => retention.clearMessages({ ...range, after }));
        await walk((after) => retention.deletePosts({ ...range, after }));
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
