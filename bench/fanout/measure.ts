import { now, until, within } from '../support/clock.js';
import { percentile } from '../support/statistics.js';
import type { Audience } from './audience.js';
import type { Target } from './targets.js';

/** Frames per second, and what they cost. */
export type Rate = {
  readonly frames: number;
  /** Frames per second of processor time of the server: does not depend on the clients or the database. */
  readonly framesPerCpu: number;
  /** How busy the busiest client process was, 0 to 1. */
  readonly clientLoad: number;
};

export type Latency = { readonly p50: number; readonly p99: number };

/** A server with its subscribers. */
export type Stage = { readonly target: Target; readonly audience: Audience };

const WARM_UP_MS = 150;
const MEASURED_MS = 450;
const PATIENCE_MS = 45_000;
/** Published and not yet with everybody: so many at most, so that the server never waits for the publisher. */
const AHEAD = 2;
/** Where one burst takes so long, one is enough. */
const LONG_MS = 300;

type Moment = { readonly events: number; readonly at: number };

/** Publishes `burst` events at a time, the next as soon as everybody has an earlier one. */
export async function measureRate(
  { target, audience }: Stage,
  options: {
    readonly subscribers: number;
    readonly burst: number;
    readonly expected: number;
    readonly warmUpMs?: number;
  },
): Promise<Rate> {
  const { subscribers, burst, expected, warmUpMs = WARM_UP_MS } = options;
  const isLong = (subscribers * burst * 1000) / expected > LONG_MS;
  let published = 0;
  let received = 0;
  let begun = 0;
  let from: Moment = { events: 0, at: 0 };
  let to: Moment | null = null;
  let settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | null = null;
  const over = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });

  const publish = (): void => {
    published += burst;
    target.publish(burst).catch((error: unknown) => settle?.reject(error));
  };
  await audience.listen((events, at) => {
    received = events;
    if (!to && events % burst === 0) {
      const here = { events, at };
      if (events === burst && at - begun > LONG_MS) to = here;
      else if (from.events === 0 && at - begun >= warmUpMs) from = here;
      else if (from.events > 0 && at - from.at >= MEASURED_MS) to = here;
      if (!to) publish();
    }
    if (to && received === published) settle?.resolve();
  });
  const before = { server: await target.usage(), client: await audience.usage() };
  begun = now();
  from = { events: 0, at: begun };
  for (let ahead = 0; ahead < (isLong ? 1 : AHEAD); ahead += 1) publish();
  await within(PATIENCE_MS, 'publishing', over);
  const elapsed = now() - begun;
  const server = (await target.usage()) - before.server;
  const client = (await audience.usage()) - before.client;
  const measured: Moment = to ?? from;
  return {
    frames: ((measured.events - from.events) * subscribers * 1000) / (measured.at - from.at),
    framesPerCpu: (received * subscribers * 1000) / server,
    clientLoad: client / elapsed,
  };
}

/** Publishes one event at a time, with a pause between them, until the last subscriber has it. */
export async function measureLatency(
  { target, audience }: Stage,
  options: { readonly events: number; readonly everyMs: number; readonly forMs: number },
): Promise<Latency> {
  const arrived: number[] = [];
  const taken: number[] = [];
  await audience.listen((event, at) => {
    arrived[event] = at;
  });
  const end = now() + options.forMs;
  for (let event = 1; event <= options.events && now() < end; event += 1) {
    const next = now() + options.everyMs;
    const from = await target.publish(1);
    await until(PATIENCE_MS, 'the last subscriber', async () => arrived[event] !== undefined);
    taken.push((arrived[event] ?? NaN) - from);
    await until(PATIENCE_MS, 'a pause', async () => now() >= next);
  }
  return { p50: percentile(taken, 0.5), p99: percentile(taken, 0.99) };
}
