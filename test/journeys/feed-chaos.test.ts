import { expect, it, onTestFinished, vi } from 'vitest';
import { chanceOf } from '../support/chance.js';
import { createFaults } from '../support/chaos-faults.js';
import { followByEvents, followBySocket, type Reader, type ReaderOptions } from '../support/chaos-readers.js';
import { setChaosScene } from '../support/chaos-scene.js';
import { writeByApi, writeBySql } from '../support/chaos-writers.js';
import { faultless, judgeArrivals } from '../support/judge-arrivals.js';
import { followNaively } from '../support/naive-reader.js';
import { findNatsServer } from '../support/nats-binary.js';
import { startNatsServer } from '../support/nats-server.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const SERVERS = 3;
const CONTACTS = 52;
const SQL_WRITERS = 64;
const API_WRITERS = 8;
/** Contacts that both kinds of writers write to. */
const SHARED_CONTACTS = 2;
const SOCKETS_PER_PROXY = 2;
const TRANSITIONS = 2_500;
const RECONNECTS = 1_000;
/** What a connection carries before it is broken. A transition takes about 250. */
const LIFE_BYTES = [500, 18_000] as const;
/** How far the others get ahead of the reader that pauses. */
const PAUSE = 500;
const BACK_OFF_MS = 40;
const patience = { timeout: 180_000, interval: 10 };

it('loses, reorders and repeats nothing while everything around it breaks', async ({ annotate }) => {
  const begun = performance.now();
  const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
  const isWithNats = findNatsServer() !== null && process.env['CHAOS_NATS'] !== 'off';
  const nats = isWithNats ? await startNatsServer(onTestFinished) : null;
  const scene = await setChaosScene(onTestFinished, {
    servers: SERVERS,
    contacts: CONTACTS,
    settings: nats ? { NATS_URL: nats.url } : {},
  });
  const { servers, contacts, database } = scene;

  const proxyBefore = async (name: string, port: () => number | null, isFlaky = true) => {
    const lives = chanceOf(seed, `proxy before ${name}`);
    const lifetime = () => ({ bytes: lives.from(...LIFE_BYTES), how: lives.oneOf(['RESET', 'END'] as const) });
    const proxy = await startTcpProxy({ port, lifetime });
    if (!isFlaky) proxy.calm();
    onTestFinished(proxy.close);
    return proxy;
  };
  const anyServer = chanceOf(seed, 'any server');
  const beforeAny = await proxyBefore('any server', () => anyServer.oneOf(servers).port());
  const beforeEach = await Promise.all(servers.map(({ name, port }) => proxyBefore(name, port)));
  const beforeWriters = await Promise.all(servers.map(({ name, port }) => proxyBefore(`writers of ${name}`, port)));
  const beforeSteady = await proxyBefore('the steady', () => servers[0]?.port() ?? null, false);

  // The farthest that any reader got, and the longest time in which none got any further
  const progress = { count: 0, at: Infinity, stallMs: 0 };
  const moved = (count: number): void => {
    if (count <= progress.count) return;
    const now = performance.now();
    progress.stallMs = Math.max(progress.stallMs, now - progress.at);
    Object.assign(progress, { count, at: now });
  };
  const readerOf = (name: string, url: string): ReaderOptions => {
    const waits = chanceOf(seed, name);
    return { name, url, token: scene.token, after: scene.start, backOff: () => waits.below(BACK_OFF_MS), moved };
  };
  const flaky = [beforeAny, ...beforeEach];
  const pausing = followBySocket({ ...readerOf('the one that pauses', beforeSteady.url), largeMessages: true });
  const readers: readonly Reader[] = [
    pausing,
    followBySocket(readerOf('the one that only faults break', beforeSteady.url)),
    ...flaky.flatMap(({ url }, proxy) =>
      Array.from({ length: SOCKETS_PER_PROXY }, (_, socket) =>
        followBySocket(readerOf(`socket ${socket} at proxy ${proxy}`, url)),
      ),
    ),
    ...flaky.slice(0, 2).map(({ url }, proxy) => followByEvents(readerOf(`events at proxy ${proxy}`, url))),
  ];
  onTestFinished(async () => void (await Promise.all(readers.map(({ close }) => close()))));
  const naive = await followNaively(database);
  onTestFinished(naive.close);

  const until = (isTrue: () => boolean | Promise<boolean>): Promise<unknown> =>
    vi.waitUntil(() => {
      const [fallen] = scene.fallen;
      if (fallen !== undefined) throw new Error(`a server fell: ${fallen}`);
      for (const { name, failure } of readers) {
        if (failure() !== null) throw new Error(`${name} failed`, { cause: failure() });
      }
      return isTrue();
    }, patience);

  const seeds = { seed, contacts: contacts.slice(0, -API_WRITERS + SHARED_CONTACTS) };
  const direct = await writeBySql(scene, { ...seeds, writers: SQL_WRITERS });
  onTestFinished(direct.close);
  const urls = beforeWriters.map(({ url }) => url);
  const calling = writeByApi(scene, { seed, contacts: contacts.slice(-API_WRITERS), writers: API_WRITERS, urls });
  const acknowledged = (): number => direct.acknowledged() + calling.acknowledged();
  progress.at = performance.now();

  let pauses = 0;
  const pauseNowAndThen = async (): Promise<void> => {
    while (acknowledged() < TRANSITIONS) {
      const from = pausing.count();
      await until(() => pausing.count() > from || acknowledged() >= TRANSITIONS);
      pausing.pause();
      await until(() => progress.count > pausing.count() + PAUSE || acknowledged() >= TRANSITIONS);
      pausing.resume();
      pauses += 1;
    }
  };

  const chance = chanceOf(seed, 'faults');
  const faults = createFaults({ scene, chance, nats });
  const strikeInTurn = async (): Promise<void> => {
    const step = TRANSITIONS / (faults.schedule.length + 1);
    for (const [turn, fault] of faults.schedule.entries()) {
      const place = step * (turn + 1) + chance.from(-step / 4, step / 4);
      await until(() => acknowledged() >= place);
      await faults.strike(fault);
    }
    await until(() => acknowledged() >= TRANSITIONS);
  };
  await Promise.all([pauseNowAndThen(), strikeInTurn()]);
  const written = (await direct.stop()) + (await calling.stop());

  // Connections go on to break until all has arrived
  const feed = await vi.waitUntil(async () => {
    const recorded = await scene.recorded();
    return recorded.length >= written && recorded;
  }, patience);
  await until(() => readers.every(({ count }) => count() >= feed.length)).catch(() => undefined);
  const resets = flaky.reduce((sum, proxy) => sum + proxy.cuts(), 0);
  const { rows, lost } = await naive.finish();

  const verdicts = readers.map(({ name, arrivals }) => ({ name, ...judgeArrivals(arrivals, feed, scene.positionOf) }));
  const summary = [
    `seed ${seed}${nats ? ', NATS' : ''}: ${SQL_WRITERS} + ${API_WRITERS} writers, ${feed.length} transitions`,
    `${readers.length} readers, ${resets} resets, ${pauses} pauses, ${sumOf(verdicts, 'repetitions')} marked repetitions`,
    `${faults.schedule.join(' ')}: ${faults.kills()} kills, takeover ${faults.takeoversMs().join(' ')} ms`,
    `longest stall ${Math.round(progress.stallMs)} ms, ${calling.unanswered()} requests never answered`,
    `lost ${sumOf(verdicts, 'lost')}; the naive reader lost ${lost} of ${rows} (${((lost / rows) * 100).toFixed(1)} %)`,
    `${Math.round((performance.now() - begun) / 1000)} s`,
  ].join(' | ');
  process.stdout.write(`${summary}\n`);
  await annotate(summary);

  expect(scene.fallen).toEqual([]);
  expect(verdicts.map(({ name, repetitions, ...faults }) => ({ name, ...faults, repetitions }))).toEqual(
    verdicts.map(({ name, repetitions }) => ({ name, ...faultless, repetitions })),
  );
  expect(feed.map(({ position }) => position)).toEqual(feed.map((_, index) => index + 1));
  expect(feed).toHaveLength(written);
  expect(rows).toBe(written);
  expect(lost).toBeGreaterThan(0);
  expect(resets).toBeGreaterThanOrEqual(RECONNECTS);
  expect(pauses).toBeGreaterThan(0);
}, 300_000);

function sumOf<Key extends string>(all: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return all.reduce((sum, one) => sum + one[key], 0);
}
