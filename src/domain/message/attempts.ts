import type { DeliveryFailure, MessageStatus } from './message.js';

export const attemptOutcomes = ['UNDER_WAY', 'ACCEPTED', 'REFUSED', 'UNCONFIRMED'] as const;
/** What came of handing a message to the provider once. */
export type AttemptOutcome = (typeof attemptOutcomes)[number];

/** One handing over of a message to the provider. */
export type DeliveryAttempt = {
  /** 1, 2, 3 … */
  readonly number: number;
  readonly startedAt: Date;
  /** When it was known what came of it, be it that nobody can say; null while it is under way. */
  readonly endedAt: Date | null;
  readonly outcome: AttemptOutcome;
  /** What went wrong, then or by a later report; null where nothing did. */
  readonly failure: DeliveryFailure | null;
};

/** A step of a message, with the number of the attempt that it belongs to. */
export type MessageStep = {
  readonly status: MessageStatus;
  readonly attempts: number;
  readonly failure: DeliveryFailure | null;
  readonly at: Date;
};

/**
 * The attempts of one message, from its steps in their order. SENDING begins one and the next step ends it; what is
 * reported later of an attempt whose outcome was unknown settles it.
 */
export function attemptsFrom(steps: readonly MessageStep[]): readonly DeliveryAttempt[] {
  const attempts = new Map<number, DeliveryAttempt>();
  for (const step of steps) {
    const { status, attempts: number, at } = step;
    const attempt = attempts.get(number);
    if (attempt) attempts.set(number, after(attempt, step));
    else if (status === 'SENDING')
      attempts.set(number, { number, startedAt: at, endedAt: null, outcome: 'UNDER_WAY', failure: null });
  }
  return [...attempts.values()];
}

const taken: readonly MessageStatus[] = ['ACCEPTED', 'SENT', 'DELIVERED', 'READ'];

function after(attempt: DeliveryAttempt, { status, failure, at }: MessageStep): DeliveryAttempt {
  const ended = { ...attempt, endedAt: attempt.endedAt ?? at };
  if (taken.includes(status)) return { ...ended, outcome: 'ACCEPTED', failure: null };
  if (status === 'UNCONFIRMED') return { ...ended, outcome: 'UNCONFIRMED', failure };
  // Without a failure it is a step of the message's own, such as being handed over again.
  if (failure === null) return ended;
  return { ...ended, outcome: attempt.outcome === 'ACCEPTED' ? 'ACCEPTED' : 'REFUSED', failure };
}
