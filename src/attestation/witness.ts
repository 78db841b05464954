import type { Logger } from '../domain/ports/logger.js';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Organizations whose newest note waits; beyond, the ones that wait longest are given up. */
const MAX_WAITING = 10_000;

/** Tells others what was signed, so that they can hold it against what they are told later. */
export type Witness = {
  /** Never waits and never fails. */
  readonly tell: (organizationId: string, note: string) => void;
  /** Waits for what is under way, and gives up the rest. */
  readonly stop: () => Promise<void>;
};

/**
 * Posts notes one by one, and again until they are taken. Of an organization whose note is not yet taken only the newest
 * is kept: it stands for those before.
 */
export function createWitness(options: {
  /** Rejects when the note was not taken. */
  readonly post: (note: string) => Promise<void>;
  readonly log: Logger;
}): Witness {
  const { post, log } = options;
  const waiting = new Map<string, string>();
  let running: Promise<void> | null = null;
  let stopped = false;
  let endPause: () => void = () => undefined;

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let [next] = waiting; next && !stopped; [next] = waiting) {
      const [organizationId, note] = next;
      try {
        await post(note);
        if (waiting.get(organizationId) === note) waiting.delete(organizationId);
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        log.warn({ err: error, organizationId }, 'a checkpoint was not taken by its witness and is posted again');
        if (!stopped) await pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  return {
    tell: (organizationId, note) => {
      if (stopped) return;
      const [longest] = waiting.keys();
      if (waiting.size >= MAX_WAITING && longest !== undefined && !waiting.has(organizationId)) waiting.delete(longest);
      waiting.set(organizationId, note);
      running ??= run().finally(() => {
        running = null;
      });
    },
    stop: async () => {
      stopped = true;
      endPause();
      await running;
    },
  };
}

/** Posts a note as text to an address. */
export function postTo(url: string, timeoutMs: number): (note: string) => Promise<void> {
  return async (note) => {
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    const answer = await fetch(url, { method: 'POST', headers, body: note, signal: AbortSignal.timeout(timeoutMs) });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`The witness answered with ${answer.status}.`);
  };
}
