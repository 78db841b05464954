import { run } from '../../src/cli/run.js';
import { readCommandConfig } from '../../src/config.js';

/** Runs `assent` with these arguments in this environment, in this process. */
export async function assent(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, {
    readConfig: () => readCommandConfig(env),
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
