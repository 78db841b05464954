import { parseArgs } from 'node:util';
import type { ProvidedContext } from 'vitest';
import { startVitest } from 'vitest/node';

// Runs in full what `npm test` runs in small.
const USAGE = `Usage: npm run crash-matrix
       npm run soak -- [--messages 100000] [--contacts 2000] [--seed 1]`;
/** One round of faults for so many messages. */
const MESSAGES_PER_ROUND = 5_000;

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

const runs: Readonly<Record<string, { readonly files: string; readonly provide: Partial<ProvidedContext> }>> = {
  'crash-matrix': { files: 'test/journeys/crash-', provide: { everyCell: true } },
  soak: { files: 'test/soak/', provide: { soak: { messages, contacts, seed, rounds } } },
};
const run = runs[positionals[0] ?? ''];
if (!run || ![messages, contacts, seed].every(Number.isSafeInteger) || messages < 1 || contacts < 1) {
  process.stderr.write(`${USAGE}\n`);
  process.exit(2);
}
const options = { run: true, reporters: ['verbose'], provide: run.provide };
const vitest = await startVitest('test', [run.files], options);
await vitest.close();
