import { within, until } from '../support/clock.js';
import { startBenchDatabase, type BenchDatabase } from '../support/database.js';
import { describeMachine } from '../support/machine.js';
import { factor, ms, printGoals, printTable, whole, type Goal } from '../support/report.js';
import { createScope, type Scope } from '../support/scope.js';
import { median } from '../support/statistics.js';
import { startAudience } from './audience.js';
import { measureLatency, measureRate, type Latency, type Rate, type Stage } from './measure.js';
import { startPeer, startWholeServer, type Target } from './targets.js';

const FEW = 1_000;
const MANY = 5_000;
const BURST = 10;
const CASE_MS = 60_000;
const BUDGET_MS = 240_000;
const FIRST_WARM_UP_MS = 500;
const LATENCY = { events: 30, everyMs: 30, forMs: 4_000 };

type CaseName = 'assent' | 'server' | 'ws-send' | 'graphql-ws' | 'mercurius' | 'net';

type Case = {
  readonly name: CaseName;
  readonly what: string;
  readonly start: (scope: Scope, database: BenchDatabase) => Promise<Target>;
  readonly measures: {
    readonly many: boolean;
    readonly rates: boolean;
    readonly bursts: boolean;
    readonly latency: boolean;
  };
};

const all = { many: true, rates: true, bursts: true, latency: true };
const cases: readonly Case[] = [
  {
    name: 'assent',
    what: 'its feed and sockets, from memory',
    start: (scope) => startPeer(scope, 'assent', 'SUBSCRIPTION_WITH_CHECKPOINT'),
    measures: all,
  },
  {
    name: 'server',
    what: 'all of Assent, through PostgreSQL',
    start: startWholeServer,
    measures: { ...all, many: false },
  },
  {
    name: 'ws-send',
    what: 'ws.send of a ready string, from memory',
    start: (scope) => startPeer(scope, 'ws-send', 'WEBSOCKET'),
    measures: all,
  },
  {
    name: 'graphql-ws',
    what: 'an execution per subscriber, from memory',
    start: (scope) => startPeer(scope, 'graphql-ws', 'SUBSCRIPTION'),
    measures: { ...all, latency: false },
  },
  {
    name: 'mercurius',
    what: 'its own subscriptions, from memory',
    start: (scope) => startPeer(scope, 'mercurius', 'SUBSCRIPTION'),
    measures: { many: true, rates: true, bursts: false, latency: false },
  },
  {
    name: 'net',
    what: 'the same bytes on plain sockets, from memory',
    start: (scope) => startPeer(scope, 'net', 'NONE'),
    measures: { many: false, rates: true, bursts: false, latency: true },
  },
];

/** What one case came to in one round; what was not measured is missing. */
type Figures = {
  single1k?: Rate;
  burst1k?: Rate;
  single5k?: Rate;
  burst5k?: Rate;
  latency?: Latency;
  bytesPerSubscriber?: number;
  frameBytes?: number;
};

/** Fan-out of one event to many subscribers, beside the same work of others. */
export async function runFanout(scope: Scope, options: { readonly rounds: number; readonly cases: string | null }) {
  const chosen = cases.filter(({ name }) => options.cases === null || options.cases.split(',').includes(name));
  const database = await startBenchDatabase(scope);
  for (const line of describeMachine(database.version)) console.log(line);
  const begun = performance.now();
  const rounds: Map<CaseName, Figures>[] = [];
  while (rounds.length < options.rounds) {
    const spent = performance.now() - begun;
    if (rounds.length > 0 && spent + spent / rounds.length > BUDGET_MS) break;
    const figures = new Map<CaseName, Figures>();
    rounds.push(figures);
    console.log(`round ${rounds.length} of ${options.rounds}, ${Math.round(spent / 1000)} s`);
    for (const one of rotated(chosen, rounds.length)) {
      figures.set(one.name, await runCase(scope, one, database));
    }
  }
  if (rounds.length < options.rounds) console.log(`stopped after ${rounds.length} rounds: the time is up`);
  report(chosen, rounds);
}

async function runCase(outer: Scope, one: Case, database: BenchDatabase): Promise<Figures> {
  const scope = createScope();
  outer.atEnd(scope.end);
  const figures: Figures = {};
  try {
    await within(CASE_MS, one.name, measureCase(scope, one, database, figures));
  } catch (error) {
    console.log(`${one.name} was not measured to the end: ${error instanceof Error ? error.message : String(error)}`);
  }
  await scope.end();
  return figures;
}

/** Every case runs in fresh processes: idle subscribers first, then many, then few. */
async function measureCase(scope: Scope, one: Case, database: BenchDatabase, figures: Figures): Promise<void> {
  const { many, rates, bursts, latency } = one.measures;
  const [target, audience] = await Promise.all([one.start(scope, database), startAudience(scope)]);
  const stage: Stage = { target, audience };
  const join = async (count: number, total: number): Promise<void> => {
    await audience.join(target, count);
    const { subscribers } = target;
    if (subscribers) await until(10_000, 'subscribing', async () => (await subscribers()) >= total);
  };

  const single = { burst: 1, expected: 100_000 };
  const first = { ...single, warmUpMs: FIRST_WARM_UP_MS };
  await join(FEW, FEW);
  if (many) {
    const before = await target.memory();
    await join(MANY - FEW, MANY);
    figures.bytesPerSubscriber = ((await target.memory()) - before) / (MANY - FEW);
    figures.single5k = await measureRate(stage, { subscribers: MANY, ...first });
    const expected = figures.single5k.frames;
    if (bursts) figures.burst5k = await measureRate(stage, { subscribers: MANY, burst: BURST, expected });
    await audience.leave(MANY - FEW);
  } else {
    await measureRate(stage, { subscribers: FEW, ...first });
  }
  if (rates) {
    figures.single1k = await measureRate(stage, { subscribers: FEW, ...single });
    const expected = figures.single1k.frames;
    if (bursts) figures.burst1k = await measureRate(stage, { subscribers: FEW, burst: BURST, expected });
  }
  if (latency) figures.latency = await measureLatency(stage, LATENCY);
  figures.frameBytes = checked(await audience.sample());
}

/** The length of an event's message, which has to have the eight fields. */
function checked(sample: string | null): number {
  const { type, id, payload } = JSON.parse(sample ?? '{}');
  const fields = Object.keys(payload?.data?.consentTransitions ?? {});
  if (type !== 'next' || typeof id !== 'string' || fields.length !== 8) throw new Error(`not an event: ${sample}`);
  return Buffer.byteLength(sample ?? '');
}

function report(chosen: readonly Case[], rounds: readonly Map<CaseName, Figures>[]): void {
  const values = (name: CaseName, pick: (figures: Figures) => number | undefined): readonly number[] =>
    rounds.flatMap((figures) => pick(figures.get(name) ?? {}) ?? []);
  const middle = (name: CaseName, pick: (figures: Figures) => number | undefined): number => median(values(name, pick));

  for (const kind of ['frames', 'framesPerCpu'] as const) {
    printTable(
      kind === 'frames' ? 'Frames per second' : "Frames per second of the server's processor time",
      ['', '1,000 subs', 'bursts of 10', '5,000 subs', 'bursts of 10', 'client load', 'frame bytes'],
      chosen
        .filter(({ measures }) => measures.rates)
        .map(({ name, what }) => [
          `${name}: ${what}`,
          ...(['single1k', 'burst1k', 'single5k', 'burst5k'] as const).map((rate) =>
            whole(middle(name, (figures) => figures[rate]?.[kind])),
          ),
          factor(middle(name, ({ single1k }) => single1k?.clientLoad)),
          whole(middle(name, ({ frameBytes }) => frameBytes)),
        ]),
    );
  }
  printTable(
    'Publish to the last of 1,000 subscribers, ms (server: from the answer to the commit)',
    ['', 'p50', 'p99'],
    chosen
      .filter(({ measures }) => measures.latency)
      .map(({ name }) => [
        name,
        ms(middle(name, ({ latency }) => latency?.p50)),
        ms(middle(name, ({ latency }) => latency?.p99)),
      ]),
  );
  printTable(
    'Resident memory per idle subscriber, KiB (5,000 less 1,000)',
    ['', 'KiB'],
    chosen
      .filter(({ measures }) => measures.many)
      .map(({ name }) => [name, ms(middle(name, ({ bytesPerSubscriber }) => bytesPerSubscriber) / 1024)]),
  );

  type Pick = (figures: Figures) => number | undefined;
  const ratios = (of: CaseName, to: CaseName, pick: Pick): readonly number[] =>
    rounds
      .map((figures) => (pick(figures.get(of) ?? {}) ?? NaN) / (pick(figures.get(to) ?? {}) ?? NaN))
      .filter(Number.isFinite);
  const against = (peer: CaseName, pick: Pick): readonly number[] => ratios('assent', peer, pick);
  const goals: Goal[] = [];
  const rate = (peer: CaseName, which: 'single1k' | 'burst1k' | 'single5k' | 'burst5k', atLeast: number): void => {
    const how = `${which.endsWith('1k') ? '1,000' : '5,000'} subscribers${which.startsWith('burst') ? ', bursts of 10' : ''}`;
    goals.push({ what: `frames/s against ${peer}, ${how}`, ratios: against(peer, (f) => f[which]?.frames), atLeast });
    goals.push({
      what: '  the same per second of processor time',
      ratios: against(peer, (f) => f[which]?.framesPerCpu),
      atLeast,
    });
  };
  rate('ws-send', 'single1k', 1);
  rate('ws-send', 'single5k', 1);
  rate('graphql-ws', 'single1k', 7);
  rate('graphql-ws', 'single5k', 7);
  rate('graphql-ws', 'burst1k', 20);
  rate('graphql-ws', 'burst5k', 20);
  rate('mercurius', 'single1k', 6);
  rate('mercurius', 'single5k', 6);
  goals.push({
    what: 'p99 to the last of 1,000 against net',
    ratios: against('net', ({ latency }) => latency?.p99),
    atMost: 1.3,
  });
  goals.push({
    what: '  the whole server, from the commit',
    ratios: ratios('server', 'net', ({ latency }) => latency?.p99),
  });
  goals.push({
    what: 'memory per idle subscriber against a bare ws connection (ws-send)',
    ratios: against('ws-send', ({ bytesPerSubscriber }) => bytesPerSubscriber),
    atMost: 1.3,
  });
  printGoals(goals, median);
}

function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = by % Math.max(1, items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
