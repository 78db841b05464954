import type { Logger } from '../domain/ports/logger.js';
import type { Placement } from '../domain/ports/wakes.js';
import { createSignal } from './signal.js';

/** The right to give positions: one server has it at a time. */
export type Leadership = {
  readonly acquired: Promise<void>;
  readonly lost: Promise<void>;
  readonly resign: () => Promise<void>;
};

export type Sequencer = {
  /** Something was committed: look now. */
  readonly wake: () => void;
  readonly stop: () => Promise<void>;
};

const BATCH = 1_000;
/** Without a hint a transition waits this long at most. */
const POLL_MS = 500;
const RETRY_MS = 500;
/** A batch takes milliseconds; a leader that gets no answer for so long lets another lead. */
const ANSWER_MS = 3_000;

/**
 * Gives committed transitions their positions while this server leads, and seeks to lead while it does not. `moved` is
 * told of each batch, and must not take long. `sequence` must be safe beside itself: one that was given up, or that of a
 * server which has lost the lead and does not know it yet, may still go on.
 */
export function startSequencer(options: {
  readonly seekLeadership: () => Leadership;
  readonly sequence: (limit: number) => Promise<{ readonly moved: readonly Placement[]; readonly more: boolean }>;
  readonly moved: (placements: readonly Placement[]) => void;
  readonly log: Logger;
}): Sequencer {
  const { seekLeadership, sequence, moved, log } = options;
  const signal = createSignal();
  const pause = createSignal();
  let stopped = false;
  let current: Leadership | null = null;

  async function lead(leadership: Leadership): Promise<void> {
    let leading = true;
    void leadership.lost.then(() => {
      leading = false;
      signal.raise();
    });
    await Promise.race([leadership.acquired, leadership.lost]);
    if (leading && !stopped) log.info({}, 'giving feed positions');
    while (leading && !stopped) {
      const batch = await inTime(sequence(BATCH));
      if (batch.moved.length > 0) moved(batch.moved);
      if (!batch.more) await signal.wait(POLL_MS);
    }
  }

  async function run(): Promise<void> {
    while (!stopped) {
      current = seekLeadership();
      try {
        await lead(current);
      } catch (error) {
        if (!stopped) log.warn({ err: error }, 'the sequencer lost the database and tries again');
      }
      await current.resign().catch(() => {});
      if (!stopped) await pause.wait(RETRY_MS);
    }
  }

  const running = run();
  return {
    wake: signal.raise,
    stop: async () => {
      stopped = true;
      signal.raise();
      pause.raise();
      await current?.resign().catch(() => {});
      await running;
    },
  };
}

async function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no batch was placed within ${ANSWER_MS} ms`)), ANSWER_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
