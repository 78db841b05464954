import { inTurn, type Channel, type Message } from './message.js';
import { nextTurn, spend, type Pace, type PacePolicy } from './pace.js';

/** A message that waits for its turn, or is being handed over. */
export type WaitingMessage = Pick<Message, 'id' | 'number' | 'kind'> & { readonly status: 'QUEUED' | 'SENDING' };

/** What one conversation has to send on one channel. */
export type Queue = {
  readonly channel: Channel;
  readonly waiting: readonly WaitingMessage[];
  /** When the first of them may leave. */
  readonly dueAt: Date;
  /** What was sent to the contact of late. */
  readonly pace: Pace | null;
};

/**
 * When each queued message can leave, by its id: one after the other, no faster than the contact may be sent to, and
 * each so long after the one before as that may take to be delivered. Reports of delivery make it earlier, whatever
 * goes wrong makes it later.
 */
export function turnsOf(
  { channel, waiting, dueAt, pace }: Queue,
  now: Date,
  policy: PacePolicy & { readonly orderWaitMs: number },
): ReadonlyMap<string, Date> {
  const turns = new Map<string, Date>();
  const pause = (from: Date): Date => new Date(from.getTime() + policy.orderWaitMs);
  let at = later(now, dueAt);
  if (waiting.some(({ status }) => status === 'SENDING')) at = later(at, pause(now));
  let spent = pace;
  for (const { id } of waiting.filter(({ status }) => status === 'QUEUED').sort(inTurn)) {
    if (channel === 'WHATSAPP') {
      at = nextTurn(spent, at, policy);
      spent = spend(spent, at, policy);
    }
    turns.set(id, at);
    at = pause(at);
  }
  return turns;
}

const later = (one: Date, other: Date): Date => (one > other ? one : other);
