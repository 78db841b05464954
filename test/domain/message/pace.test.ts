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
    now = nextTurn(pace, new Date(now), policy).getTime();
    pace = spend(pace, new Date(now), policy);
    const left = now - start;
    now += takesMs;
    return left;
  });
}

describe('the pace to one contact', () => {
  it('does not delay a message every six seconds', () => {
    expect(departures(4, 6 * SECOND)).toEqual([0, 6_000, 12_000, 18_000]);
  });

  it('lets a burst of 45 borrow from the intervals that follow; from then on one leaves in six seconds', () => {
    const left = departures(48, 0);
    expect(left[44]).toBe(0);
    expect(left.slice(45)).toEqual([6_000, 12_000, 18_000]);
  });

  it('gives back what was borrowed as time passes', () => {
    const spent = Array.from({ length: 45 }).reduce<Pace | null>((pace) => spend(pace, new Date(start), policy), null);
    const later = new Date(start + MINUTE);
    const again = Array.from({ length: 10 }).reduce<Pace | null>((pace) => spend(pace, later, policy), spent);
    expect(nextTurn(spent, later, policy)).toEqual(later);
    expect(nextTurn(again, later, policy)).toEqual(new Date(later.getTime() + 6 * SECOND));
  });

  it('never lets more leave than the time since the first allows, but for one burst', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 20_000 }), (count, takesMs) => {
        for (const [index, at] of departures(count, takesMs).entries()) {
          expect(index + 1).toBeLessThanOrEqual(Math.floor(at / policy.pairIntervalMs) + 45);
        }
      }),
    );
  });
});
