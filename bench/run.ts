import { parseArgs } from 'node:util';
import { runFanout } from './fanout/fanout.js';
import { runFeed } from './feed/feed.js';
import { createScope } from './support/scope.js';

const benchmarks = {
  fanout: { what: 'one event to 1,000 and 5,000 subscribers (about four minutes)', run: runFanout },
  feed: {
    what: 'from a commit to a frame, and what giving positions costs the writers (under two minutes)',
    run: runFeed,
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, cases: { type: 'string' } },
});
const [name = 'list'] = positionals;
const rounds = Number(values.rounds);

if (name === 'list') {
  for (const [known, { what }] of Object.entries(benchmarks)) console.log(`${known.padEnd(8)} ${what}`);
} else if (!(name in benchmarks) || !Number.isInteger(rounds) || rounds < 1) {
  console.error('Usage: npm run bench -- list | fanout | feed [--rounds 5] [--cases assent,ws-send]');
  process.exitCode = 2;
} else {
  const scope = createScope();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void scope.end().finally(() => process.exit(130)));
  }
  try {
    await benchmarks[name as keyof typeof benchmarks].run(scope, { rounds, cases: values.cases ?? null });
  } finally {
    await scope.end();
  }
}
