import type { Wake } from '../domain/ports/wakes.js';
import { hintsMessage } from './messages.js';

/** Hints that come while others have just left go together, at most this often. */
const GATHER_MS = 10;
const MAX_WAKES = 1_000;

/** Gathers hints and sends them on: the first at once, those that follow it closely together. */
export function createHintSender(send: (message: string) => void): {
  readonly publish: (wakes: readonly Wake[]) => void;
  readonly stop: () => void;
} {
  const gathered = new Map<string, Wake>();
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    timer = null;
    if (gathered.size === 0) return;
    const keys = [...gathered.keys()].slice(0, MAX_WAKES);
    const wakes = [...gathered.values()].slice(0, MAX_WAKES);
    for (const key of keys) gathered.delete(key);
    timer = setTimeout(flush, GATHER_MS);
    send(hintsMessage(wakes));
  }

  return {
    publish: (wakes) => {
      for (const wake of wakes) gathered.set(`${wake.organizationId} ${wake.contactId ?? ''}`, wake);
      if (timer === null) flush();
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      flush();
      if (timer !== null) clearTimeout(timer);
    },
  };
}
