import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHeartbeat } from '../../src/server/heartbeat.js';

const EVERY_MS = 12_000;

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function start(count: number) {
  const sockets = new Set<ReturnType<typeof socket>>();
  const heartbeat = createHeartbeat({ sockets, everyMs: EVERY_MS });
  for (let made = 0; made < count; made += 1) sockets.add(socket());

  function socket() {
    const pings: number[] = [];
    const one = {
      ...{ readyState: 1 as const, OPEN: 1 as const, turn: heartbeat.nextTurn(), isAsked: false, answers: true, pings },
      ping: () => {
        pings.push(Date.now());
        if (one.answers) one.isAsked = false;
      },
      terminate: () => sockets.delete(one),
    };
    return one;
  }
  return { heartbeat, sockets, all: [...sockets] };
}

describe('the pings of a server', () => {
  it('reach each socket once in their time, never many at once', () => {
    const { heartbeat, all } = start(120);
    vi.advanceTimersByTime(3 * EVERY_MS);
    for (const { pings } of all) {
      expect(pings).toHaveLength(3);
      expect(pings.map((at, index) => at - (pings[index - 1] ?? at - EVERY_MS))).toEqual([
        EVERY_MS,
        EVERY_MS,
        EVERY_MS,
      ]);
    }
    const moments = [...new Set(all.map(({ pings }) => pings[0]))];
    const together = moments.map((moment) => all.filter(({ pings }) => pings[0] === moment).length);
    expect(together).toEqual(Array.from({ length: 12 }, () => 10));
    heartbeat.stop();
  });

  it('cut a socket that has not answered when the next is due, and no other', () => {
    const { heartbeat, sockets, all } = start(3);
    const [silent] = all;
    if (silent) silent.answers = false;
    vi.advanceTimersByTime(EVERY_MS);
    expect(sockets.size).toBe(3);
    vi.advanceTimersByTime(EVERY_MS);
    expect([...sockets]).toEqual(all.slice(1));
    heartbeat.stop();
  });
});
