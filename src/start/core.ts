import { createHash } from 'node:crypto';
import { v7 as newId } from 'uuid';
import type { Config } from '../config.js';
import { createCore } from '../domain/core.js';
import { fixedPolicy } from '../domain/policy.js';
import type { Clock } from '../domain/ports/clock.js';
import { erasingWith } from '../erasing.js';
import { notaryOf } from '../notary.js';
import { createConsentStore } from '../postgres/consent-store.js';
import type { TracedParts } from '../server/traced-parts.js';
import type { Neighbours } from './neighbours.js';
import type { Storage } from './storage.js';

/** The core on its store: what it commits is proven, and told to whom it concerns. */
export async function openCore(options: {
  readonly config: Config;
  readonly storage: Pick<Storage, 'database' | 'secrets' | 'smsForAll'>;
  readonly neighbours: Pick<Neighbours, 'committed'>;
  readonly traced: TracedParts;
  readonly clock: Clock;
  readonly reached?: (step: 'COMMITTED') => void;
}) {
  const { config, storage, neighbours, traced, clock, reached } = options;
  const { sql, scoped } = storage.database;
  const policy = { ...config.optIn, ...config.delivery, ...fixedPolicy };
  const consentStore = createConsentStore({
    scoped,
    notary: await notaryOf({ sql, secrets: storage.secrets }),
    smsForAll: storage.smsForAll,
    committed: (hints, news) => {
      if (hints.length > 0) reached?.('COMMITTED');
      neighbours.committed(hints, news);
    },
  });
  const store = traced.store(consentStore);
  const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
  const erasure = erasingWith({ sql, dataDir: config.dataDir });
  const core = createCore({ store, clock, newId, digest, policy, erasure, origin: traced.origin });
  return { core, policy, erasure };
}
