import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConsentStatus } from '../../src/domain/consent/transitions.js';
import type { FeedLog, MessageChange } from '../../src/domain/ports/feed-log.js';
import type { FeedItem } from '../../src/domain/ports/feed.js';
import type { Funnel, MessageView, TransitionFilter, TransitionView } from '../../src/domain/ports/readers.js';
import { createCursors } from '../../src/feed/cursors.js';
import { createSources } from '../../src/feed/sources.js';
import { createFeed } from '../../src/feed/streams.js';
import { createWakes } from '../../src/feed/wakes.js';

const anything: TransitionFilter = { contactId: null, statuses: null };
const noFunnel: Funnel = {
  NOT_ASKED: 0,
  PENDING: 0,
  NO_RESPONSE: 0,
  OPTED_IN: 0,
  OPTED_OUT: 0,
  UNREACHABLE: 0,
  SUSPENDED: 0,
  heldMessages: 0,
};

/** A feed over logs in memory. Nothing wakes it but what the test publishes, and time. */
function start() {
  const transitions: TransitionView[] = [];
  const changes: MessageChange[] = [];
  const cursors = createCursors(Buffer.alloc(32, 1));
  const hints = createWakes();
  const subscribed = { now: 0 };
  const wakes = {
    publish: hints.publish,
    subscribe: (...args: Parameters<typeof hints.subscribe>) => {
      const release = hints.subscribe(...args);
      subscribed.now += 1;
      return () => {
        subscribed.now -= 1;
        release();
      };
    },
  };
  const log: FeedLog = {
    head: async (organizationId) =>
      transitions.findLast((one) => one.organizationId === organizationId)?.position ?? 0n,
    after: async (organizationId, position, { contactId, statuses }, limit) => {
      const later = transitions.filter((one) => one.organizationId === organizationId && one.position > position);
      const found = later.filter(
        (one) =>
          (contactId === null || one.contactId === contactId) && (statuses === null || statuses.includes(one.to)),
      );
      const page = found.slice(0, limit);
      const through = page.length === limit ? page.at(-1)?.position : later.at(-1)?.position;
      return { transitions: page, through: through ?? position };
    },
    settled: async () => undefined,
    waitingSince: async () => state.waitingSince,
    messageHead: async () => changes.at(-1)?.position ?? 0n,
    messageChanges: async (_organizationId, contactId, after, limit) =>
      changes.filter(({ message, position }) => message.contactId === contactId && position > after).slice(0, limit),
  };
  const state: { funnel: Funnel; waitingSince: Date | null } = { funnel: noFunnel, waitingSince: null };
  const clock = { now: () => new Date() };
  const sources = createSources({
    log,
    wakes,
    batches: null,
    cursors,
    readers: { funnel: async () => state.funnel },
    clock,
    failed: (error) => {
      throw error;
    },
  });
  const feed = createFeed({ sources, clock });

  function commit(to: ConsentStatus = 'OPTED_IN', contactId = 'ana', organizationId = 'acme'): void {
    const own = transitions.filter((one) => one.organizationId === organizationId);
    const position = BigInt(own.length + 1);
    transitions.push({
      position,
      eventId: `event ${position}`,
      organizationId,
      contactId,
      contactVersion: own.filter((one) => one.contactId === contactId).length + 1,
      from: 'PENDING',
      to,
      cause: 'ACCEPTED',
      occurredAt: new Date(0),
      recordedAt: new Date(0),
    });
  }

  return {
    feed,
    cursors,
    subscribed,
    state,
    commit,
    news: () => wakes.publish([{ organizationId: 'acme', contactId: null }]),
    change: (status: MessageView['status'], contactId = 'ana') => {
      const message = { id: 'm1', contactId, status } as MessageView;
      changes.push({ position: BigInt(changes.length + 1) << 15n, message });
      wakes.publish([{ organizationId: 'acme', contactId }]);
    },
    follow: (after: bigint | null, filter = anything) => {
      const cursor = after === null ? null : cursors.encode('acme', after);
      return listen(feed.transitions('acme', { after: cursor, filter }), told);
    },
  };
}

function told(item: FeedItem): string {
  switch (item.type) {
    case 'TRANSITION':
      return `${item.transition.position}${item.replayed ? ' replayed' : ''}`;
    case 'CHECKPOINT':
      return `checkpoint ${item.position}${item.caughtUp ? '' : ' behind'}`;
    case 'RESET':
      return `reset ${item.reason}`;
  }
}

/** Reads a stream to its end, keeping what came. */
function listen<Item>(stream: AsyncIterableIterator<Item>, tell: (item: Item) => string) {
  const heard: string[] = [];
  const ended = (async () => {
    for await (const item of stream) heard.push(tell(item));
  })();
  return { heard, ended, leave: async () => stream.return?.() };
}

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());
const passed = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

describe('the stream of transitions', () => {
  it('replays after the cursor, says that it has caught up, then goes on live', async () => {
    const { commit, news, follow } = start();
    for (let n = 0; n < 3; n += 1) commit();
    const { heard, leave } = follow(1n);
    await passed();
    expect(heard).toEqual(['2 replayed', '3 replayed', 'checkpoint 3']);
    commit();
    news();
    await passed();
    expect(heard.slice(3)).toEqual(['4']);
    await leave();
  });

  it('without a cursor begins now', async () => {
    const { commit, news, follow } = start();
    commit();
    const { heard, leave } = follow(null);
    await passed();
    commit();
    news();
    await passed();
    expect(heard).toEqual(['checkpoint 1', '2']);
    await leave();
  });

  it('replays more than a page, in order and without a gap, while more is committed', async () => {
    const { commit, news, follow } = start();
    for (let n = 0; n < 1_001; n += 1) commit();
    const { heard, leave } = follow(0n);
    for (let n = 0; n < 300; n += 1) commit();
    news();
    await passed();
    await passed(1_000);
    const positions = heard.filter((item) => !item.startsWith('checkpoint')).map((item) => Number.parseInt(item, 10));
    expect(positions).toEqual(Array.from({ length: 1_301 }, (_, n) => n + 1));
    await leave();
  });

  it('finds what no hint told of within a second', async () => {
    const { commit, follow } = start();
    const { heard, leave } = follow(0n);
    await passed();
    commit();
    await passed(1_000);
    expect(heard).toEqual(['checkpoint 0', '1']);
    await leave();
  });

  it('delivers what was asked for only, and its checkpoints go past the rest', async () => {
    const { commit, follow } = start();
    commit('OPTED_IN', 'ana');
    commit('OPTED_OUT', 'ana');
    commit('OPTED_IN', 'bea');
    const byContact = follow(0n, { contactId: 'ana', statuses: null });
    const byStatus = follow(0n, { contactId: null, statuses: ['OPTED_IN'] });
    const both = follow(0n, { contactId: 'ana', statuses: ['OPTED_IN'] });
    await passed();
    expect(byContact.heard).toEqual(['1 replayed', '2 replayed', 'checkpoint 3']);
    expect(byStatus.heard).toEqual(['1 replayed', '3 replayed', 'checkpoint 3']);
    expect(both.heard).toEqual(['1 replayed', 'checkpoint 3']);
    await Promise.all([byContact.leave(), byStatus.leave(), both.leave()]);
  });

  it('sends a checkpoint for every 15 seconds of silence', async () => {
    const { follow, commit, news } = start();
    const { heard, leave } = follow(null);
    await passed(14_900);
    expect(heard).toEqual(['checkpoint 0']);
    await passed(200);
    expect(heard).toHaveLength(2);
    commit();
    news();
    await passed(14_000);
    expect(heard.slice(2)).toEqual(['1']);
    await passed(2_000);
    expect(heard.slice(3)).toEqual(['checkpoint 1']);
    await leave();
  });

  it('says how long the oldest transition has waited for its position', async () => {
    const { feed, state } = start();
    state.waitingSince = new Date(-300);
    const { heard, leave } = listen(feed.transitions('acme', { after: null, filter: anything }), (item) =>
      item.type === 'CHECKPOINT' ? `lag ${item.lagMs}` : item.type,
    );
    await passed();
    expect(heard).toEqual(['lag 300']);
    await leave();
  });

  it.each([
    ['not one', () => 'nonsense'],
    ['another organization’s', ({ cursors }: ReturnType<typeof start>) => cursors.encode('rival', 1n)],
    ['from beyond the end', ({ cursors }: ReturnType<typeof start>) => cursors.encode('acme', 9n)],
  ])('a cursor that is %s: told to begin anew, then ends', async (_, make) => {
    const world = start();
    world.commit();
    const stream = world.feed.transitions('acme', { after: make(world), filter: anything });
    const { heard, ended } = listen(stream, told);
    await passed();
    await ended;
    expect(heard).toEqual(['reset CURSOR_INVALID']);
    expect(world.subscribed.now).toBe(0);
  });

  it('holds only what is the organization’s own', async () => {
    const { commit, follow } = start();
    commit('OPTED_IN', 'zoe', 'rival');
    const { heard, leave } = follow(0n);
    await passed();
    expect(heard).toEqual(['checkpoint 0']);
    await leave();
  });

  it('left, it ends and releases everything at once, without waiting for an event', async () => {
    const { follow, subscribed } = start();
    const listeners = [follow(null), follow(null)];
    await passed();
    expect(subscribed.now).toBeGreaterThan(0);
    for (const { leave } of listeners) await leave();
    await Promise.all(listeners.map(({ ended }) => ended));
    expect(subscribed.now).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the stream of a contact’s messages', () => {
  it('tells each change from now on, of that contact only', async () => {
    const { feed, change, subscribed } = start();
    change('QUEUED');
    const { heard, leave, ended } = listen(feed.messageUpdates('acme', 'ana'), ({ status }) => status);
    await passed();
    change('SENDING');
    change('HELD', 'bea');
    change('ACCEPTED');
    await passed();
    expect(heard).toEqual(['SENDING', 'ACCEPTED']);
    await leave();
    await ended;
    expect(subscribed.now).toBe(0);
  });
});

describe('the stream of the funnel', () => {
  it('tells the counts now and when they change, at most four times a second', async () => {
    const { feed, state, news } = start();
    const { heard, leave } = listen(feed.funnel('acme'), ({ funnel }) => `${funnel.PENDING}`);
    await passed();
    for (let n = 1; n <= 20; n += 1) {
      state.funnel = { ...noFunnel, PENDING: n };
      news();
      await passed(50);
    }
    await passed(1_000);
    expect(heard[0]).toBe('0');
    expect(heard.at(-1)).toBe('20');
    expect(heard.length).toBeLessThanOrEqual(7);
    const known = heard.length;
    news();
    await passed(2_000);
    expect(heard).toHaveLength(known);
    const leaving = leave();
    await passed(250);
    await leaving;
  });
});
