import { describeMachine } from '../support/machine.js';
import { ms, printGoals, printTable, whole, type Goal } from '../support/report.js';
import type { Scope } from '../support/scope.js';
import { startBenchDatabase, type BenchDatabase } from '../support/database.js';
import { median, percentile } from '../support/statistics.js';
import { measureBundle } from './bundles.js';
import { measureLogs, type LogFigures } from './logs.js';

const EVENTS = 50;
const MAX_OVER_BYTES = 20_000;
const MAX_VERIFY_MS = 50;
/** The goals are for the largest; the others show how it grows. */
const trees = [1_000, 100_000, 1_000_000];

const MAX_DELAY_MS = 1_000;

/** What evidence costs: those who write, those who wait for the signature, those who verify. */
export async function runAttestation(
  scope: Scope,
  { rounds, cases }: { readonly rounds: number; readonly cases: string | null },
): Promise<void> {
  const wanted = new Set(cases?.split(',') ?? ['log', 'bundle']);
  const database = await startBenchDatabase(scope);
  console.log(describeMachine(database.version).join('\n'));
  const goals = [
    ...(wanted.has('log') ? await runLogs(scope, database, rounds) : []),
    ...(wanted.has('bundle') ? runBundles(rounds) : []),
  ];
  printGoals(goals, median);
}

function runBundles(rounds: number): readonly Goal[] {
  const figures = trees.map((leaves) => Array.from({ length: rounds }, () => measureBundle(EVENTS, leaves)));
  printTable(
    `A bundle of ${EVENTS} events`,
    ['leaves of the tree', 'transitions', 'file, bytes', 'over its content', 'to verify, ms', 'to write an entry, µs'],
    figures.map((all) => [
      whole(all[0]?.leaves ?? NaN),
      whole(all[0]?.transitions ?? NaN),
      whole(median(all.map(({ bytes }) => bytes))),
      whole(median(all.map(({ over }) => over))),
      ms(median(all.flatMap(({ verifyMs }) => verifyMs))),
      ms(median(all.flatMap(({ writeUs }) => writeUs))),
    ]),
  );
  const largest = figures.at(-1) ?? [];
  return [
    {
      what: `size over its content against ${MAX_OVER_BYTES} bytes`,
      ratios: largest.map(({ over }) => over / MAX_OVER_BYTES),
      atMost: 1,
    },
    {
      what: `time to verify against ${MAX_VERIFY_MS} ms`,
      ratios: largest.map(({ verifyMs }) => median(verifyMs) / MAX_VERIFY_MS),
      atMost: 1,
    },
  ];
}

async function runLogs(scope: Scope, database: BenchDatabase, rounds: number): Promise<readonly Goal[]> {
  const logs = await measureLogs(scope, database, { rounds });
  reportLogs(logs);
  const delays = logs.rounds.map((round) => percentile(round.delays, 0.99) / MAX_DELAY_MS);
  const writers = logs.rounds.map(({ on, off }) => on / off);
  return [
    { what: 'writers, with the log against without', ratios: writers, atLeast: 0.95 },
    { what: `p99 from commit to checkpoint against ${MAX_DELAY_MS} ms`, ratios: delays, atMost: 1 },
  ];
}

function reportLogs({ rate, rounds, verification }: LogFigures): void {
  const all = rounds.flatMap(({ delays }) => delays);
  const { entries, seconds } = verification;
  printTable(
    'The log',
    ['', ''],
    [
      ['commits/s of 64 callers over HTTP, with the log', whole(median(rounds.map(({ on }) => on)))],
      ['the same, and nobody signs it', whole(median(rounds.map(({ unsigned }) => unsigned)))],
      ['the same without it', whole(median(rounds.map(({ off }) => off)))],
      [`from commit to signed checkpoint at ${whole(rate)} commits/s, p50, ms`, ms(percentile(all, 0.5))],
      ['the same, p99, ms', ms(percentile(all, 0.99))],
      [`reading ${whole(entries)} entries again, s for a million`, ms((seconds / entries) * 1_000_000)],
    ],
  );
}
