import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAssentSchema } from '../../src/resolvers/build-schema.js';
import { setAttackScene, type AttackScene } from '../support/attack-scene.js';
import { placesOf, type Place } from '../support/schema-places.js';
import { transports, type Transport } from '../support/transports.js';

/** JSON that a test asked for. */
type Json = ReturnType<typeof JSON.parse>;

const schema = buildAssentSchema();
const TEXTS = ['String', 'ID', 'Cursor', 'PhoneNumber', 'DateTime'];
/** Filled before each use: the contact that is written to. */
const own = { contactId: '', messageId: '' };
let numbers = 2_000;
const nextPhone = (): string => `+1650253${(numbers += 1)}`;
const usual = {
  valueOf: (name: string, scalar: string): unknown => {
    if (scalar === 'PhoneNumber') return nextPhone();
    if (scalar === 'DateTime') return '2026-01-01T00:00:00Z';
    if (scalar === 'ID') return name === 'messageId' ? own.messageId : own.contactId;
    if (scalar === 'Int') return 5;
    return scalar === 'Boolean' ? true : 'usual';
  },
  idOf: () => own.contactId,
};
const places = placesOf(schema, usual).filter(({ scalar }) => TEXTS.includes(scalar));

/** Texts that have broken something somewhere. */
const texts: Readonly<Record<string, string>> = {
  'SQL that ends a statement': "'; drop table contacts; --",
  'SQL that is always true': "' or '1'='1",
  'SQL that waits': "x'||pg_sleep(10)||'",
  'SQL that unites': "' union select phone, name from contacts --",
  'SQL in dollars': '$$; delete from messages; $$ $1 ${1} :x',
  'a scope': "'; set local assent.organizations = '*'; --",
  'a pattern': '%_\\%%%___\\\\',
  'a NUL': 'a\0b',
  'only NULs': '\0'.repeat(100),
  'half a character': 'a\ud800b',
  'half characters': '\udc00\ud800'.repeat(50),
  'text from the right': '\u202eevil\u202d \u2066x\u2069',
  'marks upon marks': `a${'\u0301'.repeat(3_000)}`,
  'a thousand characters': 'x'.repeat(1_000),
  'half a megabyte': '€'.repeat(150_000),
  'an object’s own': '__proto__',
  'a constructor': 'constructor.prototype.polluted',
  'a template': '${process.env.AUTH_JWT_SECRET} {{7*7}} #{7*7} <%= 7*7 %>',
  'lines of a header': 'x\r\nset-cookie: a=b\r\n\r\n<html>',
  'a page': '"><script>alert(1)</script>',
  'a path': '../../../../etc/passwd',
  JSON: '{"$ne":null}',
  'digits of another script': '+١٦٥٠٢٥٣١٢٣٤',
  'the largest number': '9'.repeat(400),
  nothing: '',
};

let scene: AttackScene;

beforeAll(async () => {
  scene = await setAttackScene({ RATE_LIMIT_CALLER: 'off', RATE_LIMIT_ORGANIZATION: 'off', LOG_LEVEL: 'debug' });
});
afterAll(async () => {
  expect(scene.leaks()).toEqual([]);
  await scene.close();
});

/** A contact who was asked, so that whatever may be done to one can be done. */
async function asked(): Promise<void> {
  const { sendOptIn } = await scene.attacker.ask(
    'mutation ($phone: PhoneNumber!) { sendOptIn(input: { phone: $phone }) { contact { id } } }',
    { phone: nextPhone() },
  );
  own.contactId = sendOptIn.contact.id;
  const { queueMessage } = await scene.attacker.ask(
    'mutation ($id: ID!) { queueMessage(input: { contactId: $id, body: "held" }) { message { id } } }',
    { id: own.contactId },
  );
  own.messageId = queueMessage.message.id;
}

/** All that is kept of an organization. */
async function rowsOf(slug: string): Promise<unknown> {
  const { sql } = scene;
  return sql`
    select (select json_agg(c order by c.id) from contacts c where c.organization_id = o.id) as contacts,
      (select json_agg(m order by m.id) from messages m where m.organization_id = o.id) as messages,
      (select json_agg(e order by e.id) from consent_events e where e.organization_id = o.id) as events
    from organizations o where o.slug = ${slug}`;
}

async function answerTo(run: Transport, place: Place, text: string): Promise<Json> {
  const ask = place.ask(text);
  try {
    const { status, result } = await run({ url: scene.url, token: scene.attacker.token }, ask);
    return { status, codes: (result.errors ?? []).map(({ extensions }: Json) => extensions.code), result };
  } catch {
    return { status: null, codes: ['CLOSED'], result: null };
  }
}

it('every text argument of the schema is known to this test', () => {
  const names = places.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['Query.contacts(search)', 'Mutation.sendOptIn(input.basis.reference)']),
  );
  expect(names).toContain('Contact.messages(after)');
  expect(names.length).toBeGreaterThan(40);
});

it('no argument of the schema names an address for the server to fetch', () => {
  const names = placesOf(schema, usual).map(({ name }) => name);
  expect(names.filter((name) => /ur[il]|host|address|callback|webhook/i.test(name))).toEqual([]);
});

it('every operation of this test is answered when nothing is tried', async () => {
  for (const place of places.filter(({ kind }) => kind !== 'subscription')) {
    await asked();
    const [, last = ''] = /(\w+)\)$/.exec(place.name) ?? [];
    if (last === 'after') continue;
    const { codes } = await answerTo(transports.POST, place, String(usual.valueOf(last, place.scalar)));
    expect([place.name, codes]).toEqual([place.name, []]);
  }
});

describe('what is typed into', () => {
  it.each(places)('$name is text and nothing else', async (place) => {
    await asked();
    const before = await rowsOf('acme');
    const [first, ...others]: readonly Transport[] =
      place.kind === 'subscription' ? [transports['a stream by POST'], transports['a WebSocket']] : [transports.POST];
    for (const [what, text] of Object.entries(texts)) {
      for (const run of [first, ...others].filter((one) => one !== undefined)) {
        const { status, codes, result } = await answerTo(run, place, text);
        expect([place.name, what, status ?? 0, codes]).toEqual([
          place.name,
          what,
          expect.toSatisfy((given: number) => given < 500),
          codes,
        ]);
        expect(codes).not.toContain('INTERNAL_SERVER_ERROR');
        expect(JSON.stringify(result)).not.toContain(scene.server.env['AUTH_JWT_SECRET']);
      }
    }
    expect(await rowsOf('acme')).toEqual(before);
    expect(await scene.serves()).toBe(true);
  });

  it('a message or a name is read again as it was written, or refused', async () => {
    for (const text of Object.values(texts)) {
      await asked();
      const { data } = await scene.attacker.raw(
        'mutation ($id: ID!, $body: String!) { queueMessage(input: { contactId: $id, body: $body }) { message { body } userErrors { code } } }',
        { id: own.contactId, body: text },
      );
      const { message, userErrors } = data.queueMessage;
      if (userErrors.length === 0) expect(message.body).toBe(text);
      else expect(['MESSAGE_EMPTY', 'MESSAGE_TOO_LONG', 'INVALID_INPUT']).toContain(userErrors[0].code);
      const { data: made } = await scene.attacker.raw(
        'mutation ($phone: PhoneNumber!, $name: String!) { createContact(input: { phone: $phone, name: $name }) { contact { name } userErrors { code } } }',
        { phone: nextPhone(), name: text },
      );
      const { contact, userErrors: refusals } = made.createContact;
      if (refusals.length === 0) expect(contact.name).toBe(text);
      else expect(refusals).toEqual([{ code: 'INVALID_INPUT' }]);
    }
  });
});
