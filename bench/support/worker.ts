import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { within } from './clock.js';
import type { Scope } from './scope.js';

/** A process of the benchmark, asked over IPC. */
export type Worker = {
  /** Rejects with what the worker threw, or when it ends or takes longer than half a minute. */
  readonly call: <Answer>(method: string, argument?: unknown) => Promise<Answer>;
  /** What the worker tells by itself. */
  readonly onNews: (listener: (news: unknown) => void) => void;
  readonly stop: () => Promise<void>;
};

type Reply = { readonly id: number; readonly answer?: unknown; readonly error?: string };

const TASKSET = 'taskset';
const PATIENCE_MS = 30_000;
const GRACE_MS = 8_000;

/** Whether processes can be bound to cores here. */
export const canPin = spawnSync(TASKSET, ['-p', String(process.pid)]).status === 0;

/** Starts bench/`entry` on these cores (as `taskset -c` takes them) and resolves when it answers. */
export async function startWorker(
  scope: Scope,
  entry: string,
  options: { readonly cores: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Worker> {
  const file = fileURLToPath(new URL(`../${entry}`, import.meta.url));
  const run = [process.execPath, '--expose-gc', '--import', 'tsx', '--import', 'reflect-metadata', file];
  const [program = '', ...args] = canPin ? [TASKSET, '-c', options.cores, ...run] : run;
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], ...options.env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  const listeners: ((news: unknown) => void)[] = [];
  let calls = 0;
  let gone = false;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      gone = true;
      for (const { reject } of waiting.values()) reject(new Error(`${entry} ended`));
      resolve();
    };
    child.once('exit', end);
    child.once('error', end);
  });
  child.on('message', (message) => {
    const { reply, news } = message as { reply?: Reply; news?: unknown };
    if (!reply) return listeners.forEach((listener) => listener(news));
    const call = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (reply.error === undefined) call?.resolve(reply.answer);
    else call?.reject(new Error(`${entry}: ${reply.error}`));
  });
  const call = <Answer>(method: string, argument?: unknown): Promise<Answer> => {
    calls += 1;
    const id = calls;
    const answered = new Promise<unknown>((resolve, reject) => {
      if (gone) return reject(new Error(`${entry} ended`));
      waiting.set(id, { resolve, reject });
      child.send({ id, method, argument });
    });
    return within(PATIENCE_MS, `${entry} ${method}`, answered) as Promise<Answer>;
  };
  const stop = async (): Promise<void> => {
    if (gone) return;
    if (child.connected) child.disconnect();
    const impatience = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await ended;
    clearTimeout(impatience);
  };
  scope.atEnd(stop);
  await call('ready');
  return { call, onNews: (listener) => listeners.push(listener), stop };
}
