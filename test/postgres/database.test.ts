import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { startBadNetwork } from '../support/bad-network.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** A server that breaks each connection after so many bytes. */
async function unreliable(bytes: () => number) {
  const { hostname, port } = new URL(database.url);
  expect(hostname).toMatch(/localhost|127\.0\.0\.1/);
  const proxy = await startTcpProxy({
    port: () => Number(port),
    lifetime: () => ({ bytes: bytes(), how: 'RESET' }),
  });
  onTestFinished(proxy.close);
  const url = new URL(database.url);
  url.port = new URL(proxy.url).port;
  return { url: url.href };
}

function open(url: string, connections: number): Database {
  const opened = openDatabase(url, { connections });
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
      const { sql } = openDatabase(url, { connections: 1 });
      await expect(sql`select repeat('x', 2000)`).rejects.toThrow();
      await sql.end({ timeout: 0 });
    }
  });

  it('loses no query, though all break at once and each is asked again at once', async () => {
    const network = await startBadNetwork(Number(new URL(database.url).port));
    onTestFinished(network.close);
    const url = new URL(database.url);
    url.port = String(network.port);
    const { sql } = open(url.href, 4);
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
});
