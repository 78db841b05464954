import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Step } from '../../src/start.js';

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

/** Starts the server as `npm start` does, with nothing of this process's environment but the path. */
export function startProcess(atEnd: AtEnd, env: Readonly<Record<string, string>>): ServerProcess {
  return launch(atEnd, 'src/main.ts', [], env);
}

/** Starts a server that ends as by `kill -9` when it reaches the step for the nth time. */
export function startDoomed(atEnd: AtEnd, env: Readonly<Record<string, string>>, step: Step, count = 1): ServerProcess {
  return launch(atEnd, fileURLToPath(new URL('./crashing-main.ts', import.meta.url)), [step, String(count)], env);
}

function launch(
  atEnd: AtEnd,
  entry: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ServerProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', '--import', 'reflect-metadata', entry, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<Awaited<ServerProcess['ended']>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
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
  return { ready, ended, errors: () => errors, kill: (signal) => void child.kill(signal) };
}
