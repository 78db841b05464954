import { readConfig } from '../../src/config.js';
import { createLogger } from '../../src/server/logger.js';
import { startServer } from '../../src/start.js';

// A server that ends as by `kill -9` when it has reached a step so many times: crashing-main.ts STEP [COUNT].
const [fatalStep, count = '1'] = process.argv.slice(2);
if (fatalStep === undefined) throw new Error('which step?');
let left = Number(count);
const config = readConfig();
const server = await startServer(config, createLogger(config.logLevel), {
  reached: (step) => {
    if (step === fatalStep && (left -= 1) === 0) process.kill(process.pid, 'SIGKILL');
  },
});
for (const line of server.welcome) process.stdout.write(`${line}\n`);
