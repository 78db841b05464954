import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Step } from '../../src/start.js';
import type { Order, Word } from './driven-main.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a task when the test is over: `onTestFinished` of its context. */
export type AtEnd = (task: () => Promise<void>) => void;

/** A server in a process of its own. It is killed when the test is over, if it still runs then. */
export type ServerProcess = {
  /** Where it listens; rejects with what it said when it ends before. */
  readonly ready: Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** All of standard error so far. */
  readonly errors: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
};

const WITH_TSX = ['--import', 'tsx', '--import', 'reflect-metadata'];

/** Starts the server as `npm start` does, with nothing of this process's environment but the path. */
export function startProcess(atEnd: AtEnd, env: Readonly<Record<string, string>>): ServerProcess {
  return launch(atEnd, [...WITH_TSX, 'src/main.ts'], env, []).server;
}

/** A server that does what a test tells it between whiles. */
export type DrivenServer = ServerProcess & {
  /** Resolves when the order is carried out; rejects when the server ends before. */
  readonly order: (order: Order) => Promise<void>;
  /** The steps that it told of. */
  readonly reached: readonly Step[];
};

/** Starts a program that `bundleServer` has made; with `tell` it tells of each step that it reaches. */
export function startDriven(
  atEnd: AtEnd,
  env: Readonly<Record<string, string>>,
  program: string,
  ...args: readonly 'tell'[]
): DrivenServer {
  const { child, server } = launch(atEnd, ['--enable-source-maps', program, ...args], env, ['ipc']);
  const reached: Step[] = [];
  const orders: (() => void)[] = [];
  child.on('message', (word: Word) => {
    if ('reached' in word) reached.push(word.reached);
    else orders.shift()?.();
  });
  return {
    ...server,
    reached,
    order: (order) =>
      new Promise((resolve, reject) => {
        orders.push(resolve);
        void server.ended.then(() => reject(new Error('the server ended before it carried out its order')));
        child.send(order, (error) => error && reject(error));
      }),
  };
}

function launch(atEnd: AtEnd, args: readonly string[], env: Readonly<Record<string, string>>, more: readonly 'ipc'[]) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...more],
  });
  let output = '';
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<Awaited<ServerProcess['ended']>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const url = /ready at (http\S+)\/graphql/.exec(output)?.[1];
      if (url) resolve(url);
    });
    void ended.then(({ code, signal }) => reject(new Error(`it ended (${code ?? signal}) and said: ${errors}`)));
  });
  ready.catch(() => undefined);
  atEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const server: ServerProcess = {
    ready,
    ended,
    errors: () => errors,
    kill: (signal) => void child.kill(signal),
  };
  return { child, server };
}
