import 'reflect-metadata';
import { readConfig } from '../../src/config.js';
import { createLogger } from '../../src/server/logger.js';
import { startServer, type Step } from '../../src/start.js';

/** What a server in the hand of a test is told to do. */
export type Order = {
  /** To end as by `kill -9` when it reaches the step for the nth time from now on. */
  readonly die?: { readonly step: Step; readonly time: number };
  /** How far its clock is ahead of the machine's from now on. */
  readonly aheadMs?: number;
};

/** What it says: the order is carried out, or, where it was started with `tell`, a step was reached. */
export type Word = { readonly done: true } | { readonly reached: Step };

let die: Order['die'];
let reaches = 0;
let aheadMs = 0;
const tells = process.argv[2] === 'tell';
const say = (word: Word): unknown => process.send?.(word);

process.on('message', (order: Order) => {
  if (order.die) [die, reaches] = [order.die, 0];
  aheadMs = order.aheadMs ?? aheadMs;
  say({ done: true });
});

const config = readConfig();
const server = await startServer(config, createLogger(config.logLevel), {
  clock: { now: () => new Date(Date.now() + aheadMs) },
  reached: (step) => {
    if (tells) say({ reached: step });
    if (die?.step === step && (reaches += 1) === die.time) process.kill(process.pid, 'SIGKILL');
  },
});
for (const line of server.welcome) process.stdout.write(`${line}\n`);
