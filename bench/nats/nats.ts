import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter } from 'node:path';
import { now, until, within } from '../support/clock.js';
import { anyCore } from '../support/machine.js';
import { printTable, whole } from '../support/report.js';
import type { Scope } from '../support/scope.js';
import { median } from '../support/statistics.js';
import { startWorker, type Worker } from '../support/worker.js';

const NATS_SERVER = 'nats-server';
const ORGANIZATIONS = 100;
const LISTENING = 2;
const TURNS = 60;
const SIZES = [1, 10, 100] as const;
const PATIENCE_MS = 30_000;
/** Of the times that Linux tells of a process. */
const TICKS_PER_SECOND = 100;

/** Batches from one server to two others, through one nats-server, as fast as they come. */
export async function runNats(scope: Scope, { rounds }: { readonly rounds: number }): Promise<void> {
  const env = { PATH: [process.env['PATH'], '/usr/sbin', '/usr/local/sbin'].join(delimiter) };
  if (spawnSync(NATS_SERVER, ['--version'], { env }).status !== 0) {
    return console.log('nats-server is not installed: apt-get install nats-server, or brew install nats-server');
  }
  const figures = new Map<number, { batches: number; perCpu: number }[]>(SIZES.map((size) => [size, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const size of SIZES) figures.get(size)?.push(await measure(scope, env, size));
  }
  const middle = (size: number, of: 'batches' | 'perCpu'): number =>
    median((figures.get(size) ?? []).map((figure) => figure[of]));
  printTable(
    `Batches of ${ORGANIZATIONS} organizations to ${LISTENING} servers that listen to all of them`,
    ['transitions in a batch', 'batches/s', 'transitions/s', 'batches for each s of nats-server’s processor'],
    SIZES.map((size) => [
      String(size),
      whole(middle(size, 'batches')),
      whole(middle(size, 'batches') * size),
      whole(middle(size, 'perCpu')),
    ]),
  );
}

async function measure(scope: Scope, env: NodeJS.ProcessEnv, size: number) {
  const port = await freePort();
  const server = spawn(NATS_SERVER, ['-a', '127.0.0.1', '-p', String(port)], { env, stdio: 'ignore' });
  scope.atEnd(() => Promise.resolve(server.kill('SIGKILL')));
  const organizations = Array.from({ length: ORGANIZATIONS }, () => randomUUID());
  const installation = randomUUID();
  const [leader, ...listeners] = await Promise.all(
    Array.from({ length: 1 + LISTENING }, () => startWorker(scope, 'nats/peer.ts', { cores: anyCore })),
  );
  if (!leader) throw new Error('no server publishes');
  for (const { call } of [leader, ...listeners]) {
    await call('connect', { url: `nats://127.0.0.1:${port}`, installation });
    await until(PATIENCE_MS, 'connecting', () => call<boolean>('connected'));
  }
  const all = TURNS * ORGANIZATIONS * size;
  const arrived = Promise.all(listeners.map((listener) => heardAll(listener)));
  for (const { call } of listeners) await call('listen', { organizations, until: all });

  const before = { at: now(), cpu: processorSeconds(server.pid) };
  for (let turn = 0; turn < TURNS; turn += 1) await leader.call('publish', { organizations, size });
  await within(PATIENCE_MS, 'the last batch', arrived);
  const seconds = (now() - before.at) / 1_000;
  const cpu = processorSeconds(server.pid) - before.cpu;
  await Promise.all([leader, ...listeners].map(({ stop }) => stop()));
  server.kill('SIGKILL');
  return { batches: (TURNS * ORGANIZATIONS) / seconds, perCpu: (TURNS * ORGANIZATIONS) / cpu };
}

function heardAll({ onNews }: Worker): Promise<void> {
  return new Promise((resolve) => onNews(() => resolve()));
}

/** What a process has spent, as Linux tells it; elsewhere it is not known. */
function processorSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return NaN;
  }
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
