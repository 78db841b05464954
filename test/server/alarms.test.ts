import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAlarms } from '../../src/server/alarms.js';

const DAY = 24 * 60 * 60_000;

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const start = () => createAlarms({ clock: { now: () => new Date() } });

describe('alarms', () => {
  it('wake all who asked for a time at that time, with one timer', () => {
    const alarms = start();
    const woken: string[] = [];
    const sleeper = (name: string) => ({ wake: () => woken.push(`${name} at ${Date.now()}`) });
    for (const name of ['ana', 'ben', 'eva']) alarms.set(1_000, sleeper(name));
    alarms.set(2_000, sleeper('late'));
    expect(vi.getTimerCount()).toBe(2);
    vi.advanceTimersByTime(3_000);
    expect(woken).toEqual(['ana at 1000', 'ben at 1000', 'eva at 1000', 'late at 2000']);
  });

  it('leave alone who no longer wants to be woken, and keep no timer for nobody', () => {
    const alarms = start();
    const ana = { wake: vi.fn() };
    const ben = { wake: vi.fn() };
    alarms.set(1_000, ana);
    alarms.set(1_000, ben);
    alarms.clear(1_000, ana);
    expect(vi.getTimerCount()).toBe(1);
    alarms.clear(1_000, ben);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(2_000);
    expect(ana.wake).not.toHaveBeenCalled();
  });

  it('come also after longer than a timer can wait, and at once where the time has passed', () => {
    const alarms = start();
    const woken: number[] = [];
    alarms.set(40 * DAY, { wake: () => woken.push(Date.now()) });
    alarms.set(-1, { wake: () => woken.push(Date.now()) });
    vi.advanceTimersByTime(41 * DAY);
    expect(woken).toEqual([0, 40 * DAY]);
  });
});
