import type { Logger } from '../domain/ports/logger.js';
import type { Viewer } from '../domain/viewer.js';
import type { Contexts } from './contexts.js';

/** How often those who stay are looked after; who was revoked is let out after this and the time of a question. */
const EVERY_MS = 4_000;

/** Somebody who was let in for longer than one operation. */
export type Stay = {
  /** Who it is now; null once they are on their way out. */
  readonly viewer: () => Viewer | null;
  readonly end: () => void;
};

/** Asks again and again whether those who stay may; all are asked about at once. Nobody is let out for want of an answer. */
export function createRevocationWatch(options: {
  readonly stillValid: Contexts['stillValid'];
  readonly log: Logger;
  readonly everyMs?: number;
}) {
  const { stillValid, log, everyMs = EVERY_MS } = options;
  const stays = new Set<Stay>();
  let asking = false;

  async function ask(): Promise<void> {
    const asked = [...stays].flatMap((stay) => {
      const viewer = stay.viewer();
      return viewer === null ? [] : [{ stay, viewer }];
    });
    if (asked.length === 0) return;
    const answers = await stillValid(asked.map(({ viewer }) => viewer));
    asked.forEach(({ stay, viewer }, index) => {
      // Whoever came with a fresh token meanwhile is asked about the next time.
      if (answers[index] === false && stay.viewer() === viewer) stay.end();
    });
  }

  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    ask()
      .catch((error: unknown) => log.warn({ err: error }, 'it could not be told which callers were revoked'))
      .finally(() => (asking = false));
  }, everyMs).unref();

  return {
    add: (stay: Stay): void => void stays.add(stay),
    remove: (stay: Stay): void => void stays.delete(stay),
    stop: (): void => clearInterval(timer),
  };
}

export type RevocationWatch = ReturnType<typeof createRevocationWatch>;
