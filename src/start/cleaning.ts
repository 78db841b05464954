import { createLoop } from '../delivery/loop.js';
import { startRetention } from '../delivery/retention.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import { createRetention } from '../postgres/retention.js';
import { createVacuum } from '../postgres/vacuum.js';
import type { Storage } from './storage.js';

/** How often room that deleted rows took is given to new ones, which overwrite them. */
const VACUUM_MS = 24 * 60 * 60 * 1000;
/** A server that has just started has other work. */
const FIRST_VACUUM_MS = 60 * 60 * 1000;

/** Deletes what has been kept for long enough, and has its room used again. Stopping gives up the vacuum under way. */
export function startCleaning(options: {
  readonly storage: Pick<Storage, 'database' | 'databaseUrl'>;
  readonly keepKeysMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}) {
  const { storage, keepKeysMs, clock, log } = options;
  const vacuum = createVacuum(storage.databaseUrl);
  let vacuums = false;
  const vacuuming = createLoop({
    name: 'vacuum',
    log,
    step: async () => {
      if (vacuums) await vacuum.run();
      const pause = vacuums ? VACUUM_MS : FIRST_VACUUM_MS;
      vacuums = true;
      return pause;
    },
  });
  const retention = startRetention({ retention: createRetention(storage.database.sql), keepKeysMs, clock, log });
  return {
    stop: async (): Promise<void> => void (await Promise.all([vacuum.close(), vacuuming.stop(), retention.stop()])),
  };
}
