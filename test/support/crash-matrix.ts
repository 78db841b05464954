import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { setMatrixScene, type MatrixScene } from './crash-matrix-scene.js';
import {
  agentsOperations,
  answersOperations,
  releasesOperations,
  type Operation,
  type Outcome,
} from './crash-operations.js';
import { AT_PROVIDER, covering, everyPoint, partOf, whyNever, type Point } from './crash-points.js';
import { createWorld } from './crash-world.js';
import { flawless, judgeSends, readEvidence } from './judge-sends.js';
import { accept } from './provider-stand-in.js';
import type { DrivenServer } from './server-process.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** True to kill a server in every cell, not only in so many that each row and each point comes once. */
    everyCell: boolean;
  }
}

type Cell = { readonly row: string; readonly point: Point; readonly operation: Operation };

const TIMEOUT = 180_000;
const patience = { timeout: 60_000, interval: 20 };
const rows = [...agentsOperations, ...answersOperations, ...releasesOperations];
const cellsOf = (operation: Operation): readonly Cell[] =>
  everyPoint
    .filter((point) => whyNever(operation.parts, point) === null)
    .map((point) => ({ row: operation.row, point, operation }));

/**
 * Kills a server at each point of each of the operations, all of them on one database: each server finds what the one
 * before has left behind. What a row leaves out is in the name of its first test, with the reason.
 */
export function crashMatrix(operations: readonly Operation[]): void {
  const ends: (() => Promise<unknown>)[] = [];
  let scene: MatrixScene;
  beforeAll(async () => {
    scene = await setMatrixScene((end) => ends.unshift(end));
  }, TIMEOUT);
  afterAll(async () => {
    for (const end of ends) await end();
  }, TIMEOUT);

  it.each(operations.map((operation) => [operation.row, leftOutOf(operation), operation] as const))(
    '%s comes to each of its points, and %s',
    (_row, _leftOut, operation) => watch(scene, operation),
    TIMEOUT,
  );

  const every = rows.flatMap(cellsOf);
  const chosen = inject('everyCell') ? every : covering(every);
  const cells = chosen.filter(({ operation }) => operations.includes(operation));
  it.each(cells.map((cell) => [cell.row, cell.point, cell] as const))(
    '%s is killed at %s: nothing is lost, and nothing done twice',
    (_row, _point, cell) => strike(scene, cell),
    TIMEOUT,
  );
}

function leftOutOf({ parts }: Operation): string {
  const never = new Map<string, Point[]>();
  for (const point of everyPoint) {
    const why = whyNever(parts, point);
    if (why !== null) never.set(why, [...(never.get(why) ?? []), point]);
  }
  const told = [...never].map(([why, points]) => `never to ${points.join(', ')} (${why})`);
  return told.length === 0 ? 'leaves none out' : told.join(', ');
}

/** Lets the operation go through unharmed. */
async function watch(scene: MatrixScene, operation: Operation): Promise<void> {
  const server = await scene.begin();
  const world = createWorld(scene, operation.organization ?? 'plain');
  const { act, outcomes } = await operation.prepare(world);
  await scene.settled();
  const before = server.reached.length;
  await act(() => false);
  // What comes about by the passing of time has not begun yet.
  await vi.waitFor(() => comesOut(scene, outcomes('SEND_RELEASED')), patience);
  await scene.settled();
  const points = cellsOf(operation).map(({ point }) => point);
  await vi.waitFor(() => {
    const reached = new Set(server.reached.slice(before));
    expect([...reached].sort()).toEqual(points.filter((point) => point !== AT_PROVIDER).sort());
  }, patience);
}

async function strike(scene: MatrixScene, { operation, point }: Cell): Promise<void> {
  const server = await scene.begin();
  const world = createWorld(scene, operation.organization ?? 'plain');
  const { act, outcomes } = await operation.prepare(world);
  await scene.settled();

  let dead = false;
  void server.ended.then(() => (dead = true));
  const disarm = await arm(scene, server, { point, time: operation.nth?.[partOf(point) ?? 'COMMITTED'] ?? 1 });
  world.from();
  try {
    await act(() => dead);
    await vi.waitUntil(() => dead, patience);
  } finally {
    server.kill('SIGKILL');
    await server.ended;
    disarm();
  }

  const runOut = await scene.leasesOfTheDead();
  await scene.begin();
  await world.again();
  await scene.heard();
  await runOut();
  await scene.settled();
  await comesOut(scene, outcomes(point));
  await world.again();
  await scene.settled();
  await comesOut(scene, outcomes(point));
  expect(judgeSends(await readEvidence(scene.sql, scene.sends()))).toEqual(flawless);
}

async function arm(
  { provider }: MatrixScene,
  server: DrivenServer,
  { point, time }: { readonly point: Point; readonly time: number },
): Promise<() => void> {
  if (point !== AT_PROVIDER) {
    await server.order({ die: { step: point, time } });
    return () => undefined;
  }
  let sends = 0;
  const isLast = (): boolean => {
    if ((sends += 1) !== time) return false;
    server.kill('SIGKILL');
    return true;
  };
  return provider.answerWhen(isLast, accept({ until: server.ended }));
}

async function comesOut(scene: MatrixScene, outcomes: readonly Outcome[]): Promise<void> {
  for (const { who, lines } of outcomes) expect(await scene.conversationWith(who.phone)).toEqual(lines);
}
