/**
 * How fast one contact may be sent to, as Meta counts it: one message per interval, where a burst may borrow from the
 * intervals that follow and nothing more leaves until these have passed.
 */
export type PacePolicy = { readonly pairIntervalMs: number };

/** Messages that one burst may hold, and how long it may last. */
const BURST = 45;
const BURST_MS = 6_000;

/** What was sent to a contact of late. */
export type Pace = {
  /** When the intervals of all that was sent have passed. */
  readonly paidUntil: Date;
  readonly burstFrom: Date;
  /** Messages of the burst so far. */
  readonly burst: number;
};

/** When the next message may leave; `now` where nothing is borrowed. */
export function nextTurn(pace: Pace | null, now: Date): Date {
  if (pace === null || now >= pace.paidUntil) return now;
  const inBurst = now.getTime() - pace.burstFrom.getTime() < BURST_MS && pace.burst < BURST;
  return inBurst ? now : pace.paidUntil;
}

/** The pace after one more message. */
export function spend(pace: Pace | null, now: Date, { pairIntervalMs }: PacePolicy): Pace {
  if (pace === null || now >= pace.paidUntil) {
    return { paidUntil: new Date(now.getTime() + pairIntervalMs), burstFrom: now, burst: 1 };
  }
  return {
    paidUntil: new Date(pace.paidUntil.getTime() + pairIntervalMs),
    burstFrom: pace.burstFrom,
    burst: pace.burst + 1,
  };
}
