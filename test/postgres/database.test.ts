import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { startBadNetwork } from '../support/bad-network.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const CONNECTIONS = 10;
/** How long an answer is waited for where a test waits for the end of that. */
const ANSWER_MS = 1_000;
/** Until what was asked has failed: the answer waited for, what goes on beside it, and a machine that is busy. */
const FAILED_MS = ANSWER_MS + 2_000 + 7_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** A server that can be out of reach, and breaks each connection after so many bytes. */
async function unreliable(bytes: () => number) {
  const state = { isReachable: true };
  const { hostname, port } = new URL(database.url);
  expect(hostname).toMatch(/localhost|127\.0\.0\.1/);
  const proxy = await startTcpProxy({
    port: () => (state.isReachable ? Number(port) : null),
    lifetime: () => ({ bytes: bytes(), how: 'RESET' }),
  });
  onTestFinished(proxy.close);
  const url = new URL(database.url);
  url.port = new URL(proxy.url).port;
  return Object.assign(state, { url: url.href });
}

/** The same server, with something between that may go wrong. */
async function behindBadNetwork() {
  const network = await startBadNetwork(Number(new URL(database.url).port));
  onTestFinished(network.close);
  const url = new URL(database.url);
  url.port = String(network.port);
  return { ...network, url: url.href };
}

function open(url: string, connections: number, answerMs?: number): Database {
  const opened = openDatabase(url, { connections: 2 * connections, role: null, answerMs });
  onTestFinished(() => opened.sql.end({ timeout: 0 }));
  return opened;
}

it.each([
  ['nothing', []],
  ['plain texts', ['a', 'b c', 'null']],
  ['texts that need quotes', ['a,b', '"', '\\', '{}', '', 'NULL', ' ', 'two\nlines', 'ä']],
])('lists of %s come back as they went', async (_, texts) => {
  const { sql } = open(database.url, 1);
  const [row] = await sql`select ${texts}::text[] as texts, array_length(${texts}::text[], 1) as length`;
  expect(row).toEqual({ texts, length: texts.length || null });
  const [ids] = await sql`select array['d6f3c4a8-7a0e-4f0c-9f0a-2b1f5c0d9e11', null]::uuid[] as ids`;
  expect(ids).toEqual({ ids: ['d6f3c4a8-7a0e-4f0c-9f0a-2b1f5c0d9e11', null] });
});

describe('a connection that breaks', () => {
  it('while it is made fails its query, and nothing else', async () => {
    // Every place of the greeting: an error that no query has would fail the run.
    for (let bytes = 1; bytes < 900; bytes += 20) {
      const { url } = await unreliable(() => bytes);
      const { sql } = openDatabase(url, { connections: 1, role: null });
      await expect(sql`select repeat('x', 2000)`).rejects.toThrow();
      await sql.end({ timeout: 0 });
    }
  });

  it('loses no query, though all break at once and each is asked again at once', async () => {
    const network = await behindBadNetwork();
    const { sql } = open(network.url, 4);
    const ask = (again: number): Promise<unknown> =>
      sql`select pg_sleep(0.02)`.catch((error: unknown) => {
        if (again === 0) throw error;
        return ask(again - 1);
      });
    for (let round = 0; round < 3; round += 1) {
      const asked = Array.from({ length: 40 }, () => ask(3));
      await Promise.race(asked);
      network.reset();
      await Promise.allSettled(asked);
    }
    await sql`select 1`;
  });

  it('is made again within a second or two, also when all break at once', async () => {
    const server = await unreliable(() => Infinity);
    const { sql } = open(server.url, CONNECTIONS);
    const queries = () => Array.from({ length: CONNECTIONS }, () => sql`select pg_sleep(0.02)`);
    await Promise.all(queries());
    server.isReachable = false;
    await database.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'assent' and datname = current_database()`;
    for (let round = 0; round < 4; round += 1) await Promise.allSettled(queries());
    server.isReachable = true;

    await vi.waitFor(() => Promise.all(queries()), { timeout: 30_000, interval: 20 });
  });
});

describe('a connection that carries nothing any more, and does not end', () => {
  /** How long it took until all failed that was asked. */
  async function failed(asked: readonly Promise<unknown>[]): Promise<number> {
    const begun = performance.now();
    const outcomes = await Promise.allSettled(asked);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    return performance.now() - begun;
  }

  it('fails what was asked of it within the time limit, and what is asked then is answered', async () => {
    const network = await behindBadNetwork();
    const { sql, scoped } = open(network.url, 4, ANSWER_MS);
    const asked = (): readonly Promise<unknown>[] => [
      ...Array.from({ length: 20 }, (_, number) => sql`select pg_sleep(0.02), ${number}::int`),
      ...Array.from({ length: 4 }, () => sql.begin((transaction) => transaction`select pg_sleep(0.02)`)),
      ...Array.from({ length: 8 }, () => scoped([], (line) => line`select pg_sleep(0.02)`)),
    ];
    await Promise.all(asked());
    expect(network.lose()).toBeGreaterThan(4);

    expect(await failed(asked())).toBeLessThan(FAILED_MS);
    await Promise.all(asked());
  });

  it('fails a transaction that has begun, and PostgreSQL lets go of what it held', async () => {
    const network = await behindBadNetwork();
    const { sql } = open(network.url, 1, ANSWER_MS);
    const lock = 4_711;
    const transaction = sql.begin(async (inside) => {
      await inside`select pg_advisory_xact_lock(${lock})`;
      network.lose();
      await inside`select 1`;
    });
    expect(await failed([transaction])).toBeLessThan(FAILED_MS);
    const isFree = async (): Promise<boolean> => {
      const [row] = await database.sql<{ free: boolean }[]>`select pg_try_advisory_xact_lock(${lock}) as free`;
      return row?.free ?? false;
    };
    await vi.waitUntil(isFree, { timeout: FAILED_MS, interval: 20 });
  });

  it('fails what was asked of it while it was made, and is made again when the network is back', async () => {
    const network = await behindBadNetwork();
    network.trouble({ kind: 'DEAF' });
    const { sql } = open(network.url, 2, ANSWER_MS);
    expect(await failed(Array.from({ length: 10 }, () => sql`select 1`))).toBeLessThan(FAILED_MS);
    network.trouble(null);
    await sql`select 1`;
  });

  it('is not suspected while PostgreSQL works: that ends a statement itself, and the connection stays', async () => {
    const { sql } = open(database.url, 1, ANSWER_MS);
    const pid = async (): Promise<unknown> => (await sql`select pg_backend_pid() as pid`)[0]?.['pid'];
    const before = await pid();
    await expect(sql`select pg_sleep(20)`).rejects.toMatchObject({ code: '57014' });
    expect(await pid()).toBe(before);
  });
});
