import { within } from '../support/clock.js';
import { startBenchDatabase, type BenchDatabase } from '../support/database.js';
import { clientCores, describeMachine, serverCore } from '../support/machine.js';
import { ms, printGoals, printTable, whole, type Goal } from '../support/report.js';
import { createScope, type Scope } from '../support/scope.js';
import { median } from '../support/statistics.js';
import { startWorker, type Worker } from '../support/worker.js';
import type { Load, Loaded } from './client.js';
import { hashOf, QUERY, RECORD, WITHDRAW } from './operations.js';
import type { Refusals } from './refusal.js';
import { setScene, type Scene } from './scene.js';

const CONNECTIONS = 64;
const WARM_UP_MS = 1_500;
const MEASURED_MS = 3_000;
const CASE_MS = 60_000;

const kinds = ['published', 'query', 'mutation'] as const;
type Kind = (typeof kinds)[number];
const cases = [
  { name: 'assent', entry: 'support/assent.ts', what: 'all of Assent', kinds },
  { name: 'node', entry: 'http/servers/node.ts', what: 'node:http without GraphQL', kinds: ['query', 'mutation'] },
  { name: 'mercurius', entry: 'http/servers/mercurius.ts', what: 'Mercurius, jit on', kinds: ['query', 'mutation'] },
  { name: 'apollo', entry: 'http/servers/apollo.ts', what: "Apollo's standalone server", kinds: ['query', 'mutation'] },
] as const;
type Case = (typeof cases)[number];
type CaseName = Case['name'];

type Figure = Loaded & { readonly perProcessorSecond: number };
type Figures = Partial<Record<Kind, Figure>>;

/** Requests a second over HTTP, beside the same work behind other servers; and what refusing a text costs. */
export async function runHttp(scope: Scope, options: { readonly rounds: number; readonly cases: string | null }) {
  const chosen = cases.filter(({ name }) => options.cases === null || options.cases.split(',').includes(name));
  const database = await startBenchDatabase(scope);
  for (const line of describeMachine(database.version)) console.log(line);
  const scene = await setScene(scope, database);
  const refusals = await measureRefusals(scope, options.rounds);
  const rounds: Map<CaseName, Figures>[] = [];
  while (rounds.length < options.rounds) {
    const figures = new Map<CaseName, Figures>();
    rounds.push(figures);
    console.log(`round ${rounds.length} of ${options.rounds}`);
    const first = rounds.length % Math.max(1, chosen.length);
    for (const one of [...chosen.slice(first), ...chosen.slice(0, first)]) {
      figures.set(one.name, await runCase(scope, one, scene, database));
    }
  }
  report(chosen, rounds, refusals);
}

/** Every case runs in fresh processes. */
async function runCase(outer: Scope, one: Case, scene: Scene, database: BenchDatabase): Promise<Figures> {
  const scope = createScope();
  outer.atEnd(scope.end);
  const figures: Figures = {};
  try {
    await within(CASE_MS, one.name, measureCase(scope, one, scene, figures));
  } catch (error) {
    console.log(`${one.name} was not measured to the end: ${error instanceof Error ? error.message : String(error)}`);
  }
  await scope.end();
  // What is committed by servers that give no positions would be the next one's to do.
  await database.sql`truncate feed_pending, funnel_changes`;
  return figures;
}

async function measureCase(scope: Scope, { name, entry, kinds: own }: Case, scene: Scene, figures: Figures) {
  const server = await startWorker(scope, entry, { cores: serverCore, env: scene.env });
  const client = await startWorker(scope, 'http/client.ts', { cores: clientCores });
  const port = await server.call<number>('port');
  for (const kind of own) {
    const requests = requestsOf(kind, scene);
    await verify(name, kind, port, requests);
    const load = (forMs: number): Promise<Loaded> =>
      client.call<Loaded>('load', { port, requests, connections: CONNECTIONS, forMs } satisfies Load);
    await load(WARM_UP_MS);
    figures[kind] = await measured(server, () => load(MEASURED_MS));
  }
}

async function measured(server: Worker, load: () => Promise<Loaded>): Promise<Figure> {
  const before = await server.call<number>('usage');
  const loaded = await load();
  const spent = (await server.call<number>('usage')) - before;
  return { ...loaded, perProcessorSecond: (loaded.perSecond * MEASURED_MS) / spent };
}

function requestsOf(kind: Kind, { token, key, contactIds }: Scene): readonly string[] {
  const about = (id: string): object => ({ input: { contactId: id, source: 'OTHER', note: 'benchmark' } });
  switch (kind) {
    case 'published':
      return contactIds.map((id) => requestOf(key, { documentId: `sha256:${hashOf(QUERY)}`, variables: { id } }));
    case 'query':
      return contactIds.map((id) => requestOf(token, { query: QUERY, variables: { id } }));
    case 'mutation':
      return [RECORD, WITHDRAW].flatMap((query) =>
        contactIds.map((id) => requestOf(token, { query, variables: about(id) })),
      );
  }
}

function requestOf(bearer: string, body: object): string {
  const text = JSON.stringify(body);
  const head = [
    'POST /graphql HTTP/1.1',
    'host: 127.0.0.1',
    'content-type: application/json',
    'accept: application/json',
    `authorization: Bearer ${bearer}`,
    `content-length: ${Buffer.byteLength(text)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}

/** Everybody answers the same. */
async function verify(name: string, kind: Kind, port: number, requests: readonly string[]): Promise<void> {
  const [head = '', body] = (requests[0] ?? '').split('\r\n\r\n');
  const authorization = /authorization: (.*)/.exec(head)?.[1] ?? '';
  const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body,
  });
  const { data } = await answer.json();
  const done =
    kind === 'mutation' ? data?.recordConsent?.userErrors?.length === 0 : data?.contact?.name === 'Clara Client';
  if (!done) throw new Error(`${name} answered a ${kind} with ${JSON.stringify(data)}`);
}

async function measureRefusals(scope: Scope, rounds: number): Promise<readonly Refusals[]> {
  const worker = await startWorker(scope, 'http/refusal.ts', { cores: serverCore });
  for (let warmUp = 0; warmUp < 5; warmUp += 1) await worker.call('measure');
  const measuredRounds: Refusals[] = [];
  while (measuredRounds.length < rounds) measuredRounds.push(await worker.call<Refusals>('measure'));
  await worker.stop();
  return measuredRounds;
}

function report(
  chosen: readonly Case[],
  rounds: readonly Map<CaseName, Figures>[],
  refusals: readonly Refusals[],
): void {
  const middle = (name: CaseName, kind: Kind, of: keyof Figure): number =>
    median(rounds.flatMap((figures) => figures.get(name)?.[kind]?.[of] ?? []));
  for (const [title, of] of [
    ['Requests per second, 64 connections', 'perSecond'],
    ["Requests per second of the server's processor time", 'perProcessorSecond'],
  ] as const) {
    printTable(
      title,
      ['', ...kinds, 'p99 ms query', 'p99 ms mutation'],
      chosen.map(({ name, what }) => [
        `${name}: ${what}`,
        ...kinds.map((kind) => whole(middle(name, kind, of))),
        ms(middle(name, 'query', 'p99')),
        ms(middle(name, 'mutation', 'p99')),
      ]),
    );
  }
  printTable(
    'Microseconds for an unknown text of about 550 characters',
    ['', 'µs'],
    (['idOnly', 'safelist', 'parse'] as const).map((of) => [of, ms(1000 * median(refusals.map((one) => one[of])))]),
  );
  const ratios = (kind: Kind, peer: CaseName, of: 'perSecond' | 'perProcessorSecond'): readonly number[] =>
    rounds
      .map((figures) => {
        const other = figures.get(peer)?.[kind === 'published' ? 'query' : kind];
        return (figures.get('assent')?.[kind]?.[of] ?? NaN) / (other?.[of] ?? NaN);
      })
      .filter(Number.isFinite);
  const named: Readonly<Record<Kind, string>> = {
    published: 'a published document',
    query: 'an ad-hoc query',
    mutation: 'a mutation',
  };
  const goals: Goal[] = kinds.flatMap((kind) =>
    (['node', 'mercurius', 'apollo'] as const).flatMap((peer) => [
      { what: `${named[kind]}, requests/s against ${peer}`, ratios: ratios(kind, peer, 'perSecond') },
      { what: '  the same per second of processor time', ratios: ratios(kind, peer, 'perProcessorSecond') },
    ]),
  );
  goals.push({
    what: 'refusing an unknown text (ID_ONLY) against parsing it',
    ratios: refusals.map(({ idOnly, parse }) => idOnly / parse),
    atMost: 0.1,
  });
  printGoals(goals, median);
}
