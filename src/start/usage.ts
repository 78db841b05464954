import { createLoop } from '../delivery/loop.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Access } from './access.js';

/** How often it is written what partners used. */
const USAGE_MS = 1_000;

/** Writes what partners used; the last of it as it stops. */
export function startUsage({
  access,
  log,
}: {
  readonly access: Pick<Access, 'partnerKeys' | 'publishedDocuments'>;
  readonly log: Logger;
}) {
  const { partnerKeys, publishedDocuments } = access;
  const flush = async (): Promise<void> => {
    await partnerKeys.flush();
    await publishedDocuments.flush();
  };
  const loop = createLoop({
    name: 'usage',
    log,
    step: async () => {
      await flush();
      return USAGE_MS;
    },
  });
  return {
    stop: async (): Promise<void> => {
      await loop.stop();
      await flush().catch((error: unknown) => {
        log.warn({ err: error }, 'what partners used last could not be written');
      });
    },
  };
}
