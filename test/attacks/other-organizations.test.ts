import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAssentSchema } from '../../src/resolvers/build-schema.js';
import { CLARA, setAttackScene, type AttackScene } from '../support/attack-scene.js';
import { tenantTables } from '../support/rows-of-every-table.js';
import { placesOf, type Place } from '../support/schema-places.js';
import { transports, type Transport } from '../support/transports.js';

/** JSON that a test asked for. */
type Json = ReturnType<typeof JSON.parse>;

const SNAPSHOT = `query ($id: ID!) { organization { id } feedCursor
  contacts(first: 1) { pageInfo { endCursor } }
  consentTransitions(first: 1) { nodes { eventId } pageInfo { endCursor } }
  contact(id: $id) { messages(first: 1) { pageInfo { endCursor } } } }`;

const own = { contactId: '', messageId: '' };
const usual = {
  valueOf: (name: string, scalar: string): unknown => {
    if (scalar === 'ID') return name === 'messageId' ? own.messageId : own.contactId;
    return scalar === 'PhoneNumber' ? '+16502530999' : 'usual';
  },
  idOf: () => own.contactId,
};
const places = placesOf(buildAssentSchema(), usual);
const taking = (...scalars: readonly string[]): readonly Place[] =>
  places.filter(({ scalar }) => scalars.includes(scalar));

let scene: AttackScene;
/** Ids of everything that the other organization has, and ids of the same kind that are nobody's. */
let ids: readonly (readonly [theirs: string, nobodys: string])[];
let cursors: readonly string[];
/** What may be in no answer. */
let theirs: readonly string[];
let globexId: string;

beforeAll(async () => {
  scene = await setAttackScene({ RATE_LIMIT_CALLER: 'off', RATE_LIMIT_ORGANIZATION: 'off' }, { counted: true });
  const { clara, victim, attacker } = scene;
  const seen = await victim.ask(SNAPSHOT, { id: clara.id });
  const [{ eventId }] = seen.consentTransitions.nodes;
  ids = [clara.id, clara.messageId, clara.requestId, seen.organization.id, eventId].map((id: string) => [
    id,
    nobodys(id),
  ]);
  cursors = [
    seen.feedCursor,
    seen.consentTransitions.pageInfo.endCursor,
    seen.contacts.pageInfo.endCursor,
    seen.contact.messages.pageInfo.endCursor,
  ];
  theirs = [CLARA.name, CLARA.text, CLARA.phone, 'acme Ltd', ...ids.flatMap(([id]) => [id, uuidIn(id)])];
  const asked = await attacker.ask(
    'mutation { sendOptIn(input: { phone: "+16502530999", name: "Gustav" }) { contact { id } } }',
  );
  own.contactId = asked.sendOptIn.contact.id;
  const written = await attacker.ask(
    'mutation ($id: ID!) { queueMessage(input: { contactId: $id, body: "held" }) { message { id } } }',
    { id: own.contactId },
  );
  own.messageId = written.queueMessage.message.id;
  globexId = uuidIn((await attacker.ask('{ organization { id } }')).organization.id);
});
afterAll(async () => {
  expect(scene.leaks()).toEqual([]);
  await scene.close();
});

const uuidIn = (id: string): string => Buffer.from(id, 'base64url').toString().split(':')[1] ?? id;

function nobodys(id: string): string {
  const nobody = '01890000-0000-7000-8000-000000000000';
  const [type, rest] = Buffer.from(id, 'base64url').toString().split(':');
  return rest === undefined ? nobody : Buffer.from(`${type}:${nobody}`).toString('base64url');
}

/** Every row of the other organization in every table, but for points that it spent itself. */
async function everythingOf(slug: string): Promise<unknown> {
  const { sql } = scene;
  const tables = (await tenantTables(sql)).filter(({ name }) => name !== 'rate_limits');
  return Promise.all(
    tables.map(async ({ name, organization }) => [
      name,
      await sql`select to_jsonb(t) as row from ${sql(name)} t
        where t.${sql(organization)} = (select id from organizations where slug = ${slug}) order by to_jsonb(t)::text`,
    ]),
  );
}

async function answerTo(run: Transport, place: Place, value: string): Promise<Json> {
  const { status, result } = await run({ url: scene.url, token: scene.attacker.token }, place.ask(value));
  return { status, result };
}

/** Without what was sent, and without the moment at which it was answered. */
const comparable = (answer: Json, sent: string): string =>
  JSON.stringify(answer)
    .replaceAll(sent, '…')
    .replace(/"(at|createdAt|expectedAt|statusChangedAt)":"[^"]*"/g, '');

const waysOf = ({ kind }: Place): readonly Transport[] => {
  const { POST, GET, ...streams } = transports;
  if (kind === 'subscription') return Object.values(streams);
  return kind === 'query' ? [POST, GET] : [POST, streams['a WebSocket']];
};

function expectNothingOfTheirs(answer: Json, sent: string): void {
  const text = JSON.stringify(answer).replaceAll(sent, '…');
  for (const secret of theirs) expect(text).not.toContain(secret);
}

it('every id and every cursor that the schema takes is known to this test', () => {
  const names = taking('ID', 'Cursor').map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['Query.node(id)', 'Contact.messages(after)', 'Mutation.cancelMessage(input.messageId)']),
  );
  expect(names.length).toBeGreaterThanOrEqual(18);
});

describe('an id of another organization', () => {
  it.each(taking('ID'))(
    'in $name is answered as one that is nobody’s, and nothing of theirs changes',
    async (place) => {
      const before = await everythingOf('acme');
      for (const run of waysOf(place)) {
        for (const [id, nobody] of ids) {
          const [answer, other] = [await answerTo(run, place, id), await answerTo(run, place, nobody)];
          expectNothingOfTheirs(answer, id);
          expect(comparable(answer, id)).toBe(comparable(other, nobody));
        }
      }
      expect(await everythingOf('acme')).toEqual(before);
    },
  );
});

describe('an id of one’s own', () => {
  it.each(taking('ID').filter(({ kind }) => kind === 'query'))('in $name finds what it names', async (place) => {
    const ask = async (id: string) => {
      const { result } = await transports.POST({ url: scene.url, token: scene.victim.token }, place.ask(id));
      return comparable(result, id);
    };
    expect(await ask(scene.clara.id)).not.toBe(await ask(nobodys(scene.clara.id)));
  });
});

describe('a cursor of another organization', () => {
  it.each(taking('Cursor'))('in $name shows nothing of theirs', async (place) => {
    for (const run of waysOf(place)) {
      for (const cursor of cursors) expectNothingOfTheirs(await answerTo(run, place, cursor), cursor);
    }
  });

  it.each(taking('Cursor').filter(({ name }) => name.includes('ransitions')))(
    'in $name is refused as one that nobody made, if it is of the feed',
    async (place) => {
      const [feedCursor = ''] = cursors;
      const forged = Buffer.from(feedCursor, 'base64url').reverse().toString('base64url');
      for (const run of waysOf(place)) {
        const [answer, other] = [await answerTo(run, place, feedCursor), await answerTo(run, place, forged)];
        expect(comparable(answer, feedCursor)).toBe(comparable(other, forged));
        expect(JSON.stringify(answer)).toMatch(/BAD_USER_INPUT|CURSOR_INVALID/);
      }
    },
  );
});

describe('whether another organization knows somebody', () => {
  const statementsOf = async (work: () => Promise<unknown>): Promise<readonly string[]> =>
    [...(await scene.statementsFor(globexId, work))].sort();

  const BY_PHONE = 'query ($value: PhoneNumber!) { contactByPhone(phone: $value) { id } }';
  const SEARCH = 'query ($value: String!) { contacts(search: $value) { nodes { id } } }';
  const BY_ID = 'query ($value: ID!) { contact(id: $value) { id } }';
  const WRITE =
    'mutation ($value: ID!) { queueMessage(input: { contactId: $value, body: "x" }) { message { id } userErrors { code path } } }';

  it.each<[string, string, () => readonly [string, string]]>([
    ['a number', BY_PHONE, () => [CLARA.phone, '+16502539876']],
    ['a name', SEARCH, () => [CLARA.name, 'Dora Discreet']],
    ['an id', BY_ID, () => ids[0] ?? ['', '']],
    ['an id that is written to', WRITE, () => ids[0] ?? ['', '']],
  ])('can be told neither by the answer to %s nor by the statements that it takes', async (_what, query, values) => {
    const [known, unknown] = values();
    const ask = (value: string) => scene.attacker.raw(query, { value });
    await ask(unknown);
    const answers: Json[] = [];
    const statements = [
      await statementsOf(async () => answers.push(await ask(known))),
      await statementsOf(async () => answers.push(await ask(unknown))),
    ];
    expect(answers[0]).toEqual(answers[1]);
    expect(statements[0]?.length).toBeGreaterThan(0);
    expect(statements[0]).toEqual(statements[1]);
  });

  it('can not be told by creating somebody with the same number', async () => {
    const create = (phone: string) =>
      scene.attacker.raw(
        'mutation ($phone: PhoneNumber!) { createContact(input: { phone: $phone, name: "Twin" }) { contact { name consent { status } } replayed userErrors { code } } }',
        { phone },
      );
    expect(await create(CLARA.phone)).toEqual(await create('+16502534321'));
    expect(await scene.serves()).toBe(true);
  });
});
