import { startBenchDatabase } from '../support/database.js';
import { describeMachine } from '../support/machine.js';
import { ms, printGoals, printTable, whole } from '../support/report.js';
import type { Scope } from '../support/scope.js';
import { median, percentile } from '../support/statistics.js';
import { measureGrowth, spreads, type Spread } from './growth.js';
import { measureLatency, type Delays } from './latency.js';
import { setScene } from './scene.js';
import { measureThroughput, sizes, type Handover } from './throughput.js';

const parts = ['throughput', 'latency', 'growth'] as const;

/** Statements are counted, and a million conversations have room in memory. */
const settings = { shared_preload_libraries: 'pg_stat_statements', shared_buffers: "'1GB'" };

/** What handing over costs. */
export async function runRelease(
  scope: Scope,
  options: {
    readonly rounds: number;
    readonly messages: number;
    readonly waiting: number;
    readonly cases: string | null;
  },
): Promise<void> {
  const chosen = options.cases?.split(',') ?? parts;
  const database = await startBenchDatabase(scope, settings);
  await database.sql`create extension pg_stat_statements`;
  for (const line of describeMachine(database.version, { bound: false })) console.log(line);
  if (chosen.includes('growth')) reportGrowth(await measureGrowth(scope, database, options));
  if (!chosen.includes('throughput') && !chosen.includes('latency')) return;
  const scene = await setScene(scope, database);
  if (chosen.includes('throughput')) reportThroughput(await measureThroughput(scope, scene, options));
  if (chosen.includes('latency')) reportLatency(await measureLatency(scope, scene, options));
}

function reportThroughput(handovers: readonly Handover[]): void {
  const bySize = sizes.map((size) => ({ size, rounds: handovers.filter((one) => one.size === size) }));
  printTable(
    'Per second, and processor time of the servers for each message',
    ['servers', 'messages', 'bare posts', 'fetches', 'ms'],
    bySize.map(({ size, rounds }) => [
      String(size),
      whole(median(rounds.map(({ messages }) => messages))),
      whole(median(rounds.map(({ posts }) => posts))),
      whole(median(rounds.map(({ fetches }) => fetches))),
      median(rounds.map(({ processor }) => processor)).toFixed(3),
    ]),
  );
  for (const { size, rounds } of bySize) {
    const last = rounds.at(-1)?.statements;
    printTable(
      `Statements for each message, ${size} servers`,
      ['', 'statements', 'ms in PostgreSQL'],
      (last?.kinds ?? []).map(({ kind, count, ms: spent }) => [kind, count.toFixed(3), spent.toFixed(3)]),
    );
  }
  printGoals(
    [
      ...bySize.map(({ size, rounds }) => ({
        what: `messages against bare posts, ${size}`,
        ratios: rounds.map(({ messages, posts }) => messages / posts),
        atLeast: 0.5,
      })),
      ...bySize.map(({ size, rounds }) => ({
        what: `statements for each message, ${size}`,
        ratios: rounds.map(({ statements }) => statements.all),
        atMost: 3,
      })),
    ],
    median,
  );
}

function reportLatency(rounds: readonly Delays[]): void {
  const all = (of: keyof Delays): readonly number[] => rounds.flatMap((delays) => delays[of]);
  printTable(
    `From the accept webhook's posting, ${all('held').length} contacts one after the other, ms`,
    ['', 'p50', 'p99'],
    Object.entries(explained).map(([of, what]) => {
      const delays = all(of as keyof Delays);
      return [what, ms(percentile(delays, 0.5)), ms(percentile(delays, 0.99))];
    }),
  );
  const ratios = (of: keyof Delays): readonly number[] =>
    rounds.map((delays) => median(delays[of]) / median(delays.bare));
  printGoals(
    [
      { what: 'confirmation against the bare steps, p50', ratios: ratios('confirmation') },
      { what: 'first held message against the bare steps, p50', ratios: ratios('held') },
    ],
    median,
  );
}

function reportGrowth({ growth, plans }: Awaited<ReturnType<typeof measureGrowth>>): void {
  const of = (organizations: Spread) => growth.filter((one) => one.organizations === organizations);
  printTable(
    'One claim of 64 conversations, ms',
    ['', 'few: p50', 'p99', 'many: p50', 'p99'],
    spreads.map((organizations) => {
      const times = (which: 'few' | 'many') => of(organizations).flatMap((one) => one[which]);
      const figures = (['few', 'many'] as const).flatMap((which) => [
        percentile(times(which), 0.5),
        percentile(times(which), 0.99),
      ]);
      return [`organizations: ${organizations}`, ...figures.map((figure) => figure.toFixed(2))];
    }),
  );
  for (const { title, text } of plans) console.log(`\nPlan of a claim, ${title}\n${text}`);
  printGoals(
    spreads.map((organizations) => ({
      what: `a claim among many against one among few, organizations: ${organizations}`,
      ratios: of(organizations).map(({ few, many }) => median(many) / median(few)),
      atMost: 1.2,
    })),
    median,
  );
}

const explained: Readonly<Record<keyof Delays, string>> = {
  answered: 'the webhook is answered',
  confirmation: 'the confirmation is at the provider',
  held: 'the first held message is at the provider',
  bare: 'three commits and a post, nothing else',
};
