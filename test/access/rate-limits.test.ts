import { beforeEach, describe, expect, it } from 'vitest';
import { createRateLimits, type PointStore } from '../../src/access/rate-limits.js';
import type { Viewer } from '../../src/domain/viewer.js';

const MINUTE = 60_000;
const viewer = (subject: string, organizationId = 'acme') => ({ subject, organizationId }) as Viewer;

let now: number;
const clock = { now: () => new Date(now) };
beforeEach(() => {
  now = 0;
});

/** Points as a database keeps them, shared by whoever asks. */
function storeOf(pointsPerMinute: number): PointStore & { readonly taken: number[] } {
  const spent = new Map<string, { points: number; until: number }>();
  const taken: number[] = [];
  return {
    pointsPerMinute,
    taken,
    take: async (key, points) => {
      taken.push(points);
      const known = spent.get(key);
      const minute = known && now < known.until ? known : { points: 0, until: now + MINUTE };
      spent.set(key, minute);
      const granted = Math.min(points, pointsPerMinute - minute.points);
      minute.points += granted;
      return { granted, resetsInMs: minute.until - now };
    },
  };
}

describe('points', () => {
  it('are taken in blocks, so that few operations ask for more', async () => {
    const callers = storeOf(6_000);
    const { spend } = createRateLimits({ callers, organizations: null, clock });
    for (let spent = 0; spent < 1_000; spent += 1) expect(await spend(viewer('ana'), 1)).toBeNull();
    expect(callers.taken).toEqual(Array(10).fill(100));
  });

  it('are spent to the last, and come again when the minute is over', async () => {
    const { spend } = createRateLimits({ callers: storeOf(100), organizations: null, clock });
    const ana = viewer('ana');
    expect(await spend(ana, 60)).toBeNull();
    now = 15_000;
    expect(await spend(ana, 60)).toEqual({ scope: 'CALLER', limit: 100, retryAfterMs: 45_000 });
    expect(await spend(ana, 40)).toBeNull();
    expect(await spend(ana, 1)).toMatchObject({ retryAfterMs: 45_000 });
    now = MINUTE;
    expect(await spend(ana, 100)).toBeNull();
  });

  it('are not given twice to operations that ask at once', async () => {
    const callers = storeOf(100);
    const { spend } = createRateLimits({ callers, organizations: null, clock });
    const waits = await Promise.all(Array.from({ length: 30 }, () => spend(viewer('ana'), 10)));
    expect(waits.filter((wait) => wait === null)).toHaveLength(10);
  });

  it('of two servers are the same points', async () => {
    const callers = storeOf(100);
    const one = createRateLimits({ callers, organizations: null, clock });
    const two = createRateLimits({ callers, organizations: null, clock });
    expect(await one.spend(viewer('ana'), 70)).toBeNull();
    expect(await two.spend(viewer('ana'), 70)).not.toBeNull();
    expect(await two.spend(viewer('ana'), 30)).toBeNull();
  });

  it('of the caller are given back when the organization has none', async () => {
    const { spend } = createRateLimits({ callers: storeOf(100), organizations: storeOf(150), clock });
    expect(await spend(viewer('ana'), 100)).toBeNull();
    expect(await spend(viewer('bo'), 60)).toMatchObject({ scope: 'ORGANIZATION', limit: 150 });
    expect(await spend(viewer('bo'), 50)).toBeNull();
    expect(await spend(viewer('bo', 'globex'), 100)).toBeNull();
  });

  it('let one operation pass that costs more than all of a minute', async () => {
    const { spend } = createRateLimits({ callers: storeOf(10), organizations: null, clock });
    expect(await spend(viewer('ana'), 1_000)).toBeNull();
    expect(await spend(viewer('ana'), 1)).not.toBeNull();
  });

  it('are not counted where there is no limit', async () => {
    const { spend } = createRateLimits({ callers: null, organizations: null, clock });
    expect(await spend(viewer('ana'), 1_000_000)).toBeNull();
  });
});
