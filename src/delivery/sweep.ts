import type { Logger } from '../domain/ports/logger.js';
import { createLoop, type Loop } from './loop.js';

const BATCH = 200;
const POLL_MS = 500;

/** How far the work on what was due has come; nothing else of it happens while a listener is told. */
export type SweepStep = 'SWEPT';

/** Finds again and again what has become due by the passing of time, and does what is due. */
export function startSweep<Due>(options: {
  readonly name: string;
  readonly find: (limit: number) => Promise<readonly Due[]>;
  readonly act: (due: Due) => Promise<void>;
  readonly log: Logger;
  readonly pollMs?: number;
  readonly reached?: (step: SweepStep) => void;
}): Loop {
  const { name, find, act, log, pollMs = POLL_MS, reached } = options;
  return createLoop({
    name,
    log,
    step: async () => {
      const found = await find(BATCH);
      await Promise.all(found.map(act));
      if (found.length > 0) reached?.('SWEPT');
      return found.length === BATCH ? 0 : pollMs;
    },
  });
}
