import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import type { Viewer } from '../../src/domain/viewer.js';
import { createAlarms } from '../../src/server/alarms.js';
import { beginSession, type SessionRules } from '../../src/server/socket-session.js';

type Socket = WebSocket & { readonly ignore: () => void };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const viewerFor = (lifeMs: number | null): Viewer => ({
  ...{ subject: 'ana', name: 'Ana', role: 'agent', organizationId: 'acme', organizationSlug: 'acme', locale: 'en' },
  ...{ issuedAt: null, expiresAt: lifeMs === null ? null : new Date(Date.now() + lifeMs), partner: null },
});

/** A session of a token that is good for so long; what the socket is told, with how long after the beginning. */
function session(lifeMs: number | null) {
  const began = Date.now();
  const told: [atMs: number, what: unknown][] = [];
  const tell = (what: unknown): number => told.push([Date.now() - began, what]);
  const socket = {
    send: (text: string) => tell((JSON.parse(text) as { payload: { expiresInMs: number } }).payload.expiresInMs),
    close: tell,
    ignore: () => undefined,
  };
  let fresh = viewerFor(lifeMs);
  const clock = { now: () => new Date() };
  const rules: SessionRules<Socket> = {
    changed: () => undefined,
    contexts: { authenticate: () => Promise.resolve(fresh) },
    watch: null,
    alarms: createAlarms({ clock }),
    clock,
  };
  const running = beginSession(rules, socket as unknown as Socket, fresh, undefined);
  const renew = (given: Viewer) => {
    fresh = given;
    return running.renew('Bearer token');
  };
  return { told, running, renew, same: () => renew(fresh) };
}

describe('the end of a token', () => {
  it('is announced a minute before, or when half of a short life is over', async () => {
    const hour = session(60 * MINUTE);
    const seconds = session(30_000);
    await vi.advanceTimersByTimeAsync(60 * MINUTE);

    expect(hour.told).toEqual([
      [59 * MINUTE, MINUTE],
      [60 * MINUTE, 4403],
    ]);
    expect(seconds.told).toEqual([
      [15_000, 15_000],
      [30_000, 4403],
    ]);
    expect(hour.running.viewer()).toBeNull();
  });

  it('comes also after longer than a timer can wait, and never where there is none', async () => {
    const month = session(40 * DAY);
    const open = session(null);
    await vi.advanceTimersByTimeAsync(41 * DAY);

    expect(month.told.at(-1)).toEqual([40 * DAY, 4403]);
    expect(open.told).toEqual([]);
    expect(open.running.viewer()).not.toBeNull();
  });

  it('is that of the fresh token, which is announced in its turn', async () => {
    const { told, renew } = session(10 * MINUTE);
    await vi.advanceTimersByTimeAsync(9 * MINUTE);
    expect(await renew(viewerFor(10 * MINUTE))).toEqual({ accepted: true, expiresInMs: 10 * MINUTE });
    await vi.advanceTimersByTimeAsync(20 * MINUTE);

    expect(told).toEqual([
      [9 * MINUTE, MINUTE],
      [18 * MINUTE, MINUTE],
      [19 * MINUTE, 4403],
    ]);
  });

  it('is not announced again to a client that has nothing but the same token', async () => {
    const { told, same } = session(10 * MINUTE);
    await vi.advanceTimersByTimeAsync(9 * MINUTE);
    expect(await same()).toMatchObject({ accepted: true });
    await vi.advanceTimersByTimeAsync(2 * MINUTE);

    expect(told).toEqual([
      [9 * MINUTE, MINUTE],
      [10 * MINUTE, 4403],
    ]);
    expect(await same()).toMatchObject({ accepted: false, code: 'UNAUTHENTICATED' });
  });

  it('comes earlier with a fresh token that ends earlier', async () => {
    const { told, renew } = session(10 * MINUTE);
    await renew(viewerFor(MINUTE));
    await vi.advanceTimersByTimeAsync(10 * MINUTE);

    expect(told).toEqual([[MINUTE, 4403]]);
  });

  it('is nothing to a socket that has gone', async () => {
    const { told, running } = session(MINUTE);
    running.leave();
    await vi.advanceTimersByTimeAsync(2 * MINUTE);

    expect(told).toEqual([]);
  });
});
