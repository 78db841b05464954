import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import postgres from 'postgres';
import { transaction } from '../../src/postgres/transaction.js';
import { startBadNetwork } from '../support/bad-network.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

async function overBadNetwork() {
  const network = await startBadNetwork(Number(new URL(database.url).port));
  const url = new URL(database.url);
  url.port = String(network.port);
  let breaks = 0;
  const onclose = () => (breaks += 1);
  const sql = postgres(url.href, { max: 1, fetch_types: false, backoff: () => 0.05, onclose });
  onTestFinished(async () => {
    await sql.end({ timeout: 1 });
    await network.close();
  });
  return { network, sql, breaks: () => breaks };
}

it('commits all, or nothing', async () => {
  const { sql } = await overBadNetwork();
  await sql`create table kept (n int)`;
  await transaction(sql, async (begun) => {
    await begun`insert into kept values (1)`;
    await begun`insert into kept values (2)`;
  });
  const failed = transaction(sql, async (begun) => {
    await begun`insert into kept values (3)`;
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  expect(await sql`select n from kept order by n`).toEqual([{ n: 1 }, { n: 2 }]);
});

it.each(['while a statement is under way', 'between two statements'])(
  'fails when its connection breaks %s, and the next one goes on',
  async (when) => {
    const { network, sql, breaks } = await overBadNetwork();
    for (let round = 0; round < 5; round += 1) {
      const broken = transaction(sql, async (begun) => {
        await begun`select 1`;
        const slow = when.startsWith('while') ? begun`select pg_sleep(5)`.execute() : null;
        slow?.catch(() => undefined);
        network.reset();
        await slow;
        await expect.poll(breaks).toBe(round + 1);
        await begun`select 2`;
      });
      await expect(broken).rejects.toThrow(/CONNECTION|ECONN|EPIPE/);
      await expect.poll(() => sql`select 1 as one`.catch(() => null)).toEqual([{ one: 1 }]);
    }
  },
);
