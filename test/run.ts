import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import type {} from './support/crash-matrix.js';

// Tests that `npm test` runs in small, in full.
const { positionals } = parseArgs({ allowPositionals: true });
const runs = {
  'crash-matrix': { files: ['test/journeys/crash-'], provide: { everyCell: true } },
} as const;

const [name = ''] = positionals;
const run = Object.entries(runs).find(([known]) => known === name)?.[1];
if (!run) {
  process.stderr.write('Usage: npm run crash-matrix\n');
  process.exit(2);
}
const vitest = await startVitest('test', [...run.files], { run: true, reporters: ['verbose'], provide: run.provide });
await vitest.close();
