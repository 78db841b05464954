import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { fromGlobalId } from '../../src/schema/global-id.js';
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
    const files = `${data}/base`;
    const fileOf = async (table: string): Promise<string> => {
      const [row] = await sql<{ path: string }[]>`select pg_relation_filepath(${table}::text::regclass) as path`;
      return String(row?.path).replace('base/', '');
    };
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
      .poll(
        async () => sql`
        select id from webhook_inbox where processed_at is null union all
        select id from messages where status in ('QUEUED', 'SENDING')`,
      )
      .toHaveLength(0);
    await sql`analyze`;
    await sql`checkpoint`;
    const before = await tracesInFiles(files, words);
    expect(before).toEqual(expect.arrayContaining([await fileOf('messages'), await fileOf('contacts_phone_key')]));
    // Statistics were just made, and are no copy of what is personal.
    expect(before).not.toContain(await fileOf('pg_statistic'));

    const ids = await sql<{ id: string }[]>`
      select provider_message_id as id from messages
      where contact_id = ${fromGlobalId('Contact', who.id)} and provider_message_id is not null`;
    expect(ids.length).toBeGreaterThan(3);
    const { eraseContact } = await admin.ask(EraseContactDocument, { input: { contactId: who.id } });
    expect(eraseContact.userErrors).toEqual([]);
    const { code, out } = await assent({ DATABASE_URL: own.url() }, 'compact', '--json');
    expect({ code, ...JSON.parse(out) }).toEqual({ code: 0, skipped: [], checkpointed: true });
    expect(await tracesInFiles(files, [...words, ...ids.map(({ id }) => id)])).toEqual([]);
  });
});
