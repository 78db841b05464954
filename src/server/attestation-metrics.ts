import { Counter, Histogram, type Registry } from 'prom-client';

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60];

/** What this server signs of the logs that prove what was recorded, and what it must not sign. */
export function createAttestationMetrics(register: Registry) {
  const registers = [register];
  const seconds = new Histogram({
    name: 'assent_checkpoint_seconds',
    help: 'From the first transition that a checkpoint adds to the signed checkpoint, of those that this server signed.',
    buckets: SECONDS,
    registers,
  });
  const refused = new Counter({
    name: 'assent_checkpoints_refused_total',
    help: 'How often this server refused to sign a log that is not what was signed before.',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of ['SMALLER', 'INCONSISTENT', 'LEAF', 'KEY', 'AHEAD', 'TILES']) refused.inc({ reason }, 0);

  return {
    /** Is told of each log that this server signed, or refused to. */
    attestation: {
      signed: (took: number | null): void => seconds.observe(took ?? 0),
      refused: (reason: string): void => refused.inc({ reason }),
    },
  };
}
