import { startWholeServer, type WholeServer } from '../fanout/targets.js';
import { now, until } from '../support/clock.js';
import { startBenchDatabase } from '../support/database.js';
import { clientCores, describeMachine } from '../support/machine.js';
import { ms, printGoals, printTable, whole } from '../support/report.js';
import type { Scope } from '../support/scope.js';
import type { Footprint } from '../support/serve.js';
import { median } from '../support/statistics.js';
import { startWorker, type Worker } from '../support/worker.js';
import type { Account, Join } from './readers.js';

const SOCKETS = 3;
const STREAMS = 2;
/** Written together; a reader has to have all but the newest so many before more is written. */
const BATCH = 1_000;
const AHEAD = 4_000;
const SHARES = [0.25, 0.5, 0.75, 1];
const STALLED_MS = 120_000;
const WATCHED_EVERY_MS = 1_000;
/** So much more is read at the end by those who had stopped. */
const READ_ON = 10_000;

type Mark = { readonly events: number; readonly seconds: number; readonly footprint: Footprint };
type Accounts = { readonly readers: readonly Account[]; readonly stopped: readonly Account[] };

/** What a server keeps in memory while very many transitions go by readers of whom some don't read. */
export async function runMemory(scope: Scope, { events }: { readonly events: number }): Promise<void> {
  const database = await startBenchDatabase(scope);
  for (const line of describeMachine(database.version)) console.log(line);
  const server = await startWholeServer(scope, database);
  const worker = await startWorker(scope, 'memory/readers.ts', { cores: clientCores });
  await worker.call('join', { port: server.port, sockets: SOCKETS, streams: STREAMS } satisfies Join);

  const highest = watchHighest(scope, server);
  const marks: Mark[] = [{ events: 0, seconds: 0, footprint: await server.footprint(true) }];
  let seconds = 0;
  for (const share of SHARES) {
    const target = Math.round(events * share);
    const begun = now();
    await deliver(server, worker, { from: marks.at(-1)?.events ?? 0, to: target });
    seconds += (now() - begun) / 1_000;
    marks.push({ events: target, seconds, footprint: await server.footprint(true) });
    console.log(`${whole(target)} transitions in ${Math.round(seconds)} s`);
  }
  const most = highest();
  await worker.call('readOn', { more: READ_ON, all: events });
  const accounts = await accountsOf(worker);
  report(marks, most, accounts);
  verify(accounts, events);
}

const accountsOf = (worker: Worker): Promise<Accounts> => worker.call<Accounts>('accounts');

/** Writes transitions no faster than they are read; resolves when all who read have them. */
async function deliver(
  server: WholeServer,
  worker: Worker,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const delivered = async (least: number): Promise<boolean> =>
    (await accountsOf(worker)).readers.every(({ count }) => count >= least);
  for (let written = from; written < to;) {
    const count = Math.min(BATCH, to - written);
    await until(STALLED_MS, 'reading', () => delivered(written + count - AHEAD));
    await server.publish(count);
    written += count;
  }
  await until(STALLED_MS, 'reading', () => delivered(to));
}

/** Looks at the resident memory all the time, without collecting garbage; tells the most that it has seen. */
function watchHighest(scope: Scope, server: WholeServer): () => number {
  let highest = 0;
  const watching = setInterval(() => {
    void server.footprint(false).then(
      ({ resident }) => (highest = Math.max(highest, resident)),
      () => undefined,
    );
  }, WATCHED_EVERY_MS);
  scope.atEnd(async () => clearInterval(watching));
  return () => highest;
}

function report(marks: readonly Mark[], most: number, { readers, stopped }: Accounts): void {
  const mebibytes = (bytes: number): string => ms(bytes / 2 ** 20);
  printTable(
    "The server's memory after collecting garbage, MiB",
    ['transitions', 'seconds', 'per second', 'heap', 'outside the heap', 'resident'],
    marks.map(({ events, seconds, footprint: { heap, outside, resident } }) => [
      whole(events),
      ms(seconds),
      whole(events / seconds),
      ...[heap, outside, resident].map(mebibytes),
    ]),
  );
  const [, quarter, , , end] = marks;
  if (!quarter || !end) return;
  const grown = (of: keyof Footprint): string => mebibytes(end.footprint[of] - quarter.footprint[of]);
  console.log(`from a quarter to the end: heap ${grown('heap')} MiB, resident ${grown('resident')} MiB more`);
  console.log(`resident at most at any time: ${mebibytes(most)} MiB`);
  printTable(
    'Subscribers',
    ['', 'transitions', 'out of order', 'connections ended'],
    [
      ...readers.map((account) => rowOf('reads everything', account)),
      ...stopped.map((account) => rowOf('stopped reading', account)),
    ],
  );
  const ratio = (of: keyof Footprint): readonly number[] => [end.footprint[of] / quarter.footprint[of]];
  printGoals(
    [
      { what: 'heap at the end against a quarter of the way', ratios: ratio('heap'), atMost: 1.25 },
      { what: 'resident memory at the end against a quarter of the way', ratios: ratio('resident'), atMost: 1.25 },
    ],
    median,
  );
}

function rowOf(what: string, { kind, count, faults, endings }: Account): readonly string[] {
  const ended = [...new Set(endings)].map((how) => `${endings.filter((one) => one === how).length} x ${how}`);
  return [`${kind}, ${what}`, whole(count), whole(faults), ended.join('; ') || '0'];
}

/** A figure of a server that loses, repeats or turns around transitions would mean nothing. */
function verify({ readers, stopped }: Accounts, events: number): void {
  const wrong = [
    ...readers.filter(({ count, faults }) => count !== events || faults > 0),
    ...stopped.filter(({ faults }) => faults > 0),
  ];
  if (wrong.length > 0) throw new Error(`not all once and in order: ${JSON.stringify(wrong)}`);
}
