import { run } from './cli/run.js';
import { readCommandConfig } from './config.js';

process.exitCode = await run(process.argv.slice(2), {
  readConfig: () => readCommandConfig(),
  out: (line) => console.log(line),
  err: (line) => console.error(line),
});
