import type { AttestationLog } from '../domain/attestation-log.js';
import type { Logger } from '../domain/ports/logger.js';
import type { RefusalReason } from './log-continuity.js';
import type { LogSigning } from './log-signing.js';

/** How often logs are looked for that somebody else should have signed, or did not hear of. */
const LOOK_MS = 500;
/** A log that is written all the time is signed this often: rarely enough that it costs its writers nothing. */
const PACE_MS = 500;
/** A log that must not be signed is looked at again after this. */
const REFUSED_MS = 30_000;
const AFTER_ERROR_MS = 1_000;

export type Publisher = {
  /** The organization's feed has moved: sign it. */
  readonly wake: (organizationId: string) => void;
  readonly stop: () => Promise<void>;
};

/** What a publisher tells of itself. */
export type PublisherReports = {
  /** How long after its first transition was recorded a checkpoint was there; null where that is not known. */
  readonly signed: (seconds: number | null) => void;
  readonly refused: (reason: RefusalReason) => void;
};

/**
 * Signs logs one after another: those that it is woken for, and those that stay behind from one look to the next. So a
 * server that moves a feed signs it, and another does if that one has stopped. A log that must not be signed is told of,
 * and left as it is.
 */
export function startPublisher(options: {
  readonly log: Pick<AttestationLog, 'behind'>;
  readonly signing: Pick<LogSigning, 'step'>;
  readonly reports: PublisherReports;
  readonly logger: Logger;
}): Publisher {
  const { log, signing, reports, logger } = options;
  /** When each may be signed next, in milliseconds of this process. */
  const notBefore = new Map<string, number>();
  const due = new Set<string>();
  let seenBehind = new Set<string>();
  let stopped = false;
  let lookAt = 0;
  let wakeUp: () => void = () => undefined;

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Those that were behind before, and still are. */
  async function look(): Promise<void> {
    const behind = await log.behind();
    for (const organizationId of behind) if (seenBehind.has(organizationId)) due.add(organizationId);
    seenBehind = new Set(behind);
  }

  async function sign(organizationId: string): Promise<void> {
    due.delete(organizationId);
    const begun = performance.now();
    const signed = await signing.step(organizationId).catch((error: unknown) => {
      logger.warn({ err: error, organizationId }, 'a log could not be signed now and is tried again');
      return null;
    });
    notBefore.set(organizationId, begun + (signed ? PACE_MS : AFTER_ERROR_MS));
    if (signed === null || signed.outcome === 'BUSY') due.add(organizationId);
    else if (signed.outcome === 'SIGNED') {
      const { first, checkpoint } = signed;
      reports.signed(first && Math.max(0, checkpoint.signedAt.getTime() - first.getTime()) / 1_000);
      if (!signed.more) return;
      notBefore.delete(organizationId);
      due.add(organizationId);
    } else if (signed.outcome === 'REFUSED') {
      const { reason, detail } = signed;
      notBefore.set(organizationId, begun + REFUSED_MS);
      reports.refused(reason);
      logger.error(
        { organizationId, reason, detail },
        'the log of an organization is not what was signed; it is not signed',
      );
    }
  }

  /** Signs what may be signed now; returns when something else may be. */
  async function turn(): Promise<number> {
    if (performance.now() >= lookAt) {
      await look();
      lookAt = performance.now() + LOOK_MS;
    }
    for (const organizationId of [...due]) {
      if (stopped) return 0;
      if ((notBefore.get(organizationId) ?? 0) <= performance.now()) await sign(organizationId);
    }
    const now = performance.now();
    for (const [organizationId, time] of notBefore) if (time <= now) notBefore.delete(organizationId);
    return Math.min(lookAt, ...[...due].map((organizationId) => notBefore.get(organizationId) ?? 0)) - now;
  }

  async function run(): Promise<void> {
    while (!stopped) {
      let pause = AFTER_ERROR_MS;
      try {
        pause = await turn();
      } catch (error) {
        if (!stopped) logger.warn({ err: error }, 'it could not be seen which logs are to be signed');
        lookAt = 0;
      }
      if (!stopped && pause > 0) await wait(pause);
    }
  }

  const running = run();
  return {
    wake: (organizationId) => {
      if (due.has(organizationId)) return;
      due.add(organizationId);
      wakeUp();
    },
    stop: async () => {
      stopped = true;
      wakeUp();
      await running;
    },
  };
}
