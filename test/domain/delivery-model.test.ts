import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message, MessageStatus } from '../../src/domain/message/message.js';
import { conversationIn, DAY, failures, HOUR, MINUTE, SECOND } from '../support/conversation-spec.js';

const RUNS = 2_000;
const LONGEST = 60;
const PAIR_INTERVAL_MS = 6 * SECOND;
const BURST = 45;
const MAX_ATTEMPTS_UNCONFIRMED = 4;

const refusals = [130429, 131056, 131048, 131047, 132015] as const;
type Code = (typeof refusals)[number];

type Step =
  | { readonly do: 'queue' | 'handOver' | 'resend' | 'expire' | 'look' | 'stops' | 'agrees' | 'writes' }
  | { readonly do: 'burst'; readonly count: number }
  | { readonly do: 'settle'; readonly outcome: 'ACCEPTED' | 'UNKNOWN' | Code }
  | { readonly do: 'report'; readonly which: number; readonly status: 'SENT' | 'DELIVERED' | 'READ' | Code }
  | { readonly do: 'park' | 'retry' | 'cancel'; readonly which: number }
  | { readonly do: 'channel'; readonly health: 'served' | 'refused' | 'tried again' }
  | { readonly do: 'pass'; readonly ms: number };

const which = fc.nat({ max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('queue') }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('handOver') }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('settle'),
      outcome: fc.constantFrom('ACCEPTED', 'ACCEPTED', 'ACCEPTED', 'UNKNOWN', ...refusals),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('report'),
      which,
      status: fc.constantFrom('SENT', 'DELIVERED', 'READ', ...refusals),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('burst'), count: fc.constantFrom(50, 60) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('resend', 'resend', 'expire', 'look') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('stops', 'agrees', 'writes', 'writes') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('park', 'retry', 'retry', 'cancel'), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('channel'),
      health: fc.constantFrom('served', 'served', 'refused', 'tried again'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(SECOND, 10 * SECOND, MINUTE, HOUR, DAY) }),
  },
) as fc.Arbitrary<Step>;

/** What became of a text as far as its sender can know; kept apart from the messages, and much plainer. */
type Fate = {
  readonly queuedAt: number;
  attempts: number;
  /** An attempt that the provider took. */
  taken: boolean;
  /** When an attempt's outcome became unknown. */
  unknownAt: number | null;
  /** The provider's last word is that it did not arrive. */
  refused: boolean;
  parked: boolean;
  /** An operator has it leave again. */
  retried: boolean;
};

const finals: readonly MessageStatus[] = ['CANCELLED', 'EXPIRED', 'READ'];

/** One schedule; after each of its steps, what must hold of every message is checked. */
function play(steps: readonly Step[]): void {
  const c = conversationIn('OPTED_IN', {
    policy: { pairIntervalMs: PAIR_INTERVAL_MS, maxHeld: 1_000, orderWaitMs: 0 },
  });
  const fates = new Map<string, Fate>();
  const sentAt: number[] = [];
  const attempts: Message[] = [];
  let underWay: Message | null = null;
  let written = 0;
  let agreed = true;
  let wroteAt = c.conversation().windowOpenedAt?.getTime() ?? -Infinity;
  let isServed = true;

  const now = (): number => c.now().getTime();
  const sending = (): Message | null => underWay;
  const texts = (): readonly Message[] => c.messages('TEXT').filter(({ direction }) => direction === 'OUTBOUND');
  const statusOf = (id: string): MessageStatus | undefined => c.messages().find((one) => one.id === id)?.status;
  const before = new Map<string, MessageStatus>();

  function queue(): void {
    const known = new Set(texts().map(({ id }) => id));
    const refusal = c.queue(`text ${written + 1}`);
    expect(refusal === null).toBe(agreed);
    if (refusal) return;
    written += 1;
    const fresh = texts().find(({ id }) => !known.has(id));
    if (!fresh) throw new Error('what was queued is not in the conversation');
    fates.set(fresh.id, {
      queuedAt: now(),
      attempts: 0,
      taken: false,
      unknownAt: null,
      refused: false,
      parked: false,
      retried: false,
    });
  }

  function handOver(): void {
    const due = c.conversation().sendAfter.WHATSAPP;
    if (underWay || !due || due > c.now()) return;
    const message = c.handOver();
    if (!message) return;
    underWay = message;
    attempts.unshift(message);
    sentAt.push(now());
    const tooFast = sentAt.some((since, first) => sentAt.length - first > BURST + (now() - since) / PAIR_INTERVAL_MS);
    expect(tooFast).toBe(false);
    const fate = fates.get(message.id);
    if (!fate) return;
    expect(agreed).toBe(true);
    expect(now() - wroteAt).toBeLessThan(DAY);
    expect(isServed).toBe(true);
    expect(fate.parked).toBe(false);
    if (fate.taken) expect(fate.refused).toBe(true);
    if (fate.unknownAt !== null && !fate.refused) {
      expect(c.messages().find(({ id }) => id === message.id)?.possibleDuplicate).toBe(true);
      if (!fate.retried) {
        expect(now() - fate.unknownAt).toBeGreaterThanOrEqual(c.policy.unconfirmedWaitMs);
        expect(fate.attempts).toBeLessThan(MAX_ATTEMPTS_UNCONFIRMED);
      }
    }
    if (fate.attempts === 0) {
      const overtaken = texts().filter((one) => one.number < message.number && one.status === 'QUEUED');
      expect(overtaken).toEqual([]);
    }
    fate.attempts += 1;
    expect(message.attempts).toBe(fate.attempts);
    fate.retried = false;
    fate.taken = false;
    fate.refused = false;
    fate.unknownAt = null;
  }

  function settle(outcome: 'ACCEPTED' | 'UNKNOWN' | Code): void {
    if (!underWay) return;
    const message = underWay;
    underWay = null;
    const fate = fates.get(message.id);
    if (outcome === 'ACCEPTED') c.accept(message);
    else if (outcome === 'UNKNOWN') c.lose(message);
    else {
      c.refuse(message, failures[outcome]);
      // Of what the provider did not take, it reports nothing.
      attempts.splice(attempts.indexOf(message), 1);
      const due = c.conversation().sendAfter.WHATSAPP;
      if ((outcome === 130429 || outcome === 131056) && statusOf(message.id) === 'QUEUED') {
        const factor = outcome === 131056 ? 4 : 2;
        const pause = Math.min(c.policy.backoffMs * factor ** (message.attempts - 1), c.policy.maxBackoffMs);
        expect(due?.getTime()).toBeGreaterThanOrEqual(now() + pause);
      }
    }
    if (!fate) return;
    if (outcome === 'ACCEPTED') fate.taken = true;
    else if (outcome === 'UNKNOWN') fate.unknownAt = now();
    else fate.refused = true;
  }

  function report(attempt: Message, status: 'SENT' | 'DELIVERED' | 'READ' | Code): void {
    const fate = fates.get(attempt.id);
    const isUnderWay = underWay?.id === attempt.id;
    const taken = c.steps().length;
    c.report(attempt, typeof status === 'number' ? failures[status] : status);
    if (!fate) return;
    if (typeof status !== 'number') {
      // That it was sent on is older than that it failed.
      if (status === 'SENT' && fate.refused) return;
      fate.taken = true;
      fate.refused = false;
    } else if (
      c
        .steps()
        .slice(taken)
        .some(({ messageId }) => messageId === attempt.id)
    ) {
      expect(fate.attempts).toBe(attempt.attempts);
      fate.refused = true;
    }
    if (isUnderWay && statusOf(attempt.id) !== 'SENDING') underWay = null;
  }

  function take(next: Step): void {
    const chosen = 'which' in next ? texts()[next.which] : undefined;
    switch (next.do) {
      case 'queue':
        return queue();
      case 'burst':
        for (let n = 0; n < next.count && agreed; n += 1) {
          queue();
          handOver();
          settle('ACCEPTED');
        }
        return;
      case 'handOver':
        return handOver();
      case 'settle':
        return settle(next.outcome);
      case 'report': {
        const attempt = attempts[next.which];
        return attempt && report(attempt, next.status);
      }
      case 'resend':
        return void c.resendUnconfirmed();
      case 'expire': {
        const old = texts().filter(
          (one) => one.status === 'HELD' && now() - (fates.get(one.id)?.queuedAt ?? now()) >= c.policy.maxHeldAgeMs,
        );
        c.expireHeld();
        for (const { id } of texts()) {
          if (old.some((one) => one.id === id)) expect(statusOf(id)).toBe('EXPIRED');
          else expect(statusOf(id)).toBe(before.get(id));
        }
        return;
      }
      case 'look':
        return void c.lookAgain();
      case 'park': {
        const fate = chosen && fates.get(chosen.id);
        if (!chosen || !fate) return;
        const waits = chosen.status === 'HELD' || chosen.status === 'QUEUED';
        c.park(chosen);
        fate.parked ||= waits;
        expect(c.messages().find(({ id }) => id === chosen.id)?.heldReason === 'PARKED').toBe(fate.parked && waits);
        return;
      }
      case 'retry': {
        const fate = chosen && fates.get(chosen.id);
        if (!chosen || !fate) return;
        c.retry(chosen);
        if (chosen.heldReason === 'PARKED') fate.parked = false;
        if (chosen.status === 'UNCONFIRMED' || chosen.status === 'FAILED') fate.retried = true;
        return;
      }
      case 'cancel':
        if (chosen && c.cancel(chosen.id) === null) expect(statusOf(chosen.id)).toBe('CANCELLED');
        return;
      case 'stops':
        c.says('stop');
        agreed = false;
        wroteAt = now();
        return;
      case 'agrees':
        // In the same second, a stop outweighs it.
        c.pass(SECOND);
        c.says('yes');
        agreed = true;
        wroteAt = now();
        return;
      case 'writes':
        c.says('hello');
        wroteAt = now();
        return;
      case 'channel':
        isServed = next.health !== 'refused';
        c.configure({
          whatsappHealthy: next.health === 'served',
          whatsappRetryAt: next.health === 'served' ? null : next.health === 'refused' ? c.later(DAY * 365) : c.now(),
        });
        if (isServed) c.lookAgain();
        return;
      case 'pass':
        return c.pass(next.ms);
    }
  }

  function check(): void {
    expect(texts()).toHaveLength(written);
    expect(c.messages().filter(({ status }) => status === 'SENDING').length).toBeLessThanOrEqual(1);
    const strange = texts().filter(({ id, status, heldReason }) => {
      const was = before.get(id);
      const changedForGood = was !== undefined && finals.includes(was) && status !== was;
      const waitsOptedOut = !agreed && (status === 'HELD' || status === 'QUEUED');
      return changedForGood || waitsOptedOut || (heldReason !== null) !== (status === 'HELD');
    });
    expect(strange).toEqual([]);
    for (const { id, status } of texts()) before.set(id, status);
  }

  for (const next of steps) {
    take(next);
    check();
  }

  // In the end, whatever was in the way is gone: all that waits leaves, once and in its order.
  take({ do: 'channel', health: 'served' });
  if (underWay) settle('ACCEPTED');
  take({ do: 'agrees' });
  for (const message of texts()) if (message.heldReason === 'PARKED') c.retry(message);
  for (const fate of fates.values()) fate.parked = false;
  const waiting = texts().filter(({ status }) => status === 'HELD' || status === 'QUEUED');
  const left: number[] = [];
  for (let turn = 0; c.conversation().sendAfter.WHATSAPP !== null && turn < 1_000; turn += 1) {
    c.pass(MINUTE);
    if (now() - wroteAt > HOUR) take({ do: 'writes' });
    handOver();
    const sent = sending();
    if (sent && fates.has(sent.id)) left.push(sent.number);
    settle('ACCEPTED');
    check();
  }
  expect(left).toEqual(waiting.map(({ number }) => number));
  expect(texts().filter(({ status }) => status === 'HELD' || status === 'QUEUED' || status === 'SENDING')).toEqual([]);
}

describe('the sending of messages, under any schedule of outcomes, reports, operators and time', () => {
  it('leaves only when it may, in order, paced, once unless marked, and loses nothing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: LONGEST, size: 'max' }), (steps) => play(steps)),
      { numRuns: RUNS },
    );
  }, 300_000);
});
