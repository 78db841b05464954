import { randomBytes } from 'node:crypto';
import { createAttestationLog } from '../../src/postgres/attestation-log.js';
import { openDatabase } from '../../src/postgres/database.js';
import { createSecrets, KEY_BYTES } from '../../src/postgres/secrets.js';
import { verifyLog } from '../../src/attestation/verify-log.js';
import { contactKeysOf } from '../../src/notary.js';
import { now, until } from '../support/clock.js';
import type { BenchDatabase } from '../support/database.js';
import { clientCores, serverCore } from '../support/machine.js';
import type { Scope } from '../support/scope.js';
import { median } from '../support/statistics.js';
import { startWorker, type Worker } from '../support/worker.js';

const WRITTEN_MS = 1_500;
const WATCHED_MS = 3_000;
const CALIBRATED_MS = 2_000;
const RATE = 1_000;
/** What this machine carries is taken for the rate at which it has a third of its time left. */
const CARRIED = 0.7;
const SIGNING_LOCK = 7_160_002;

export type LogRound = {
  /** Commits per second. */
  readonly on: number;
  readonly off: number;
  /** Entries are written, and nobody signs them. */
  readonly unsigned: number;
  /** From each commit to that of the checkpoint, ms, at a rate that leaves time to spare. */
  readonly delays: readonly number[];
};

export type LogFigures = {
  readonly rate: number;
  readonly rounds: readonly LogRound[];
  /** Reading the whole log again. */
  readonly verification: { readonly entries: number; readonly seconds: number };
};

/** What the log costs those who write, how soon it is signed, and how long a whole reading takes. */
export async function measureLogs(
  scope: Scope,
  database: BenchDatabase,
  { rounds }: { readonly rounds: number },
): Promise<LogFigures> {
  const masterKey = randomBytes(KEY_BYTES);
  const env = {
    DATABASE_URL: database.url,
    DATA_DIR: database.dataDir,
    ENCRYPTION_KEY: masterKey.toString('base64'),
  };
  const server = await startWorker(scope, 'support/assent.ts', { cores: serverCore, env });
  const port = await server.call<number>('port');
  const [attested, unattested] = await Promise.all([
    startWorker(scope, 'feed/writer.ts', { cores: clientCores }),
    startWorker(scope, 'feed/writer.ts', { cores: clientCores }),
  ]);
  const organizationId = await demoOf(database);
  await attested.call('prepare', port);
  await withoutSigning(database, organizationId, async () => {
    await unattested.call('prepareOthers', port);
    await settled(database);
    await makeOlderThanTheLog(database, organizationId);
  });

  const fullSpeed = (writer: Worker): Promise<number> =>
    writer.call<number>('atFullSpeed', { port, forMs: CALIBRATED_MS });
  const most = Math.max(await fullSpeed(attested), await fullSpeed(attested));
  const rate = Math.min(RATE, Math.floor(most * CARRIED));
  const measured: LogRound[] = [];
  while (measured.length < rounds) {
    console.log(`round ${measured.length + 1} of ${rounds}`);
    const stage = { database, organizationId, port, attested, unattested };
    const delays = await delaysAt(stage, rate);
    measured.push({ ...(await writeWithAndWithout(stage)), delays });
  }
  await signed(database, organizationId);
  return { rate, rounds: measured, verification: await readAgain(database, organizationId, masterKey) };
}

type Stage = {
  readonly database: BenchDatabase;
  readonly organizationId: string;
  readonly port: number;
  readonly attested: Worker;
  readonly unattested: Worker;
};

/** With the log, without it twice, and with it again: without are contacts that are older than it, and nobody signs. */
async function writeWithAndWithout(stage: Stage): Promise<Omit<LogRound, 'delays'>> {
  const { database, organizationId, port, attested, unattested } = stage;
  const write = (writer: Worker): Promise<number> => writer.call<number>('atFullSpeed', { port, forMs: WRITTEN_MS });
  await signed(database, organizationId);
  const first = await write(attested);
  await signed(database, organizationId);
  const [off, unsigned] = await withoutSigning(database, organizationId, async () => {
    const without = [await write(unattested), await write(unattested)];
    await settled(database);
    const written = await write(attested);
    await settled(database);
    return [without, written] as const;
  });
  await signed(database, organizationId);
  const last = await write(attested);
  return { on: (first + last) / 2, off: median(off), unsigned };
}

async function delaysAt({ database, organizationId, port, attested }: Stage, rate: number): Promise<readonly number[]> {
  const { sql } = database;
  await signed(database, organizationId);
  const [before] = await sql<{ position: string }[]>`
    select position from feed_heads where organization_id = ${organizationId}`;
  await attested.call('atRate', { port, rate, forMs: WATCHED_MS });
  await signed(database, organizationId);
  const rows = await sql<{ delay: number }[]>`
    select extract(epoch from pg_xact_commit_timestamp(c.xmin) - pg_xact_commit_timestamp(e.xmin))::float8 * 1000 as delay
    from feed f
    join consent_events e on e.organization_id = f.organization_id and e.contact_id = f.contact_id
      and e.version = f.version
    join lateral (
      select xmin from checkpoints c where c.organization_id = f.organization_id and c.size >= f.position
      order by c.size limit 1
    ) c on true
    where f.organization_id = ${organizationId} and f.position > ${before?.position ?? 0}`;
  return rows.map(({ delay }) => delay);
}

async function readAgain(
  { url }: BenchDatabase,
  organizationId: string,
  masterKey: Uint8Array,
): Promise<LogFigures['verification']> {
  const database = openDatabase(url, { connections: 2, role: 'assent_server' });
  try {
    const log = createAttestationLog(database);
    const contactKeys = contactKeysOf(createSecrets([masterKey]));
    const begun = now();
    const found = (finding: object): void => console.error('found:', finding);
    const { ok, entries } = await verifyLog({ log, organizationId, key: null, contactKeys, copies: [], found });
    if (!ok) throw new Error('The log of the benchmark is not what was signed.');
    return { entries, seconds: (now() - begun) / 1_000 };
  } finally {
    await database.close();
  }
}

async function demoOf({ sql }: BenchDatabase): Promise<string> {
  const [row] = await sql<{ id: string }[]>`select id from organizations where slug = 'demo'`;
  return row?.id ?? '';
}

/** Has the lock that whoever signs needs. */
async function withoutSigning<Result>(
  { sql }: BenchDatabase,
  organizationId: string,
  task: () => Promise<Result>,
): Promise<Result> {
  const connection = await sql.reserve();
  try {
    await connection`select pg_advisory_lock(${SIGNING_LOCK}::int, hashtext(${organizationId}))`;
    return await task();
  } finally {
    await connection`select pg_advisory_unlock(${SIGNING_LOCK}::int, hashtext(${organizationId}))`;
    connection.release();
  }
}

/** What is not signed yet gets contacts without a chain; there was never an entry of them. */
async function makeOlderThanTheLog({ sql }: BenchDatabase, organizationId: string): Promise<void> {
  await sql.begin(async (admin) => {
    await admin`set local session_replication_role = replica`;
    const others = admin`
      select f.contact_id from feed f where f.organization_id = ${organizationId}
        and f.position > coalesce((select max(size) from checkpoints where organization_id = ${organizationId}), 0)`;
    await admin`
      update contacts set log_name = null, log_hash = null, log_at = null, log_key = null
      where organization_id = ${organizationId} and id in (${others})`;
    await admin`
      update consent_events set entry = null where organization_id = ${organizationId} and contact_id in (${others})`;
    await admin`
      update feed set leaf_hash = null where organization_id = ${organizationId} and contact_id in (${others})`;
  });
}

/** Everything committed has its position. */
async function settled({ sql }: BenchDatabase): Promise<void> {
  await until(15_000, 'the sequencer to be done', async () => {
    const [row] = await sql<{ left: boolean }[]>`select exists (select from feed_pending) as left`;
    return row?.left === false;
  });
}

/** Everything that has a position is signed. */
async function signed(database: BenchDatabase, organizationId: string): Promise<void> {
  await settled(database);
  await until(30_000, 'the log to be signed', async () => {
    const [row] = await database.sql<{ behind: boolean }[]>`
      select h.position <> coalesce((select max(size) from checkpoints c where c.organization_id = h.organization_id), 0)
        as behind
      from feed_heads h where h.organization_id = ${organizationId}`;
    return row?.behind !== true;
  });
}
