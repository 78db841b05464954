import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import { createCursors } from '../feed/cursors.js';
import { startSequencer } from '../feed/sequencer.js';
import { createSources } from '../feed/sources.js';
import { createFeed } from '../feed/streams.js';
import { seekLeadership } from '../postgres/leadership.js';
import { createSequencerStore } from '../postgres/sequencer-store.js';
import { serverKey } from '../postgres/server-key.js';
import type { TracedParts } from '../server/traced-parts.js';
import type { Neighbours } from './neighbours.js';
import type { Proof } from './proof.js';
import type { Storage } from './storage.js';

/** What subscribers read, and the sequencer that gives it positions, which has begun. */
export async function startFeed(options: {
  readonly storage: Pick<Storage, 'database' | 'databaseUrl' | 'readers' | 'feedLog'>;
  readonly neighbours: Neighbours;
  readonly proof: Pick<Proof, 'wake'>;
  readonly traced: TracedParts;
  readonly clock: Clock;
  readonly log: Logger;
}) {
  const { storage, neighbours, proof, traced, clock, log } = options;
  const { databaseUrl, readers, feedLog } = storage;
  const { sql } = storage.database;
  const { wakes, batches } = neighbours;
  const cursors = createCursors(await serverKey(sql, 'cursor', 32));
  const sources = createSources({
    log: feedLog,
    wakes,
    batches,
    cursors,
    readers,
    clock,
    failed: (error) => log.warn({ err: error }, 'the feed could not be read'),
  });
  const sequencer = startSequencer({
    seekLeadership: () => seekLeadership(databaseUrl),
    sequence: traced.sequence(createSequencerStore(sql).sequence),
    moved: (placements) => {
      const hints = placements.map(({ organizationId }) => ({ organizationId, contactId: null }));
      wakes.publish(hints);
      for (const { organizationId } of placements) proof.wake(organizationId);
      neighbours.placed(placements, hints);
    },
    log,
  });
  return { feed: createFeed({ sources, clock }), cursors, wake: sequencer.wake, stop: sequencer.stop };
}
