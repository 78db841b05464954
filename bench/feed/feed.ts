import { setTimeout as pause } from 'node:timers/promises';
import { seekLeadership } from '../../src/postgres/leadership.js';
import { until } from '../support/clock.js';
import { startBenchDatabase, type BenchDatabase } from '../support/database.js';
import { clientCores, describeMachine, serverCore } from '../support/machine.js';
import { ms, printGoals, printTable, whole } from '../support/report.js';
import type { Scope } from '../support/scope.js';
import { whileNobodySigns } from '../support/signing.js';
import { median, percentile } from '../support/statistics.js';
import { startWorker, type Worker } from '../support/worker.js';

const RATE = 1_000;
const POLL_MS = 100;
const WATCHED_MS = 2_500;
const WRITTEN_MS = 1_200;
const CALIBRATED_MS = 2_000;
/** What this machine carries is taken for the rate at which it has a third of its time left. */
const CARRIED = 0.7;
const BUDGET_MS = 105_000;

const ways = ['assent', 'poller', 'notify'] as const;
type Way = (typeof ways)[number];
const kinds = { assent: 'SUBSCRIPTION', poller: 'POLLER', notify: 'LISTENER' } as const;
const explained: Readonly<Record<Way, string>> = {
  assent: 'assent: commit to the frame at a WebSocket client',
  poller: `poller: commit to the row at a reader, every ${POLL_MS} ms`,
  notify: 'notify: commit to the listener, NOTIFY inside each write transaction',
};

type Watched = { readonly p50: number; readonly p99: number; readonly rate: number };
type Round = {
  readonly watched: Readonly<Record<Way, Watched>>;
  readonly on: number;
  readonly off: number;
  readonly notify: number;
};
type Stage = {
  readonly scope: Scope;
  readonly database: BenchDatabase;
  readonly port: number;
  readonly writer: Worker;
};

/** From a commit to whoever waits for it, and what giving positions costs those who write. */
export async function runFeed(scope: Scope, options: { readonly rounds: number }): Promise<void> {
  const database = await startBenchDatabase(scope);
  for (const line of describeMachine(database.version)) console.log(line);
  const env = { DATABASE_URL: database.url, DATA_DIR: database.dataDir };
  const server = await startWorker(scope, 'support/assent.ts', { cores: serverCore, env });
  const port = await server.call<number>('port');
  const writer = await startWorker(scope, 'feed/writer.ts', { cores: clientCores });
  await createTrigger(database);
  await writer.call('prepare', port);
  const stage: Stage = { scope, database, port, writer };

  const fullSpeed = (): Promise<number> => writer.call<number>('atFullSpeed', { port, forMs: CALIBRATED_MS });
  const most = Math.max(await fullSpeed(), await fullSpeed(), await fullSpeed());
  const rate = Math.min(RATE, Math.floor(most * CARRIED));
  console.log(
    `${whole(most)} commits/s at most by 64 callers over HTTP; latency is measured at ${whole(rate)} commits/s` +
      (rate < RATE ? `, as this machine does not carry ${whole(RATE)} with time to spare` : ''),
  );

  const begun = performance.now();
  const rounds: Round[] = [];
  while (rounds.length < options.rounds) {
    const spent = performance.now() - begun;
    if (rounds.length > 0 && spent + spent / rounds.length > BUDGET_MS) break;
    console.log(`round ${rounds.length + 1} of ${options.rounds}, ${Math.round(spent / 1000)} s`);
    const watched: Partial<Record<Way, Watched>> = {};
    const first = rounds.length % ways.length;
    for (const way of [...ways.slice(first), ...ways.slice(0, first)]) watched[way] = await watch(stage, way, rate);
    rounds.push({
      watched: watched as Round['watched'],
      ...(await whileNobodySigns(database, () => writeWithAndWithout(stage))),
    });
  }
  if (rounds.length < options.rounds) console.log(`stopped after ${rounds.length} rounds: the time is up`);
  report(rounds);
}

/** NOTIFY inside the transaction, of exactly the same writes; it sleeps until its turn. */
async function createTrigger({ sql }: BenchDatabase): Promise<void> {
  await sql`
    create function bench_notify() returns trigger language plpgsql as $$
    begin perform pg_notify('bench_transition', new.id::text); return null; end $$`;
  await sql`create trigger bench_notify after insert on consent_events for each row execute function bench_notify()`;
  await sql`alter table consent_events disable trigger bench_notify`;
}

async function watch({ scope, database, port, writer }: Stage, way: Way, rate: number): Promise<Watched> {
  const { sql } = database;
  await settled(database);
  if (way === 'notify') await sql`alter table consent_events enable trigger bench_notify`;
  const watcher = await startWorker(scope, 'feed/watcher.ts', { cores: clientCores });
  await watcher.call('watch', { kind: kinds[way], port, databaseUrl: database.url, pollMs: POLL_MS });
  const [mark] = await sql<{ at: string }[]>`select clock_timestamp()::text as at`;
  const reached = await writer.call<number>('atRate', { port, rate, forMs: WATCHED_MS });
  const commits = await sql<{ id: string; at: number }[]>`
    select id, extract(epoch from pg_xact_commit_timestamp(xmin))::float8 * 1000 as at from consent_events
    where to_status is not null and pg_xact_commit_timestamp(xmin) > ${mark?.at ?? ''}::text::timestamptz`;
  await until(10_000, `${way} to see all`, async () => (await watcher.call<number>('count')) >= commits.length);
  const seen = new Map(await watcher.call<readonly [string, number][]>('finish'));
  await watcher.stop();
  if (way === 'notify') await sql`alter table consent_events disable trigger bench_notify`;
  const taken = commits.map(({ id, at }) => (seen.get(id) ?? Infinity) - at);
  return { p50: percentile(taken, 0.5), p99: percentile(taken, 0.99), rate: reached };
}

/** Writers at full speed, after some that are not counted, with the sequencer, without it twice, with it again, and with it and a NOTIFY in each transaction. */
async function writeWithAndWithout({ database, port, writer }: Stage): Promise<Pick<Round, 'on' | 'off' | 'notify'>> {
  const { sql } = database;
  const write = (): Promise<number> => writer.call<number>('atFullSpeed', { port, forMs: WRITTEN_MS });
  await write();
  await settled(database);
  const first = await write();
  await settled(database);
  const wakeSequencer = await pauseSequencer(database);
  const off = [await write(), await write()];
  await wakeSequencer();
  await settled(database);
  const last = await write();
  await settled(database);
  await sql`alter table consent_events enable trigger bench_notify`;
  const notify = await write();
  await sql`alter table consent_events disable trigger bench_notify`;
  return { on: (first + last) / 2, off: median(off), notify };
}

/** Takes the lead from the server's sequencer, as another server would, and gives no positions. */
async function pauseSequencer({ url, sql }: BenchDatabase): Promise<() => Promise<void>> {
  const leadership = seekLeadership(url);
  leadership.lost.catch(() => undefined);
  const own = await waitsForLead(sql);
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'assent sequencer' and pid <> ${own}`;
  await leadership.acquired;
  return leadership.resign;
}

async function waitsForLead(sql: BenchDatabase['sql']): Promise<number> {
  for (;;) {
    const [row] = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity
      where application_name = 'assent sequencer'
        and pid not in (select pid from pg_locks where locktype = 'advisory' and granted)`;
    if (row) return row.pid;
    await pause(20);
  }
}

/** Everything committed has its position. */
async function settled({ sql }: BenchDatabase): Promise<void> {
  await until(15_000, 'the sequencer to be done', async () => {
    const [row] = await sql<{ left: boolean }[]>`select exists (select from feed_pending) as left`;
    return row?.left === false;
  });
}

function report(rounds: readonly Round[]): void {
  const middle = (pick: (round: Round) => number): number => median(rounds.map(pick));
  printTable(
    "From the commit (PostgreSQL's own time of it, before the flush to disk) to the receiver, ms",
    ['', 'commits/s', 'p50', 'p99'],
    ways.map((way) => [
      explained[way],
      whole(middle(({ watched }) => watched[way].rate)),
      ms(middle(({ watched }) => watched[way].p50)),
      ms(middle(({ watched }) => watched[way].p99)),
    ]),
  );
  printTable(
    'Commits per second of 64 callers over HTTP, no subscribers',
    ['', 'commits/s'],
    [
      ['sequencer on', whole(middle(({ on }) => on))],
      ['sequencer off', whole(middle(({ off }) => off))],
      ['sequencer on and NOTIFY inside each transaction', whole(middle(({ notify }) => notify))],
    ],
  );
  const against = (peer: Way, figure: 'p50' | 'p99'): readonly number[] =>
    rounds.map(({ watched }) => watched.assent[figure] / watched[peer][figure]);
  printGoals(
    [
      { what: 'writers, sequencer on against off', ratios: rounds.map(({ on, off }) => on / off), atLeast: 0.95 },
      { what: 'p50 against the poller', ratios: against('poller', 'p50'), atMost: 1 },
      { what: 'p99 against the poller', ratios: against('poller', 'p99'), atMost: 1 },
      { what: 'p50 against NOTIFY inside the transaction', ratios: against('notify', 'p50') },
      { what: 'p99 against NOTIFY inside the transaction', ratios: against('notify', 'p99') },
    ],
    median,
  );
}
