import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Placement } from '../../src/domain/ports/wakes.js';
import { startSequencer, type Leadership } from '../../src/feed/sequencer.js';
import { recordingLog } from '../support/channel-fakes.js';

type Batch = { readonly moved: readonly Placement[]; readonly more: boolean };

const at = (organizationId: string, through: bigint, placed: number): Placement => ({
  organizationId,
  through,
  placed,
});

function start(given: { readonly sequence?: () => Promise<Batch> } = {}) {
  const candidacies: { acquire: () => void; lose: () => void; resigned: number }[] = [];
  const moved: (readonly Placement[])[] = [];
  const limits: number[] = [];
  const batches: Batch[] = [];
  const seekLeadership = (): Leadership => {
    const candidacy = { acquire: () => {}, lose: () => {}, resigned: 0 };
    candidacies.push(candidacy);
    const acquired = new Promise<void>((resolve) => (candidacy.acquire = resolve));
    const lost = new Promise<void>((resolve) => (candidacy.lose = resolve));
    const resign = async (): Promise<void> => {
      candidacy.resigned += 1;
      candidacy.lose();
    };
    return { acquired, lost, resign };
  };
  const log = recordingLog();
  const sequencer = startSequencer({
    seekLeadership,
    sequence: async (limit) => {
      limits.push(limit);
      return given.sequence ? given.sequence() : (batches.shift() ?? { moved: [], more: false });
    },
    moved: (placements) => moved.push(placements),
    log,
  });
  return { sequencer, candidacies, moved, limits, batches, log };
}

describe('the sequencer', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const passed = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

  it('gives no positions before it leads', async () => {
    const { sequencer, limits, candidacies } = start();
    sequencer.wake();
    await passed(10_000);
    expect(candidacies).toHaveLength(1);
    expect(limits).toEqual([]);
    await sequencer.stop();
  });

  it('goes on at once while there is more, and tells which positions it gave', async () => {
    const { sequencer, batches, moved, limits, candidacies } = start();
    const [first, second] = [[at('a', 2n, 2)], [at('a', 3n, 1), at('b', 1n, 1)]];
    batches.push({ moved: first, more: true }, { moved: second, more: true }, { moved: [], more: false });
    candidacies[0]?.acquire();
    await passed();
    expect(moved).toEqual([first, second]);
    expect(limits).toHaveLength(3);
    await sequencer.stop();
  });

  it('looks again when woken, and without a hint after half a second', async () => {
    const { sequencer, limits, candidacies } = start();
    candidacies[0]?.acquire();
    await passed();
    expect(limits).toHaveLength(1);
    sequencer.wake();
    await passed();
    expect(limits).toHaveLength(2);
    await passed(499);
    expect(limits).toHaveLength(2);
    await passed(1);
    expect(limits).toHaveLength(3);
    await sequencer.stop();
  });

  it('stops when it loses the lead, and seeks it again', async () => {
    const { sequencer, limits, candidacies } = start();
    candidacies[0]?.acquire();
    await passed();
    candidacies[0]?.lose();
    await passed();
    const before = limits.length;
    sequencer.wake();
    await passed(500);
    expect(limits).toHaveLength(before);
    expect(candidacies).toHaveLength(2);
    candidacies[1]?.acquire();
    await passed();
    expect(limits.length).toBeGreaterThan(before);
    await sequencer.stop();
  });

  it('gives up the lead when the database fails, says so, and seeks it again', async () => {
    let broken = true;
    const { sequencer, candidacies, log, moved } = start({
      sequence: async () => {
        if (broken) throw new Error('the connection was lost');
        return { moved: [at('a', 1n, 1)], more: false };
      },
    });
    candidacies[0]?.acquire();
    await passed();
    expect(candidacies[0]?.resigned).toBe(1);
    expect(log.lines.join()).toContain('tries again');
    broken = false;
    await passed(500);
    candidacies[1]?.acquire();
    await passed();
    expect(moved).toContainEqual([at('a', 1n, 1)]);
    await sequencer.stop();
  });

  it('gives up the lead when a batch is not answered for three seconds', async () => {
    const { sequencer, candidacies, log } = start({ sequence: () => new Promise(() => undefined) });
    candidacies[0]?.acquire();
    await passed(2_999);
    expect(candidacies[0]?.resigned).toBe(0);
    await passed(1);
    expect(candidacies[0]?.resigned).toBe(1);
    expect(log.lines.join()).toContain('tries again');
    await sequencer.stop();
  });

  it.each(['leads', 'waits for the lead'])('stops while it %s, and resigns', async (when) => {
    const { sequencer, candidacies } = start();
    if (when === 'leads') candidacies[0]?.acquire();
    await passed();
    await sequencer.stop();
    expect(candidacies[0]?.resigned).toBeGreaterThan(0);
    expect(candidacies).toHaveLength(1);
  });
});
