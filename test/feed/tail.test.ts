import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followLog } from '../../src/feed/tail.js';

type Line = { readonly position: bigint };
const lines = (...positions: readonly number[]): readonly Line[] =>
  positions.map((position) => ({ position: BigInt(position) }));
const positionsOf = (found: readonly Line[] | null) => found?.map(({ position }) => Number(position)) ?? null;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A tail of a log that begins with the given positions, keeping three. */
async function follow(...existing: readonly number[]) {
  const log = [...lines(...existing)];
  const heard = { news: (): void => undefined, batch: (_: readonly Line[]): void => undefined };
  let reads = 0;
  const tail = await followLog<Line>({
    head: async () => log.at(-1)?.position ?? 0n,
    after: async (position, limit) => {
      reads += 1;
      return log.filter((line) => line.position > position).slice(0, limit);
    },
    hints: (news) => {
      heard.news = news;
      return () => undefined;
    },
    batches: (received) => {
      heard.batch = received;
      return () => undefined;
    },
    ring: 3,
    failed: (error) => {
      throw error;
    },
  });
  await vi.advanceTimersByTimeAsync(0);
  return {
    tail,
    log,
    reads: () => reads,
    news: async () => {
      heard.news();
      await vi.advanceTimersByTimeAsync(0);
    },
    batch: async (...positions: readonly number[]) => {
      heard.batch(lines(...positions));
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

describe('the newest part of a log', () => {
  it('begins at the head: what was before has to be read from the log', async () => {
    const { tail } = await follow(1, 2, 3);
    expect(tail.position()).toBe(3n);
    expect(tail.after(2n, 10)).toBeNull();
    expect(tail.after(3n, 10)).toEqual([]);
    tail.close();
  });

  it('grows when it is told, and tells those who listen', async () => {
    const { tail, log, news } = await follow();
    const listener = vi.fn();
    tail.onNews(listener);
    log.push(...lines(10, 20, 50));
    await news();
    expect(listener).toHaveBeenCalledOnce();
    expect(positionsOf(tail.after(10n, 10))).toEqual([20, 50]);
    expect(positionsOf(tail.after(15n, 1))).toEqual([20]);
    expect(positionsOf(tail.after(50n, 10))).toEqual([]);
    tail.close();
  });

  it('forgets the oldest, and says so to who asks for them', async () => {
    const { tail, log, news } = await follow();
    log.push(...lines(1, 2, 3, 4, 5, 6, 7));
    await news();
    expect(positionsOf(tail.after(4n, 10))).toEqual([5, 6, 7]);
    expect(tail.after(3n, 10)).toBeNull();
    tail.close();
  });
});

describe('batches that arrive without being read', () => {
  it('are taken as they are when they follow on what is known', async () => {
    const { tail, reads, batch } = await follow(1);
    const before = reads();
    await batch(2, 3);
    expect(positionsOf(tail.after(1n, 10))).toEqual([2, 3]);
    expect(reads()).toBe(before);
    tail.close();
  });

  it('add only what is new when they overlap, and nothing when they are old', async () => {
    const { tail, batch } = await follow(1);
    await batch(2, 3);
    await batch(2, 3);
    await batch(3, 4);
    expect(positionsOf(tail.after(1n, 10))).toEqual([2, 3, 4]);
    tail.close();
  });

  it('after a gap are read from the log, with all that is missing', async () => {
    const { tail, log, batch } = await follow(1);
    log.push(...lines(2, 3, 4));
    await batch(4);
    expect(positionsOf(tail.after(1n, 10))).toEqual([2, 3, 4]);
    tail.close();
  });
});
