import { join } from 'node:path';
import type { Erasure } from './domain/ports/deletion.js';
import { createErasure } from './postgres/erasure.js';
import { createTombstoneFile } from './tombstone-file.js';

/** Where each process of an installation notes what it erased. */
const tombstonesIn = (dataDir: string): string => join(dataDir, 'erasures.log');

/**
 * Erasure of which a note stays outside of the database. It is on disk before anything is deleted: whatever was deleted
 * can be deleted again after a restore.
 */
export function erasingWith({
  sql,
  dataDir,
}: {
  readonly sql: Parameters<typeof createErasure>[0];
  readonly dataDir: string;
}): Erasure {
  const erasure = createErasure(sql);
  const file = createTombstoneFile(tombstonesIn(dataDir));
  return {
    ...erasure,
    purge: async (contact) => {
      const tombstone = await erasure.tombstoneOf(contact);
      if (tombstone) await file.append(tombstone);
      await erasure.purge(contact);
    },
  };
}
