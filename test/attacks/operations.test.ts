import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enforcements } from '../../src/domain/partner.js';
import { setAttackScene, type AttackScene } from '../support/attack-scene.js';
import { hashOf, ownAddress, transports, type Ask, type Transport } from '../support/transports.js';

const MEGABYTE = 1024 * 1024;
const ways = Object.entries(transports).map(([name, run]) => ({ name, run: run }));

const times = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => of(index)).join(' ');
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** What somebody sends who wants a server to work for nothing. */
const floods: readonly (readonly [string, Ask])[] = [
  ['a thousand aliases of a query', { query: `{ ${times(1_000, (n) => `a${n}: feedCursor`)} }` }],
  ['a thousand aliases of a field', { query: `{ contact(id: "x") { ${times(1_000, (n) => `a${n}: name`)} } }` }],
  [
    'a thousand mutations in one document',
    {
      query: `mutation { ${times(1_000, (n) => `a${n}: createContact(input: { phone: "+1202555${1000 + n}", name: "Flood" }) { replayed }`)} }`,
    },
  ],
  [
    'a hundred levels of fields',
    {
      query: `query ($id: ID!) { contact(id: $id) ${'{ messages { nodes { contact '.repeat(100)}{ id }${' } } }'.repeat(100)} }`,
      variables: { id: 'x' },
    },
  ],
  ['the widest query', { query: `{ contact(id: "x") { ${'id name phone '.repeat(600)} } }` }],
  ['a thousand directives', { query: `{ feedCursor ${'@include(if: true) '.repeat(300)} }` }],
  ['directives that are not there', { query: `{ feedCursor ${times(900, (n) => `@d${n}`)} }` }],
  [
    'a cycle of a hundred fragments',
    {
      query: `{ contact(id: "x") { ...f0 } } ${times(100, (n) => `fragment f${n} on Contact { id ...f${(n + 1) % 100} }`)}`,
    },
  ],
  [
    'a bomb of fragments, each of which spreads the next one ten times',
    {
      query: `{ contact(id: "x") { ...f0 } } ${times(60, (n) => `fragment f${n} on Contact { ${`...f${n + 1} `.repeat(10)} }`)} fragment f60 on Contact { id }`,
    },
  ],
  [
    'fields that may be merged in a million ways',
    { query: `{ ${times(200, () => 'contact(id: "x") { consent { status } messages { nodes { id body } } }')} }` },
  ],
  [
    'a circle through the schema',
    {
      query: `{ __schema { types ${'{ fields { type '.repeat(20)}{ name }${' } }'.repeat(20)} } }`,
    },
  ],
  [
    'the largest of all pages, in each other',
    {
      query:
        '{ contacts(first: 100) { nodes { messages(first: 100) { nodes { contact { transitions(first: 100) { nodes { eventId } } } } } } } }',
    },
  ],
  ['a page without an end', { query: '{ contacts(first: 2147483647) { nodes { id } } }' }],
  [
    'a list of a hundred thousand statuses',
    {
      query: 'query ($s: [ConsentStatus!]) { contacts(statuses: $s) { nodes { id } } }',
      variables: { s: Array(100_000).fill('PENDING') },
    },
  ],
  ['variables within variables', { query: '{ feedCursor }', variables: { deep: JSON.parse(nested(3_000)) } }],
  ['a thousand operations', { query: times(900, (n) => `query q${n} { feedCursor }`), operationName: 'q1' }],
  ['a document that is all errors', { query: `{ ${times(1_900, (n) => `x${n}`)} }` }],
  ['a name of half a megabyte', { query: `{ ${'x'.repeat(MEGABYTE / 2)} }` }],
  ['a text of half a megabyte, unended', { query: `{ contact(id: "${'x'.repeat(MEGABYTE / 2)}` }],
  ['an operation name of half a megabyte', { query: '{ feedCursor }', operationName: 'x'.repeat(MEGABYTE / 2) }],
  ['a body of two megabytes', { query: `{ feedCursor } #${'x'.repeat(2 * MEGABYTE)}` }],
];

let scene: AttackScene;

beforeAll(async () => {
  scene = await setAttackScene({ RATE_LIMIT_CALLER: 'off', RATE_LIMIT_ORGANIZATION: 'off' }, { counted: true });
});
afterAll(async () => {
  expect(scene.leaks()).toEqual([]);
  await scene.close();
});

/** How a flood ended: with data, with codes of errors, with a status alone, or with the end of the connection. */
async function fateOf(run: Transport, token: string, ask: Ask): Promise<string> {
  try {
    const { status, result } = await run({ url: scene.url, token }, ask);
    if (result.data !== undefined && result.data !== null) return 'DATA';
    if (!result.errors) return `STATUS ${status}`;
    expect(result.errors.length).toBeLessThanOrEqual(21);
    return `ERRORS ${[...new Set(result.errors.map(({ extensions }: Json) => extensions.code))].join(' ')}`;
  } catch {
    return 'CLOSED';
  }
}

/** JSON that a test asked for. */
type Json = ReturnType<typeof JSON.parse>;

const REFUSED =
  /^(CLOSED|STATUS (413|414|431)|ERRORS( (QUERY_TOO_COMPLEX|GRAPHQL_PARSE_FAILED|GRAPHQL_VALIDATION_FAILED|OPERATION_RESOLUTION_FAILURE|BAD_USER_INPUT|BAD_REQUEST|PAYLOAD_TOO_LARGE))+)$/;

describe.each(ways)('over $name', ({ run }) => {
  it.each(floods)('%s is refused, and the server serves on', async (_what, ask) => {
    expect(await fateOf(run, scene.attacker.token, ask)).toMatch(REFUSED);
    expect(await scene.serves()).toBe(true);
  });

  it('no partner is shown the schema, whatever its key may run', async () => {
    for (const enforcement of enforcements) {
      const key = await scene.partner({ name: `${enforcement} by ${hashOf(String(run)).slice(0, 8)}`, enforcement });
      for (const query of [
        '{ __schema { types { name } } }',
        '{ __type(name: "Query") { fields { name } } }',
        '{ x: __schema { queryType { name } } }',
        'query { ...f } fragment f on Query { __schema { types { name } } }',
      ]) {
        expect(await fateOf(run, key, { query })).toMatch(
          /^ERRORS (GRAPHQL_VALIDATION_FAILED|PERSISTED_QUERY_REQUIRED)$/,
        );
      }
    }
  });
});

describe('floods that are refused', () => {
  it('ask nothing of the database for their organization', async () => {
    await scene.attacker.ask('{ consentFunnel { pending } }');
    const [globex] = await scene.sql<{ id: string }[]>`select id from organizations where slug = 'globex'`;
    const statements = await scene.statementsFor(globex?.id ?? '', async () => {
      for (const { run } of ways) for (const [, ask] of floods) await fateOf(run, scene.attacker.token, ask);
    });
    const [row] = await scene.sql`select count(*)::int as count from contacts where name = 'Flood'`;
    expect(row?.['count']).toBe(0);
    expect(statements).toEqual([]);
  });
});

describe('a batch', () => {
  const post = (path: string, body: string) =>
    fetch(`${scene.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${scene.attacker.token}`,
        accept: path.endsWith('stream') ? 'text/event-stream' : 'application/json',
      },
      body,
    });

  it.each(['/graphql', '/graphql/stream'])('of ten thousand operations runs none of them at %s', async (path) => {
    const operation = {
      query: 'mutation{createContact(input:{phone:"+12025550199",name:"Batch"}){replayed}}',
    };
    for (const body of [Array(10_000).fill(operation), [operation], [[operation]], { 0: operation, length: 1 }]) {
      const response = await post(path, JSON.stringify(body));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    }
    const [row] = await scene.sql`select count(*)::int as count from contacts where name = 'Batch'`;
    expect(row?.['count']).toBe(0);
  });

  it('of nesting without an end is no JSON that anybody walks through', async () => {
    for (const body of [nested(400_000), `{"query":"{ feedCursor }","variables":{"x":${nested(400_000)}}}`]) {
      for (const path of ['/graphql', '/graphql/stream']) expect((await post(path, body)).status).toBe(400);
    }
    expect(await scene.serves()).toBe(true);
  });
});

describe('the address of a document', () => {
  it.each([
    ['of a megabyte', 'a'.repeat(MEGABYTE)],
    ['that is a text', encodeURIComponent('{ feedCursor }')],
    ['that climbs out of its folder', '..%2f..%2fwebhooks%2fwhatsapp'],
    ['with a NUL', '%00'],
    ['that can not be decoded', '%ff%fe'],
    ['that is SQL', encodeURIComponent("' or 1=1 --")],
  ])('%s runs nothing', async (_what, documentId) => {
    const key = await scene.partner({
      name: `Guesser ${documentId.slice(0, 20).length} ${hashOf(documentId)}`.slice(0, 40),
      enforcement: 'ID_ONLY',
    });
    const answered = await ownAddress({ url: scene.url, token: key }, { documentId }).catch(() => null);
    expect([null, 400, 404, 414, 431]).toContain(answered?.status ?? null);
    expect(answered?.result.data ?? null).toBeNull();
    expect(await scene.serves()).toBe(true);
  });

  it('takes no text beside the hash', async () => {
    const documentId = hashOf('{ feedCursor }');
    const answered = await ownAddress(
      { url: scene.url, token: scene.attacker.token },
      { documentId, query: '{ feedCursor }' },
    );
    expect(answered.result.errors).toMatchObject([{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }]);
  });
});
