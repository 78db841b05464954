import { parseArgs } from 'node:util';
import { runAttestation } from './attestation/attestation.js';
import { runFanout } from './fanout/fanout.js';
import { runFeed } from './feed/feed.js';
import { runHttp } from './http/http.js';
import { runMemory } from './memory/memory.js';
import { runNats } from './nats/nats.js';
import { runRelease } from './release/release.js';
import { createScope } from './support/scope.js';

const benchmarks = {
  attestation: {
    what: 'what evidence costs: writers, signatures, bundles, verification (about two minutes)',
    run: runAttestation,
  },
  fanout: { what: 'one event to 1,000 and 5,000 subscribers (about four minutes)', run: runFanout },
  feed: {
    what: 'from a commit to a frame, and what giving positions costs the writers (under two minutes)',
    run: runFeed,
  },
  http: { what: 'requests a second over HTTP, beside other servers; what a refusal costs', run: runHttp },
  memory: {
    what: 'what a server keeps in memory while a million transitions go by a reader that does not read',
    run: runMemory,
  },
  nats: { what: 'what one nats-server carries between servers (needs nats-server)', run: runNats },
  release: { what: 'what handing messages over costs: throughput, statements, delay, growth', run: runRelease },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    cases: { type: 'string' },
    events: { type: 'string', default: '1000000' },
    messages: { type: 'string', default: '8000' },
    waiting: { type: 'string', default: '1000000' },
  },
});
const [name = 'list'] = positionals;
const counts = {
  rounds: Number(values.rounds),
  events: Number(values.events),
  messages: Number(values.messages),
  waiting: Number(values.waiting),
};
const areCounts = Object.values(counts).every((count) => Number.isInteger(count) && count >= 1);

if (name === 'list') {
  for (const [known, { what }] of Object.entries(benchmarks)) console.log(`${known.padEnd(8)} ${what}`);
} else if (!(name in benchmarks) || !areCounts) {
  console.error('Usage: npm run bench -- list | fanout [--rounds 5] [--cases assent,ws-send] | feed [--rounds 5]');
  console.error('       npm run bench -- attestation [--rounds 5] [--cases log,bundle]');
  console.error('       npm run bench -- http [--rounds 5] [--cases assent,node,mercurius,apollo]');
  console.error('       npm run bench -- memory [--events 1000000]');
  console.error('       npm run bench -- release [--rounds 5] [--cases throughput,latency,growth]');
  console.error('                                [--messages 8000] [--waiting 1000000]');
  process.exitCode = 2;
} else {
  const scope = createScope();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void scope.end().finally(() => process.exit(130)));
  }
  try {
    await benchmarks[name as keyof typeof benchmarks].run(scope, { ...counts, cases: values.cases ?? null });
  } finally {
    await scope.end();
  }
}
