import { cpus } from 'node:os';
import { clientCores } from '../support/machine.js';
import type { Scope } from '../support/scope.js';
import { startWorker } from '../support/worker.js';
import type { Greeting } from './crowd.js';

/** The subscribers of one server, in processes of their own. */
export type Audience = {
  readonly join: (server: { readonly port: number; readonly greeting: Greeting }, count: number) => Promise<void>;
  readonly leave: (count: number) => Promise<void>;
  /** Events are counted from 1 again. `heard` hears the number of each event that everybody has had, and when. */
  readonly listen: (heard: (received: number, at: number) => void) => Promise<void>;
  readonly sample: () => Promise<string | null>;
  /** Milliseconds of processor time of the busiest process so far. */
  readonly usage: () => Promise<number>;
};

const PROCESSES = Math.min(3, Math.max(1, cpus().length - 1));

export async function startAudience(scope: Scope): Promise<Audience> {
  const workers = await Promise.all(
    Array.from({ length: PROCESSES }, () => startWorker(scope, 'fanout/client.ts', { cores: clientCores })),
  );
  const shares = (count: number): readonly number[] =>
    workers.map((_, index) => Math.floor((count + index) / workers.length));
  let heard: (received: number, at: number) => void = () => undefined;
  let reports = new Map<number, { processes: number; at: number }>();
  for (const { onNews } of workers) {
    onNews((news) => {
      const { received, at } = news as { readonly received: number; readonly at: number };
      const report = reports.get(received) ?? { processes: 0, at };
      reports.set(received, report);
      report.processes += 1;
      report.at = Math.max(report.at, at);
      if (report.processes < workers.length) return;
      reports.delete(received);
      heard(received, report.at);
    });
  }
  return {
    join: async ({ port, greeting }, count) => {
      const each = shares(count);
      await Promise.all(workers.map(({ call }, index) => call('join', { port, greeting, count: each[index] })));
    },
    leave: async (count) => {
      const each = shares(count);
      await Promise.all(workers.map(({ call }, index) => call('leave', each[index])));
    },
    listen: async (listener) => {
      heard = listener;
      reports = new Map();
      await Promise.all(workers.map(({ call }) => call('restart')));
    },
    sample: async () =>
      (await Promise.all(workers.map(({ call }) => call<string | null>('sample')))).find(Boolean) ?? null,
    usage: async () => Math.max(...(await Promise.all(workers.map(({ call }) => call<number>('usage'))))),
  };
}
