import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromGlobalId } from '../../src/schema/global-id.js';
import {
  ContactDocument,
  EraseContactDocument,
  QueueMessageDocument,
  SendOptInDocument,
} from '../support/gql/graphql.js';
import type { TestCaller } from '../support/assent-server.js';
import { assent } from '../support/command-line.js';
import { startJourney, type Journey, type Person } from '../support/journey.js';
import { tracesInFiles, tracesInTables } from '../support/traces.js';

const NAME = 'Quetzalcoatl Marvellous';
const TEXT = 'the walrus sings at dawn';

let journey: Journey;
let admin: TestCaller;
beforeAll(async () => {
  journey = await startJourney({ DELIVERY_ORDER_WAIT: 'PT0S' });
  admin = await journey.server.caller('acme', { role: 'admin' });
});
afterAll(() => journey.close());

const traces = (words: readonly string[]) => tracesInTables(journey.database.sql, words);
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
    expect(await tracesInFiles(journey.server.env['DATA_DIR'] ?? '', words(who))).toEqual([]);
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

describe('a contact on legal hold', () => {
  it('is not erased before it is released, and the audit trail has who did what', async () => {
    const { env } = journey.server;
    const who = await journey.ask();
    const named = ['--org', 'acme', '--contact', who.id];
    expect((await assent(env, 'hold', ...named, '--reason', 'case 4711')).out).toMatch(/^The contact .* is on hold\.$/);
    expect((await assent(env, 'hold', ...named)).err).toMatch(/is on hold already\.$/);

    expect((await erase(who)).userErrors).toEqual([
      expect.objectContaining({ code: 'CONTACT_ON_HOLD', path: ['input', 'contactId'] }),
    ]);
    const refused = await assent(env, 'erase', ...named);
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining('is on legal hold; "assent hold --release"'),
    });
    expect(await journey.contact(who)).toMatchObject({ phone: who.phone });

    expect(await assent(env, 'hold', ...named, '--release')).toMatchObject({ code: 0 });
    expect((await assent(env, 'hold', ...named, '--release')).err).toMatch(/is not on hold\.$/);
    expect((await erase(who)).userErrors).toEqual([]);
    expect((await assent(env, 'hold', ...named)).err).toMatch(/or it was erased\.$/);
    const acts = await journey.database.sql`
      select action, details from audit_events where target = ${idOf(who)} order by at`;
    expect(acts).toEqual([
      { action: 'hold', details: { reason: 'case 4711' } },
      { action: 'hold.release', details: { reason: null } },
    ]);
  });

  it('may be written to, and answers as ever', async () => {
    const who = await journey.asked();
    await assent(journey.server.env, 'hold', '--org', 'acme', '--contact', who.id);
    await journey.presses(who, who.accept);
    await journey.becomes(who, 'OPTED_IN');
    await journey.queue(who, 'hello');
    await journey.message(who, 'hello', 'ACCEPTED');
  });
});

describe('after an older backup was restored', () => {
  it('erases again what was erased since, by the file of a server or the list of a database', async () => {
    const { env } = journey.server;
    const [first, second, other] = [
      await journey.asked({ name: NAME, phone: journey.nextPhone() }),
      await journey.asked(),
      await journey.asked(),
    ];
    const gone = [NAME, first.phone.slice(1), second.phone.slice(1)];
    await journey.settled();
    const backup = await journey.database.copy();
    try {
      // The server, which was cut off for it, is back.
      await expect.poll(() => journey.contact(other).catch(() => null)).not.toBeNull();
      await erase(first);
      expect(await assent(env, 'erase', '--org', 'acme', '--contact', second.id)).toMatchObject({ code: 0 });
      const file = `${env['DATA_DIR']}/erasures.log`;
      // Whoever was about to delete the same contact has noted it too.
      const lines = [...new Set((await readFile(file, 'utf8')).trim().split('\n'))];
      const listed = (await assent(env, 'erase', '--org', 'acme', '--list')).out.split('\n');
      expect(listed).toEqual(lines);
      expect(lines.slice(-2).map((line) => JSON.parse(line).contactId)).toEqual([idOf(first), idOf(second)]);

      const restored = { ...env, DATABASE_URL: backup.url };
      const replay = ['erase', '--org', 'acme', '--replay', file] as const;
      expect((await tracesInTables(backup.sql, gone)).length).toBeGreaterThan(2);
      await assent(restored, 'hold', '--org', 'acme', '--contact', first.id);
      expect(await assent(restored, ...replay)).toMatchObject({
        code: 1,
        out: expect.stringContaining(`The contact ${idOf(first)} is on legal hold: release it`),
      });
      await assent(restored, 'hold', '--org', 'acme', '--contact', first.id, '--release');
      expect(JSON.parse((await assent(restored, ...replay, '--json')).out)).toMatchObject({ erased: 1, onHold: [] });
      expect(JSON.parse((await assent(restored, ...replay, '--json')).out)).toMatchObject({ erased: 0, onHold: [] });
      expect(await tracesInTables(backup.sql, gone)).toEqual([]);
      expect(await tracesInTables(backup.sql, [other.phone.slice(1)])).not.toEqual([]);
    } finally {
      await backup.close();
    }
  });

  it('takes nothing else for a list', async () => {
    const { env } = journey.server;
    const wrong = await assent(env, 'erase', '--org', 'acme', '--replay', 'package.json');
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('It is no list of erased contacts') });
    expect(await assent(env, 'erase', '--org', 'acme')).toMatchObject({
      code: 2,
      err: expect.stringContaining('one of --contact, --replay and --list has to be given'),
    });
  });
});

const idOf = ({ id }: Person): string | null => fromGlobalId('Contact', id);
