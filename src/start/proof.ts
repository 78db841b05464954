import { startPublisher, type Publisher, type PublisherReports } from '../attestation/publisher.js';
import { createWitness, postTo } from '../attestation/witness.js';
import { attestingWith } from '../attesting.js';
import type { Config } from '../config.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Storage } from './storage.js';

/** How long whoever is told of signed checkpoints may take to answer. */
const WITNESS_MS = 5_000;

export type Proof = ReturnType<typeof createProof>;

/** The log that proves what was recorded: it signs while it is started, and tells the witness if there is one. */
export function createProof(options: {
  readonly config: Config;
  readonly storage: Pick<Storage, 'database' | 'secrets'>;
  readonly clock: Clock;
  readonly log: Logger;
}) {
  const { config, storage, clock, log } = options;
  const witness =
    config.checkpointUrl === null ? null : createWitness({ post: postTo(config.checkpointUrl, WITNESS_MS), log });
  const { database, secrets } = storage;
  const attesting = attestingWith({ database, secrets, dataDir: config.dataDir, clock, signed: witness?.tell });
  let publisher: Publisher | null = null;

  return {
    attestations: attesting.attestations,
    start: (reports: PublisherReports): void => {
      publisher = startPublisher({ ...attesting, reports, logger: log });
    },
    /** The organization's feed has moved. A publisher that starts later finds it by itself. */
    wake: (organizationId: string): void => publisher?.wake(organizationId),
    stop: async (): Promise<void> => {
      await publisher?.stop();
      await witness?.stop();
    },
  };
}
