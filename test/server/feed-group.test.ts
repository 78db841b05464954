import { buildSchema, parse } from 'graphql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import type { Entry, Source } from '../../src/domain/ports/feed.js';
import { createFeedGroup, type Member } from '../../src/server/feed-group.js';

const schema = buildSchema('type Query { unused: Int } type Subscription { line: String }');
const document = parse('subscription { line }');
const silent = { debug() {}, info() {}, warn() {}, error() {} };

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** A group over lines in memory, whose checkpoints are made when the test says so. */
function start() {
  const entries: Entry<{ line: string }>[] = [];
  let news: () => void = () => undefined;
  const made: (() => void)[] = [];
  const source: Source<unknown> = {
    position: () => entries.at(-1)?.position ?? 0n,
    onNews: (listener) => {
      news = listener;
      return () => undefined;
    },
    begin: async () => ({ from: 0n, head: 0n }),
    read: async (position, limit) => {
      const page = entries.filter((entry) => entry.position > position).slice(0, limit);
      return { entries: page, through: page.at(-1)?.position ?? position };
    },
    checkpoint: (position) => new Promise((resolve) => made.push(() => resolve({ line: `checkpoint ${position}` }))),
    close: () => undefined,
  };
  const group = createFeedGroup({
    source,
    args: { schema, document, contextValue: { requestId: 'r' } },
    clock: { now: () => new Date() },
    log: silent,
  });
  const told: string[] = [];
  const socket = {
    readyState: 1,
    OPEN: 1,
    bufferedAmount: 0,
    send: (text: string) => told.push(JSON.parse(text).payload.data.line),
  };
  const member: Member = {
    socket: socket as unknown as WebSocket,
    operationId: '1',
    raw: null,
    position: 0n,
    fellBehind: () => undefined,
  };
  return {
    group,
    member,
    told,
    commit: () => {
      const position = BigInt(entries.length + 1);
      entries.push({ position, item: { line: `line ${position}` } });
      news();
    },
    checkpointsMade: () => {
      for (const make of made.splice(0)) make();
    },
  };
}

describe('a group of subscribers who ask alike', () => {
  it('tells of silence, and of what came while it was about to, once and in order', async () => {
    const { group, member, told, commit, checkpointsMade } = start();
    group.join(member);
    commit();
    await vi.advanceTimersByTimeAsync(16_000);
    commit();
    commit();
    await vi.advanceTimersByTimeAsync(2_000);
    checkpointsMade();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['line 1', 'checkpoint 1', 'line 2', 'line 3']);
    expect(group.position()).toBe(3n);
    group.leave(member);
    commit();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toHaveLength(4);
    group.close();
  });

  it('gives a member that is ahead only what it lacks', async () => {
    const { group, member, told, commit } = start();
    member.position = 2n;
    group.join(member);
    for (let n = 0; n < 3; n += 1) commit();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['line 3']);
    group.close();
  });
});
