import type { Clock } from '../domain/ports/clock.js';
import type { Viewer } from '../domain/viewer.js';

/** Points of one kind of caller, shared by all servers: so many in each minute. */
export type PointStore = {
  readonly pointsPerMinute: number;
  /** Takes what is left of so many points; `resetsInMs` is when there are all of them again. */
  readonly take: (key: string, points: number) => Promise<{ readonly granted: number; readonly resetsInMs: number }>;
};

/** Why an operation has to wait: whose points are spent, and how long until there are more. */
export type Wait = { readonly scope: 'CALLER' | 'ORGANIZATION'; readonly limit: number; readonly retryAfterMs: number };

export type RateLimits = {
  /** Spends the points of one operation, or nothing when it has to wait. */
  readonly spend: (viewer: Viewer, points: number) => Promise<Wait | null>;
};

/** What a server takes at once: about what is spent in a second at the limit. */
const BLOCKS_PER_MINUTE = 60;
/** More callers than this, and those whose minute is over are forgotten. */
const REMEMBERED = 10_000;

type Allowance = { left: number; until: number; spent: boolean };

/**
 * Points are taken from the store in blocks and spent from memory, so an operation seldom waits for the store. What a
 * server has taken and not spent is lost to the others until the minute is over. Null for a store that is switched off.
 */
export function createRateLimits(dependencies: {
  readonly callers: PointStore | null;
  readonly organizations: PointStore | null;
  readonly clock: Clock;
}): RateLimits {
  const { clock } = dependencies;
  const callers = dependencies.callers && createPurse(dependencies.callers, clock);
  const organizations = dependencies.organizations && createPurse(dependencies.organizations, clock);

  return {
    spend: async ({ organizationId, subject }, points) => {
      const caller = `${organizationId} ${subject}`;
      const callerWaits = await callers?.spend(caller, points);
      if (callerWaits) return { scope: 'CALLER', ...callerWaits };
      const organizationWaits = await organizations?.spend(organizationId, points);
      if (!organizationWaits) return null;
      callers?.giveBack(caller, points);
      return { scope: 'ORGANIZATION', ...organizationWaits };
    },
  };
}

/** The points that this server has of each key. */
function createPurse({ pointsPerMinute: limit, take }: PointStore, clock: Clock) {
  const allowances = new Map<string, Allowance>();
  const taking = new Map<string, Promise<void>>();
  const block = Math.max(1, Math.floor(limit / BLOCKS_PER_MINUTE));

  function allowanceOf(key: string): Allowance {
    const now = clock.now().getTime();
    const known = allowances.get(key);
    if (known && now < known.until) return known;
    if (allowances.size >= REMEMBERED) {
      for (const [name, { until }] of allowances) if (until <= now) allowances.delete(name);
    }
    const fresh = { left: 0, until: Infinity, spent: false };
    allowances.set(key, fresh);
    return fresh;
  }

  async function refill(key: string, allowance: Allowance, lacking: number): Promise<void> {
    const asked = Math.max(block, lacking);
    const { granted, resetsInMs } = await take(key, asked);
    allowance.left += granted;
    allowance.spent = granted < asked;
    allowance.until = Math.min(allowance.until, clock.now().getTime() + resetsInMs);
  }

  return {
    async spend(key: string, points: number): Promise<Omit<Wait, 'scope'> | null> {
      // What costs more than all of a minute's points costs them all.
      const price = Math.min(points, limit);
      for (;;) {
        const allowance = allowanceOf(key);
        if (allowance.left >= price) {
          allowance.left -= price;
          return null;
        }
        if (allowance.spent) {
          return { limit, retryAfterMs: Math.max(1, Math.ceil(allowance.until - clock.now().getTime())) };
        }
        const refilled =
          taking.get(key) ?? refill(key, allowance, price - allowance.left).finally(() => taking.delete(key));
        taking.set(key, refilled);
        await refilled;
      }
    },
    giveBack(key: string, points: number): void {
      const allowance = allowances.get(key);
      if (allowance) allowance.left += Math.min(points, limit);
    },
  };
}
