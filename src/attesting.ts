import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createCheckpointFile } from './attestation/checkpoint-file.js';
import { createExporter } from './attestation/export.js';
import { createLogKeys } from './attestation/log-keys.js';
import { createLogSigning } from './attestation/log-signing.js';
import type { Clock } from './domain/ports/clock.js';
import { contactKeysOf, keysFor } from './notary.js';
import { createAttestationLog } from './postgres/attestation-log.js';
import type { Database } from './postgres/database.js';
import type { Secrets } from './postgres/secrets.js';

/** Where copies of what is signed are kept, one file for each organization. */
export const checkpointsIn = (dataDir: string): string => join(dataDir, 'checkpoints');

/** What signs logs, and attests what is in them, with the keys of this installation. */
export function attestingWith(options: {
  readonly database: Pick<Database, 'sql' | 'scoped'>;
  readonly secrets: Secrets;
  readonly dataDir: string;
  readonly clock: Clock;
  /** Is told of each note that was signed. */
  readonly signed?: (organizationId: string, note: string) => void;
  /** Gives positions to what waits for one; for where no server may be running. */
  readonly sequence?: () => Promise<void>;
}) {
  const { database, secrets, dataDir, clock, signed, sequence } = options;
  const log = createAttestationLog(database);
  const seeds = keysFor(secrets, 'log_seed');
  const logKeys = createLogKeys({ seeds, randomBytes });
  const file = createCheckpointFile(checkpointsIn(dataDir));
  const signing = createLogSigning({ log, logKeys, file, signed, clock });
  const contactKeys = contactKeysOf(secrets);
  const attestations = createExporter({
    log,
    signing,
    logKeys,
    contactKeys,
    sequence,
    pause: (ms) => pause(ms),
    clock,
  });
  return { log, signing, attestations, contactKeys };
}
