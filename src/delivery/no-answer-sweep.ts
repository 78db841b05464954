import type { Core } from '../domain/core.js';
import type { Clock, Logger, Outbox } from '../domain/ports.js';
import { createLoop, type Loop } from './loop.js';

const BATCH = 200;
const POLL_MS = 500;

/** Turns PENDING into NO_RESPONSE when the interval has passed. */
export function startNoAnswerSweep(options: {
  readonly outbox: Pick<Outbox, 'unanswered'>;
  readonly core: Pick<Core, 'noteNoAnswer'>;
  readonly clock: Clock;
  readonly log: Logger;
}): Loop {
  const { outbox, core, clock, log } = options;
  return createLoop({
    name: 'no-answer sweep',
    log,
    step: async () => {
      const unanswered = await outbox.unanswered({ now: clock.now(), limit: BATCH });
      await Promise.all(
        unanswered.map(({ organizationId, contactId }) => core.noteNoAnswer(organizationId, contactId)),
      );
      return unanswered.length === BATCH ? 0 : POLL_MS;
    },
  });
}
