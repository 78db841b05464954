import { expect, it, onTestFinished, vi } from 'vitest';
import { chanceOf } from '../support/chance.js';
import { gatherCrowd } from '../support/chaos-crowd.js';
import { createFaults } from '../support/chaos-faults.js';
import { startChaosNetwork } from '../support/chaos-network.js';
import { setChaosScene } from '../support/chaos-scene.js';
import { writeByApi, writeBySql } from '../support/chaos-writers.js';
import { faultless, judgeArrivals } from '../support/judge-arrivals.js';
import { followNaively } from '../support/naive-reader.js';
import { findNatsServer } from '../support/nats-binary.js';
import { startNatsServer } from '../support/nats-server.js';

const SERVERS = 3;
const SQL_WRITERS = 64;
const API_WRITERS = 8;
const CONTACTS = 52;
/** Contacts that both kinds of writers write to. */
const SHARED_CONTACTS = 2;
const TRANSITIONS = 2_500;
const RESETS = 1_000;
/** How far the others get ahead of the reader that pauses. */
const PAUSE = 500;
const patience = { timeout: 400_000, interval: 10 };

// What chance decides comes again with CHAOS_SEED, as the last line of a run names it. CHAOS_NATS=off leaves NATS out.
it('loses, reorders and repeats nothing while everything around it breaks', async ({ annotate }) => {
  const begun = performance.now();
  const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
  const isWithNats = findNatsServer() !== null && process.env['CHAOS_NATS'] !== 'off';
  const nats = isWithNats ? await startNatsServer(onTestFinished) : null;
  const settings: Readonly<Record<string, string>> = nats ? { NATS_URL: nats.url } : {};
  const scene = await setChaosScene(onTestFinished, { servers: SERVERS, contacts: CONTACTS, settings });
  const { contacts } = scene;
  const network = await startChaosNetwork(onTestFinished, { scene, seed });
  const crowd = gatherCrowd(onTestFinished, { scene, network, seed });
  const naive = await followNaively(onTestFinished, scene.database);
  const direct = await writeBySql(onTestFinished, scene, {
    seed,
    writers: SQL_WRITERS,
    contacts: contacts.slice(0, SHARED_CONTACTS - API_WRITERS),
  });
  const calling = writeByApi(onTestFinished, scene, {
    seed,
    writers: API_WRITERS,
    contacts: contacts.slice(-API_WRITERS),
    urls: network.forWriters,
  });
  const acknowledged = (): number => direct.acknowledged() + calling.acknowledged();

  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  const until = (isTrue: () => boolean): Promise<boolean> =>
    vi.waitUntil(() => {
      const [fallen] = scene.fallen;
      if (fallen !== undefined) throw new Error(`a server fell: ${fallen}`);
      crowd.check();
      return isOver || isTrue();
    }, patience);

  let isWriting = true;
  let pauses = 0;
  const pauseNowAndThen = async (): Promise<void> => {
    const { pausing, farthest } = crowd;
    while (isWriting && !isOver) {
      const from = pausing.count();
      await until(() => pausing.count() > from || !isWriting);
      pausing.pause();
      await until(() => farthest() > pausing.count() + PAUSE || !isWriting);
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
    isWriting = false;
  };
  await Promise.all([pauseNowAndThen(), strikeInTurn()]);
  // From here on fewer and fewer write
  const stallMs = crowd.longestStallMs();
  const written = (await direct.stop()) + (await calling.stop());

  // Connections go on to break until all has arrived; what does not arrive is counted below
  const feed = await vi.waitUntil(async () => {
    const recorded = await scene.recorded();
    return recorded.length >= written && recorded;
  }, patience);
  const trouble = await until(() => crowd.readers.every(({ count }) => count() >= feed.length)).then(
    () => null,
    (error: unknown) => error,
  );
  const { rows, lost } = await naive.finish();
  const verdicts = crowd.readers.map(({ name, arrivals }) => ({
    name,
    ...judgeArrivals(arrivals, feed, scene.positionOf),
  }));
  const summary = [
    `seed ${seed}${nats ? ' with NATS' : ''}: ${SQL_WRITERS} + ${API_WRITERS} writers, ${feed.length} transitions`,
    `${verdicts.length} readers, ${network.resets()} resets, ${pauses} pauses`,
    `${faults.schedule.join(', ')}: ${faults.kills()} kills, another led after ${faults.takeoversMs().join()} ms`,
    `longest stall ${stallMs} ms, ${calling.unanswered()} requests never answered`,
    `lost ${sumOf(verdicts, 'lost')}, repeated ${sumOf(verdicts, 'repetitions')}`,
    `the naive reader lost ${lost} of ${rows} (${((lost / rows) * 100).toFixed(1)} %)`,
    `${Math.round((performance.now() - begun) / 1000)} s`,
  ].join(' | ');
  process.stdout.write(`${summary}\n`);
  await annotate(summary);

  expect(scene.fallen).toEqual([]);
  expect(verdicts.map(({ repetitions: _, ...verdict }) => verdict)).toEqual(
    verdicts.map(({ name }) => ({ name, ...faultless })),
  );
  expect(trouble).toBeNull();
  expect(feed.map(({ position }) => position)).toEqual(upTo(feed.length));
  expect(feed).toHaveLength(written);
  const histories = contacts.map(({ id }) => feed.filter(({ contactId }) => contactId === id));
  for (const history of histories) {
    expect(history.map(({ contactVersion }) => contactVersion)).toEqual(upTo(history.length));
  }
  const inTheEnd = (status: string): number => histories.filter((history) => history.at(-1)?.to === status).length;
  expect(await scene.funnel()).toEqual({
    notAsked: inTheEnd('NOT_ASKED') + histories.filter(({ length }) => length === 0).length,
    optedIn: inTheEnd('OPTED_IN'),
    optedOut: inTheEnd('OPTED_OUT'),
  });
  expect(rows).toBe(written);
  expect(lost).toBeGreaterThan(0);
  expect(network.resets()).toBeGreaterThanOrEqual(RESETS);
  expect(pauses).toBeGreaterThan(0);
}, 900_000);

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

function sumOf<Key extends string>(all: readonly Readonly<Record<Key, number>>[], key: Key): number {
  return all.reduce((sum, one) => sum + one[key], 0);
}
