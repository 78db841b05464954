import { describe, expect, it } from 'vitest';
import type { Pace } from '../../../src/domain/message/pace.js';
import { turnsOf, type Queue, type WaitingMessage } from '../../../src/domain/message/turns.js';
import { SECOND } from '../../support/policy.js';

const now = new Date('2026-03-02T09:00:00.000Z');
const later = (seconds: number): Date => new Date(now.getTime() + seconds * SECOND);
const policy = { pairIntervalMs: 6 * SECOND, orderWaitMs: 2 * SECOND };

const queued = (count: number): readonly WaitingMessage[] =>
  Array.from({ length: count }, (_, n) => ({ id: `${n + 1}`, number: n + 1, kind: 'TEXT', status: 'QUEUED' }));

/** Seconds from now, in the order in which they leave. */
function turns(given: Partial<Queue> = {}, rules = policy): readonly (readonly [string, number])[] {
  const queue = { channel: 'WHATSAPP' as const, waiting: queued(3), dueAt: now, pace: null, ...given };
  return [...turnsOf(queue, now, rules)].map(([id, at]) => [id, (at.getTime() - now.getTime()) / SECOND]);
}
const seconds = (...given: Parameters<typeof turns>): readonly number[] => turns(...given).map(([, at]) => at);

describe('the turns of what waits', () => {
  it('are one after the other, each after the one before may have been delivered', () => {
    expect(turns()).toEqual([
      ['1', 0],
      ['2', 2],
      ['3', 4],
    ]);
  });

  it('begin when the first may leave, and not in the past', () => {
    expect(seconds({ dueAt: later(30) })).toEqual([30, 32, 34]);
    expect(seconds({ dueAt: later(-30) })).toEqual([0, 2, 4]);
  });

  it('are those of the system first, then in the order they were written', () => {
    const waiting: readonly WaitingMessage[] = [
      { id: 'second', number: 7, kind: 'TEXT', status: 'QUEUED' },
      { id: 'first', number: 5, kind: 'TEXT', status: 'QUEUED' },
      { id: 'system', number: 9, kind: 'OPT_IN_CONFIRMATION', status: 'QUEUED' },
    ];
    expect(turns({ waiting }).map(([id]) => id)).toEqual(['system', 'first', 'second']);
  });

  it('wait for the one that is being handed over, which has none any more', () => {
    const [first, ...rest] = queued(3);
    const waiting = [{ ...first, id: '1', number: 1, kind: 'TEXT', status: 'SENDING' } as const, ...rest];
    expect(turns({ waiting })).toEqual([
      ['2', 2],
      ['3', 4],
    ]);
  });

  it('keep the pace to the contact: a burst, and then an interval for each', () => {
    const burst = seconds({ waiting: queued(48) }, { ...policy, orderWaitMs: 0 });
    expect(burst.slice(43)).toEqual([0, 0, 6, 12, 18]);
    const pace: Pace = { paidUntil: later(60 + 44 * 6) };
    expect(seconds({ pace })).toEqual([60, 66, 72]);
  });

  it('know no such pace by SMS', () => {
    const pace: Pace = { paidUntil: later(600) };
    expect(seconds({ channel: 'SMS', pace })).toEqual([0, 2, 4]);
  });
});
