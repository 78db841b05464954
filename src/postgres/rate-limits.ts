import type { Sql } from 'postgres';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Logger } from '../domain/ports/logger.js';

const MINUTE_S = 60;
const MINUTE_MS = MINUTE_S * 1000;
/** How long a database that could not be asked is not asked again, so that operations don't wait for it. */
const LEFT_ALONE_MS = 5_000;

type Query = { readonly text: string; readonly values: readonly (string | number)[] };

/**
 * Points that all servers on the database share, so many for each key in a minute. While the database can't be asked,
 * this server counts for itself, which is logged once a minute.
 */
export function createPointStore(dependencies: {
  readonly sql: Sql;
  /** Keeps the keys of different stores apart. */
  readonly name: string;
  readonly pointsPerMinute: number;
  readonly log: Logger;
}) {
  const { sql, name, pointsPerMinute: points, log } = dependencies;
  const storeClient = {
    query: async ({ text, values }: Query) => {
      const rows = await sql.unsafe(text, [...values], { prepare: true });
      return { rows, rowCount: rows.count };
    },
  };
  const settings = { points, duration: MINUTE_S, keyPrefix: name };
  const shared = new RateLimiterPostgres({
    ...settings,
    storeClient,
    storeType: 'client',
    tableName: 'rate_limits',
    tableCreated: true,
  });
  const own = new RateLimiterMemory(settings);
  let saidAt = -Infinity;
  let failedAt = -Infinity;

  return {
    pointsPerMinute: points,
    take: async (key: string, asked: number): Promise<{ readonly granted: number; readonly resetsInMs: number }> => {
      if (performance.now() - failedAt < LEFT_ALONE_MS) return taken(own, key, asked);
      try {
        return await taken(shared, key, asked);
      } catch (error) {
        failedAt = performance.now();
        if (performance.now() - saidAt > MINUTE_MS) {
          saidAt = performance.now();
          log.warn({ err: error }, 'the rate limits could not be asked for; this server counts for itself');
        }
        return taken(own, key, asked);
      }
    },
  };

  async function taken(limiter: RateLimiterPostgres | RateLimiterMemory, key: string, asked: number) {
    try {
      const { msBeforeNext } = await limiter.consume(key, asked);
      return { granted: asked, resetsInMs: msBeforeNext };
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      // All that was asked for counts as consumed: what was left before is ours.
      const before = error.consumedPoints - asked;
      return { granted: Math.max(0, points - before), resetsInMs: error.msBeforeNext };
    }
  }
}
