import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeFeed } from '../../src/cli/feed-verdict.js';
import { assent } from '../support/command-line.js';
import { startFeedScene, type FeedScene } from '../support/feed-scene.js';

let scene: FeedScene;
beforeAll(async () => {
  scene = await startFeedScene();
});
afterAll(() => scene.close());

const check = (...args: readonly string[]) => assent({}, 'feed', 'check', '--url', scene.server.url, ...args);

describe('assent feed check', () => {
  it('finds that nothing is lost while it writes and breaks its own connections', async () => {
    const few = ['--connections', '3', '--seconds', '3', '--contacts', '2'];
    const { code, out, err } = await check('--token', scene.agent.token, '--write', '--json', ...few);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    const verdict = JSON.parse(out);
    expect(verdict).toMatchObject({
      ok: true,
      connections: 3,
      missing: 0,
      reordered: 0,
      repeatedUnmarked: 0,
      versionGaps: 0,
      unrecorded: 0,
    });
    expect(verdict.written).toBeGreaterThan(0);
    expect(verdict.expected).toBe(verdict.written);
    expect(verdict.received).toBe(3 * verdict.written);
    expect(verdict.interruptions).toBeGreaterThan(0);
  });

  it('only listens unless it is told to write', async () => {
    const before = await scene.head();
    const { code, out } = await check('--token', scene.agent.token, '--seconds', '1', '--connections', '1');

    expect({ code, after: await scene.head() }).toEqual({ code: 0, after: before });
    expect(out).toContain('The feed kept its promise.');
  });

  it('says why when it is not let in', async () => {
    const { code, err } = await check('--token', 'nonsense', '--seconds', '1');

    expect(code).toBe(1);
    expect(err).toMatch(/^assent: .+/);
  });
});

describe('the verdict', () => {
  const paged = (eventId: string, contactVersion: number) => ({ eventId, contactVersion, contact: { id: 'contact' } });
  const truth = [paged('a', 1), paged('b', 2), paged('c', 3)];
  const watcher = (...eventIds: readonly string[]) => ({
    arrivals: eventIds.map((eventId, index) => ({ eventId, lagMs: index * 10 })),
    counts: { interruptions: 1, repeatedMarked: 0, repeatedUnmarked: 0 },
    has: (eventId: string) => eventIds.includes(eventId),
  });
  const all = { written: 3, recorded: 3 };

  it('is good when each subscriber saw the pages, and whatever came after them', () => {
    const verdict = judgeFeed(truth, [watcher('a', 'b', 'c'), watcher('a', 'b', 'c', 'd')], all);
    expect(verdict).toMatchObject({ ok: true, expected: 3, received: 7, lagMs: { p50: 10, p99: 30 } });
  });

  it.each([
    ['something missing', judgeFeed(truth, [watcher('a', 'c')], all), { missing: 1 }],
    ['another order', judgeFeed(truth, [watcher('b', 'a', 'c')], all), { reordered: 1 }],
    ['a gap in the pages', judgeFeed([paged('a', 1), paged('c', 3)], [watcher('a', 'c')], all), { versionGaps: 1 }],
    [
      'a write that was forgotten',
      judgeFeed(truth, [watcher('a', 'b', 'c')], { written: 4, recorded: 3 }),
      { unrecorded: 1 },
    ],
    [
      'an unmarked repetition',
      judgeFeed(
        truth,
        [{ ...watcher('a', 'b', 'c'), counts: { interruptions: 0, repeatedMarked: 0, repeatedUnmarked: 1 } }],
        all,
      ),
      { repeatedUnmarked: 1 },
    ],
  ])('is bad for %s', (_, verdict, found) => {
    expect(verdict).toMatchObject({ ok: false, ...found });
  });
});
