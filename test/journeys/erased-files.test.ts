import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { EraseContactDocument } from '../support/gql/graphql.js';
import { assent } from '../support/command-line.js';
import { startJourney } from '../support/journey.js';
import { startOwnPostgres } from '../support/own-postgres.js';
import { tracesInFiles } from '../support/traces.js';

const NAME = 'Quetzalcoatl Marvellous';
const TEXT = 'the walrus sings at dawn';

describe("the database's own files", () => {
  it('hold nothing of an erased contact once the tables are written anew', async ({ onTestFinished }) => {
    const own = await startOwnPostgres(onTestFinished);
    const journey = await startJourney({ DATABASE_URL: own.url(), DELIVERY_ORDER_WAIT: 'PT0S' });
    onTestFinished(() => journey.close());
    const sql = postgres(own.url(), { max: 1, onnotice: () => undefined });
    onTestFinished(() => sql.end());
    const [{ data_directory: data } = { data_directory: '' }] = await sql<{ data_directory: string }[]>`
      show data_directory`;
    const admin = await journey.server.caller('acme', { role: 'admin' });

    // Those before and after share pages with the contact in the middle.
    await journey.ask();
    const who = await journey.ask({ name: NAME });
    const words = [NAME, TEXT, who.phone.slice(1)];
    await journey.ask();
    await journey.sends(who.phone, 1);
    await journey.says(who, 'yes');
    await journey.becomes(who, 'OPTED_IN');
    await journey.queue(who, TEXT);
    await journey.sends(who.phone, 3);
    await journey.says(who, `${TEXT} too`);
    await journey.ask();
    await expect
      .poll(async () => sql`
        select id from webhook_inbox where processed_at is null union all
        select id from messages where status in ('QUEUED', 'SENDING')`)
      .toHaveLength(0);
    await sql`analyze`;
    await sql`checkpoint`;
    const statistics = await sql<{ path: string }[]>`
      select pg_relation_filepath('pg_statistic') as path`;
    console.log('before', (await tracesInFiles(`${data}/base`, words)).length, statistics);
    const { eraseContact } = await admin.ask(EraseContactDocument, { input: { contactId: who.id } });
    expect(eraseContact.userErrors).toEqual([]);
    await sql`vacuum analyze`;
    await sql`checkpoint`;
    const names = await sql`select relname, pg_relation_filepath(oid) as p from pg_class where relkind in ('r','i','t')`;
    const nameOf = (f: string) => names.find((n) => n['p'] === `base/${f}`)?.['relname'] ?? f;
    console.log('after vacuum', (await tracesInFiles(`${data}/base`, words)).map(nameOf));

    const { code, out } = await assent({ DATABASE_URL: own.url() }, 'compact', '--json');
    expect({ code, ...JSON.parse(out) }).toEqual({ code: 0, skipped: [], checkpointed: true });
    console.log('after compact', (await tracesInFiles(`${data}/base`, words)).map(nameOf));
    console.log('wal', (await tracesInFiles(`${data}`, words)).map(nameOf));
    expect(await tracesInFiles(`${data}/base`, words)).toEqual([]);
  });
});
