import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ContactDocument,
  EraseContactDocument,
  QueueMessageDocument,
  SendOptInDocument,
} from '../support/gql/graphql.js';
import type { TestCaller } from '../support/assent-server.js';
import { startJourney, type Journey, type Person } from '../support/journey.js';

const NAME = 'Quetzalcoatl Marvellous';
const TEXT = 'the walrus sings at dawn';

let journey: Journey;
let admin: TestCaller;
beforeAll(async () => {
  journey = await startJourney({ DELIVERY_ORDER_WAIT: 'PT0S' });
  admin = await journey.server.caller('acme', { role: 'admin' });
});
afterAll(() => journey.close());

/** Where in the whole database the words can be found, as text or as bytes. */
async function traces(words: readonly string[]): Promise<readonly string[]> {
  const { sql } = journey.database;
  const columns = await sql<{ table_name: string; column_name: string; data_type: string }[]>`
    select table_name, column_name, data_type from information_schema.columns c
    where table_schema = 'public' and exists (select from information_schema.tables t
      where t.table_schema = 'public' and t.table_name = c.table_name and t.table_type = 'BASE TABLE')`;
  const found: string[] = [];
  for (const { table_name: table, column_name: column, data_type: type } of columns) {
    for (const word of words) {
      const [row] =
        type === 'bytea'
          ? await sql`select count(*)::int as n from ${sql(table)}
              where position(convert_to(${word}, 'UTF8') in ${sql(column)}) > 0`
          : await sql`select count(*)::int as n from ${sql(table)} where position(${word} in ${sql(column)}::text) > 0`;
      if (row?.['n'] > 0) found.push(`${table}.${column}`);
    }
  }
  return [...new Set(found)].sort();
}

const words = ({ phone }: Person): readonly string[] => [NAME, TEXT, phone.slice(1)];

async function erase({ id }: Person) {
  const { eraseContact } = await admin.ask(EraseContactDocument, { input: { contactId: id } });
  return eraseContact;
}

describe('a contact that is erased', () => {
  it('leaves no byte of name, number or text in the database, and its transitions stay', async () => {
    const who = await journey.asked({ name: NAME, phone: journey.nextPhone() });
    await journey.presses(who, who.accept);
    await journey.becomes(who, 'OPTED_IN');
    await journey.queue(who, TEXT);
    await journey.message(who, TEXT, 'ACCEPTED');
    await journey.says(who, `${TEXT} too`);
    await expect.poll(async () => (await traces(words(who))).length).toBeGreaterThan(3);
    await expect
      .poll(async () => journey.database.sql`select from webhook_inbox where processed_at is null`)
      .toHaveLength(0);

    expect(await erase(who)).toMatchObject({ userErrors: [], contact: { name: 'Erased contact', phone: '+0' } });
    expect(await traces(words(who))).toEqual([]);
    expect((await journey.agent.ask(ContactDocument, { id: who.id })).contact).toBeNull();
    const feed = await journey.database.sql`
      select cause, to_status from consent_events
      where cause is not null and data = '{}' order by version`;
    expect(feed.map(({ cause }) => cause)).toEqual(['OPT_IN_REQUESTED', 'ACCEPTED', 'ERASED']);
  });

  it('is unknown to every command, and is a new contact when the number is used again', async () => {
    const who = await journey.ask();
    await erase(who);
    expect((await erase(who)).userErrors).toMatchObject([{ code: 'CONTACT_NOT_FOUND' }]);
    const queued = await journey.agent.ask(QueueMessageDocument, { input: { contactId: who.id, body: 'hello' } });
    expect(queued.queueMessage.userErrors).toMatchObject([{ code: 'CONTACT_NOT_FOUND' }]);
    const again = await journey.agent.ask(SendOptInDocument, { input: { phone: who.phone } });
    expect(again.sendOptIn.contact).toMatchObject({ phone: who.phone, consent: { status: 'PENDING' } });
    expect(again.sendOptIn.contact?.id).not.toBe(who.id);
  });
});
