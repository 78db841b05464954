import { createLoop } from '../delivery/loop.js';
import type { Logger } from '../domain/ports/logger.js';
import { foldFunnelChanges } from '../postgres/funnel.js';
import { refreshStatistics } from '../postgres/statistics.js';
import type { Storage } from './storage.js';

/** How often the planner's statistics are looked after. */
const STATISTICS_MS = 5_000;
/** How often what commits did to the funnel is added to its counts. */
const FUNNEL_MS = 500;

/** What keeps the database quick: statistics for its planner, and counts that are added up beside the commits. */
export function startUpkeep({ storage, log }: { readonly storage: Pick<Storage, 'database'>; readonly log: Logger }) {
  const { sql } = storage.database;
  const statistics = createLoop({
    name: 'statistics',
    log,
    step: async () => {
      await refreshStatistics(sql);
      return STATISTICS_MS;
    },
  });
  const funnel = createLoop({
    name: 'funnel',
    log,
    step: async () => ((await foldFunnelChanges(sql)) ? 0 : FUNNEL_MS),
  });
  return { stop: async (): Promise<void> => void (await Promise.all([statistics.stop(), funnel.stop()])) };
}
