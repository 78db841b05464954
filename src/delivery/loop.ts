import type { Logger } from '../domain/ports/logger.js';

export type Loop = {
  /** Runs the next step at once; a step under way is followed by another. */
  readonly wake: () => void;
  /** Resolves when the step under way is done; there is no other after it. */
  readonly stop: () => Promise<void>;
};

const AFTER_ERROR_MS = 1_000;

/** Runs a step again and again: the step says after how many milliseconds, a wake-up makes it now. */
export function createLoop(options: {
  readonly name: string;
  readonly step: () => Promise<number>;
  readonly log: Logger;
}): Loop {
  const { name, step, log } = options;
  let stopped = false;
  let woken = false;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  function start(): void {
    if (stopped || running) return;
    if (timer) clearTimeout(timer);
    timer = null;
    woken = false;
    running = run().finally(() => {
      running = null;
      if (woken) start();
    });
  }

  async function run(): Promise<void> {
    let pause = AFTER_ERROR_MS;
    try {
      pause = await step();
    } catch (error) {
      log.error({ err: error, loop: name }, 'a step failed and is tried again');
    }
    if (stopped) return;
    timer = setTimeout(start, pause);
  }

  start();
  return {
    wake: () => {
      woken = true;
      start();
    },
    stop: async () => {
      stopped = true;
      if (timer) clearTimeout(timer);
      await running;
    },
  };
}
