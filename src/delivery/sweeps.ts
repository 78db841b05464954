import type { Core } from '../domain/core.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Erasure } from '../domain/ports/deletion.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Outbox } from '../domain/ports/outbox.js';
import type { Loop } from './loop.js';
import { startSweep, type SweepStep } from './sweep.js';

/** What may take its time to be found: it waited for minutes or days. */
const UNHURRIED_MS = 5_000;

/** All that happens by the passing of time alone. */
export function startSweeps(options: {
  readonly outbox: Pick<Outbox, 'unanswered' | 'heldSince' | 'unconfirmedSince' | 'channelBack'>;
  readonly erasure: Erasure;
  readonly core: Pick<Core, 'noteNoAnswer' | 'expireHeld' | 'resendUnconfirmed' | 'lookAgain'>;
  readonly clock: Clock;
  readonly unconfirmedWaitMs: number;
  readonly maxHeldAgeMs: number;
  readonly log: Logger;
  readonly reached?: (step: SweepStep) => void;
}): { readonly stop: () => Promise<void> } {
  const { outbox, erasure, core, clock, unconfirmedWaitMs, maxHeldAgeMs, log, reached } = options;
  const ago = (ms: number): Date => new Date(clock.now().getTime() - ms);
  const unhurried = (waitMs: number): number => Math.min(UNHURRIED_MS, Math.max(100, waitMs / 10));

  const sweeps: readonly Loop[] = [
    startSweep({
      name: 'requests without an answer',
      find: (limit) => outbox.unanswered({ now: clock.now(), limit }),
      act: ({ organizationId, contactId }) => core.noteNoAnswer(organizationId, contactId),
      log,
      reached,
    }),
    startSweep({
      name: 'channels that are served again',
      find: (limit) => outbox.channelBack({ now: clock.now(), limit }),
      act: ({ organizationId, contactId }) => core.lookAgain(organizationId, contactId),
      log,
      reached,
    }),
    startSweep({
      name: 'messages of unknown fate',
      find: (limit) => outbox.unconfirmedSince({ since: ago(unconfirmedWaitMs), limit }),
      act: ({ organizationId, contactId, messageId }) => core.resendUnconfirmed(organizationId, contactId, [messageId]),
      log,
      reached,
      pollMs: unhurried(unconfirmedWaitMs),
    }),
    startSweep({
      name: 'messages held too long',
      find: (limit) => outbox.heldSince({ since: ago(maxHeldAgeMs), limit }),
      act: ({ organizationId, contactId }) => core.expireHeld(organizationId, contactId),
      log,
      reached,
      pollMs: unhurried(maxHeldAgeMs),
    }),
    startSweep({
      name: 'contacts that were erased',
      find: (limit) => erasure.unpurged({ limit }),
      act: (contact) => erasure.purge(contact),
      log,
      reached,
      pollMs: UNHURRIED_MS,
    }),
  ];
  return { stop: async () => void (await Promise.all(sweeps.map((sweep) => sweep.stop()))) };
}
