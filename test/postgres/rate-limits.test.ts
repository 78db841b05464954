import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import postgres from 'postgres';
import { createPointStore } from '../../src/postgres/rate-limits.js';
import { recordingLog } from '../support/channel-fakes.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const store = (name: string, pointsPerMinute: number) =>
  createPointStore({ sql: database.sql, name, pointsPerMinute, log: recordingLog() });

describe('points in the database', () => {
  it('are taken until there are none, and the last taker gets what is left', async () => {
    const { take } = store('last', 100);
    expect(await take('ana', 70)).toEqual({ granted: 70, resetsInMs: expect.any(Number) });
    expect(await take('ana', 70)).toMatchObject({ granted: 30 });
    const { granted, resetsInMs } = await take('ana', 70);
    expect(granted).toBe(0);
    expect(resetsInMs).toBeGreaterThan(50_000);
    expect(resetsInMs).toBeLessThanOrEqual(60_000);
    expect(await take('bo', 1)).toMatchObject({ granted: 1 });
  });

  it('are given once to those who take at the same time', async () => {
    const servers = [store('shared', 100), store('shared', 100), store('shared', 100)];
    const turns = Array.from({ length: 10 }, () => servers).flat();
    const grants = await Promise.all(turns.map(({ take }) => take('ana', 7)));
    expect(grants.reduce((sum, { granted }) => sum + granted, 0)).toBe(100);
  });

  it('of callers and of organizations do not meet', async () => {
    await store('caller', 10).take('x', 10);
    expect(await store('organization', 10).take('x', 10)).toMatchObject({ granted: 10 });
  });
});

describe('without the database', () => {
  it('a server counts for itself, and says so once', async () => {
    const sql = postgres('postgres://nobody@127.0.0.1:1/nothing', { max: 1, connect_timeout: 1 });
    const log = recordingLog();
    const { take } = createPointStore({ sql, name: 'alone', pointsPerMinute: 10, log });
    expect(await take('ana', 6)).toMatchObject({ granted: 6 });
    expect(await take('ana', 6)).toMatchObject({ granted: 4 });
    expect(await take('ana', 6)).toMatchObject({ granted: 0 });
    expect(log.lines).toHaveLength(1);
    await sql.end();
  });
});
