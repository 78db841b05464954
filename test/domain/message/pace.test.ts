import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTurn, spend, type Pace } from '../../../src/domain/message/pace.js';
import { MINUTE, SECOND } from '../../support/policy.js';

const policy = { pairIntervalMs: 6 * SECOND };
const start = new Date('2026-03-02T09:00:00.000Z').getTime();

/** When each of so many messages leaves that all wait from the start, if each handing over takes so long. */
function departures(count: number, takesMs: number): readonly number[] {
  let pace: Pace | null = null;
  let now = start;
  return Array.from({ length: count }, () => {
    now = nextTurn(pace, new Date(now)).getTime();
    pace = spend(pace, new Date(now), policy);
    const left = now - start;
    now += takesMs;
    return left;
  });
}

describe('the pace to one contact', () => {
  it('lets one message leave every six seconds when none waits', () => {
    expect(departures(4, 6 * SECOND)).toEqual([0, 6_000, 12_000, 18_000]);
  });

  it('lets a burst borrow from the intervals that follow, and then waits until these have passed', () => {
    expect(departures(8, SECOND)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000, 36_000, 37_000]);
  });

  it('holds no more than 45 messages in a burst: twenty at once cost two minutes', () => {
    expect(departures(46, 0)[44]).toBe(0);
    expect(departures(46, 0)[45]).toBe(45 * 6 * SECOND);
    expect(departures(21, 300)[20]).toBe(2 * MINUTE);
  });

  it('never lets more leave than the time since the first allows, but for one burst', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 20_000 }), (count, takesMs) => {
        const left = departures(count, takesMs);
        for (const [index, at] of left.entries()) {
          expect(index + 1).toBeLessThanOrEqual(Math.floor(at / policy.pairIntervalMs) + 45);
          const within = left.filter((other) => other <= at && other > at - policy.pairIntervalMs).length;
          expect(within).toBeLessThanOrEqual(45);
        }
      }),
    );
  });
});
