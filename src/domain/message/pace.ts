/**
 * How fast one contact may be sent to, as Meta counts it: one message per interval, and a burst may borrow from the
 * intervals that follow. What the provider still finds too fast, it says.
 */
export type PacePolicy = { readonly pairIntervalMs: number };

/** Messages that may be sent in a burst. */
const BURST = 45;

/** What was sent to a contact of late: when the intervals of all of it have passed. */
export type Pace = { readonly paidUntil: Date };

/** When the next message may leave; `now` where not too much is borrowed. */
export function nextTurn(pace: Pace | null, now: Date, { pairIntervalMs }: PacePolicy): Date {
  if (pace === null) return now;
  const turn = pace.paidUntil.getTime() - (BURST - 1) * pairIntervalMs;
  return turn > now.getTime() ? new Date(turn) : now;
}

/** The pace after one more message. */
export function spend(pace: Pace | null, now: Date, { pairIntervalMs }: PacePolicy): Pace {
  const from = Math.max(now.getTime(), pace?.paidUntil.getTime() ?? 0);
  return { paidUntil: new Date(from + pairIntervalMs) };
}
