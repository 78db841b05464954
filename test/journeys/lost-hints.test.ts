import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.js';
import { startServer } from '../../src/start.js';
import { callerWith } from '../support/assent-server.js';
import { setServerScene } from '../support/server-scene.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe('a subscriber on another server, when every NOTIFY is lost', { timeout: 180_000 }, () => {
  it('hears of each transition about a second later, in order, and misses none', async ({ onTestFinished }) => {
    const scene = await setServerScene(onTestFinished);
    const { sql } = scene;
    // Servers that connect from now on find this function before PostgreSQL's own.
    await sql`create table lost_hints (payload text)`;
    await sql`create function pg_notify(channel text, payload text) returns void language sql
      as 'insert into public.lost_hints values (payload)'`;
    const [here] = await sql`select current_database() as name`;
    await sql`alter database ${sql(String(here?.['name']))} set search_path = public, pg_catalog`;

    await scene.begin();
    const other = await startServer(readConfig(scene.env), silent);
    onTestFinished(other.stop);
    const socket = callerWith(scene.agent.token, () => other.url).socket();
    onTestFinished(() => void socket.dispose());
    const items = socket.iterate<{ consentTransitions: { contact?: { name: string } } }>({
      query: 'subscription { consentTransitions { __typename ... on ConsentTransition { contact { name } } } }',
    });
    const next = async (): Promise<string> => {
      for (;;) {
        const { value } = await items.next();
        const name = value?.data?.consentTransitions.contact?.name;
        if (name !== undefined) return name;
      }
    };
    // The first item is the checkpoint of having caught up.
    await items.next();
    const late: number[] = [];
    for (const [index, name] of ['one', 'two', 'three', 'four', 'five'].entries()) {
      const phone = `+1650253${4000 + index}`;
      await scene.agent.ask(
        `mutation ($phone: PhoneNumber!, $name: String) {
          sendOptIn(input: { phone: $phone, name: $name }) { contact { id } } }`,
        { phone, name },
      );
      const answeredAt = Date.now();
      expect(await next()).toBe(name);
      late.push(Date.now() - answeredAt);
    }
    // Whatever a busy machine adds to one or the other.
    expect(Math.min(...late)).toBeLessThan(2_500);
    expect(Math.max(...late)).toBeLessThan(10_000);
    expect((await sql`select 1 from lost_hints`).length).toBeGreaterThan(0);
  });
});
