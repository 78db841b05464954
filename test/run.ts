import { parseArgs } from 'node:util';
import type { ProvidedContext } from 'vitest';
import { startVitest } from 'vitest/node';

// Runs what takes longer than `npm test` should: all cells of the crash matrix, and the soak.
const USAGE = `Usage: npm run crash-matrix
       npm run soak -- [--messages 100000] [--contacts 2000] [--seed 1]`;
/** One round of faults for so many messages. */
const MESSAGES_PER_ROUND = 10_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: 'string', default: '100000' },
    contacts: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [messages, contacts, seed] = [Number(values.messages), Number(values.contacts), Number(values.seed)];
const rounds = Math.ceil(messages / MESSAGES_PER_ROUND);

const runs: Readonly<Record<string, { readonly include: string; readonly provide: Partial<ProvidedContext> }>> = {
  'crash-matrix': { include: 'test/journeys/crash-*.test.ts', provide: { everyCell: true } },
  soak: { include: 'test/soak/soak.run.ts', provide: { soak: { messages, contacts, seed, rounds } } },
};
const run = runs[positionals[0] ?? ''];
if (!run || ![messages, contacts, seed].every(Number.isSafeInteger) || messages < 1 || contacts < 1) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
const options = { run: true, reporters: ['verbose'], include: [run.include], provide: run.provide };
const vitest = await startVitest('test', [], options);
await vitest.close();
