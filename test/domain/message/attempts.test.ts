import { describe, expect, it } from 'vitest';
import { attemptsFrom, type MessageStep } from '../../../src/domain/message/attempts.js';
import type { DeliveryFailure, MessageStatus } from '../../../src/domain/message/message.js';
import { SECOND } from '../../support/policy.js';

const start = new Date('2026-03-02T09:00:00.000Z').getTime();
const at = (second: number): Date => new Date(start + second * SECOND);
const failed: DeliveryFailure = { code: 131047, reason: 'closed', retryable: false };

/** Steps a second apart: a status, the attempt that it belongs to, and a failure where one came with it. */
const attemptsOf = (...steps: readonly (readonly [MessageStatus, number, DeliveryFailure?])[]) =>
  attemptsFrom(
    steps.map(([status, attempts, failure = null], n): MessageStep => ({ status, attempts, failure, at: at(n) })),
  );

describe('the attempts of a message', () => {
  it('are none before it was handed over', () => {
    expect(attemptsOf(['QUEUED', 0], ['HELD', 0], ['QUEUED', 0])).toEqual([]);
  });

  it('begin with SENDING and are under way until the next step', () => {
    const begun = { number: 1, startedAt: at(1), endedAt: null, outcome: 'UNDER_WAY', failure: null };
    expect(attemptsOf(['QUEUED', 0], ['SENDING', 1])).toEqual([begun]);
    const [ended] = attemptsOf(['QUEUED', 0], ['SENDING', 1], ['ACCEPTED', 1]);
    expect(ended).toEqual({ ...begun, endedAt: at(2), outcome: 'ACCEPTED' });
  });

  it('are several where it was not sent at first, each with its own times and failure', () => {
    const attempts = attemptsOf(
      ['SENDING', 1],
      ['QUEUED', 1, failed],
      ['SENDING', 2],
      ['HELD', 2, failed],
      ['QUEUED', 2],
      ['SENDING', 3],
    );
    expect(attempts).toEqual([
      { number: 1, startedAt: at(0), endedAt: at(1), outcome: 'REFUSED', failure: failed },
      { number: 2, startedAt: at(2), endedAt: at(3), outcome: 'REFUSED', failure: failed },
      { number: 3, startedAt: at(5), endedAt: null, outcome: 'UNDER_WAY', failure: null },
    ]);
  });

  it.each([['SENT'], ['DELIVERED'], ['READ']] as const)(
    'are accepted when the report %s beats the answer',
    (status) => {
      expect(attemptsOf(['SENDING', 1], [status, 1])).toMatchObject([{ endedAt: at(1), outcome: 'ACCEPTED' }]);
    },
  );

  it('stay accepted when a report says later that it did not arrive, and tell why', () => {
    const attempts = attemptsOf(['SENDING', 1], ['ACCEPTED', 1], ['FAILED', 1, failed]);
    expect(attempts).toMatchObject([{ endedAt: at(1), outcome: 'ACCEPTED', failure: failed }]);
    const arrived = attemptsOf(['SENDING', 1], ['FAILED', 1, failed], ['DELIVERED', 1]);
    expect(arrived).toMatchObject([{ outcome: 'ACCEPTED', failure: null }]);
  });

  it('are unconfirmed until a report settles them', () => {
    const lost = { code: null, reason: 'no answer', retryable: false };
    const unconfirmed = [
      ['SENDING', 1],
      ['UNCONFIRMED', 1, lost],
    ] as const;
    expect(attemptsOf(...unconfirmed)).toMatchObject([{ endedAt: at(1), outcome: 'UNCONFIRMED', failure: lost }]);
    expect(attemptsOf(...unconfirmed, ['DELIVERED', 1])).toMatchObject([
      { endedAt: at(1), outcome: 'ACCEPTED', failure: null },
    ]);
    expect(attemptsOf(...unconfirmed, ['FAILED', 1, failed])).toMatchObject([{ outcome: 'REFUSED', failure: failed }]);
  });

  it.each([['QUEUED'], ['HELD'], ['CANCELLED']] as const)(
    'stay unconfirmed where the message is taken up again: %s',
    (status) => {
      const attempts = attemptsOf(['SENDING', 1], ['UNCONFIRMED', 1, failed], [status, 1]);
      expect(attempts).toMatchObject([{ endedAt: at(1), outcome: 'UNCONFIRMED' }]);
    },
  );
});
