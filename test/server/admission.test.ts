import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enforcements, type Enforcement } from '../../src/domain/partner.js';
import { startTestServer, type TestServer } from '../support/assent-server.js';
import { createPartner, deprecate, publish } from '../support/partner-scene.js';
import { hashOf, ownAddress, transports, type Answered, type Ask } from '../support/transports.js';

const FUNNEL = 'query Funnel { consentFunnel { pending } }';
const WHO = 'query Who { viewer { role } }';
const WATCH = 'subscription Watch { consentFunnel { pending } }';
const CREATE = 'mutation Create($input: CreateContactInput!) { createContact(input: $input) { userErrors { code } } }';
const OLD = 'query Old { consentFunnel { optedIn } }';
const PAGE = 'query Page($first: Int!) { contacts(first: $first) { nodes { id } } }';
const UNPARSABLE = 'query {{{';

const ways = Object.entries(transports).map(([name, run]) => ({ name, run }));
type Way = (typeof ways)[number];

let server: TestServer;
let person: string;
let deprecated: { readonly at: Date };
const keys = {} as Record<Enforcement, string>;

beforeAll(async () => {
  server = await startTestServer();
  const { env } = server;
  await server.organization('acme');
  person = (await server.caller('acme')).token;
  for (const enforcement of enforcements) {
    keys[enforcement] = await createPartner(env, 'acme', { name: enforcement, enforcement });
    await publish(env, 'acme', { partner: enforcement, version: '2', documents: [FUNNEL, WATCH, CREATE, PAGE] });
  }
  await createPartner(env, 'acme', { name: 'another', enforcement: 'ID_ONLY' });
  await publish(env, 'acme', { partner: 'another', version: '1', documents: [WHO] });
  await publish(env, 'acme', { partner: 'ID_ONLY', version: '1', documents: [OLD] });
  deprecated = await deprecate(env, 'acme', { partner: 'ID_ONLY', version: '1', sunset: '2099-01-31' });
});
afterAll(() => server.close());

const run = (way: Way, token: string, ask: Ask): Promise<Answered> => way.run({ url: server.url, token }, ask);
const persistedQuery = (text: string): Ask => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(text) } },
});
const data = { consentFunnel: { pending: expect.any(Number) } };

function expectRefused({ status, result }: Answered, code: string, expectedStatus: number): void {
  expect(result.errors?.[0]).toMatchObject({ extensions: { code } });
  expect(result.data ?? null).toBeNull();
  if (status !== null) expect(status).toBe(expectedStatus);
}

describe.each(ways)('over $name', (way) => {
  it.each<[string, Ask]>([
    ['documentId with its algorithm', { documentId: `sha256:${hashOf(FUNNEL)}` }],
    ['documentId without it', { documentId: hashOf(FUNNEL).toUpperCase() }],
    ['extensions.persistedQuery', persistedQuery(FUNNEL)],
    ['extensions.documentId', { query: '', extensions: { documentId: hashOf(FUNNEL) } }],
  ])('a published document runs by its hash, named by %s', async (_how, ask) => {
    for (const enforcement of enforcements) {
      const { status, result } = await run(way, keys[enforcement], ask);
      expect(result).toEqual({ data });
      expect(status ?? 200).toBe(200);
    }
  });

  it('a hash that names nothing is told in the words that clients look for', async () => {
    for (const token of [...Object.values(keys), person]) {
      for (const ask of [{ documentId: hashOf(UNPARSABLE) }, { documentId: 'nonsense' }, persistedQuery(WHO)]) {
        const answered = await run(way, token, ask);
        expectRefused(answered, 'PERSISTED_QUERY_NOT_FOUND', 404);
        expect(answered.result.errors[0].message).toBe('PersistedQueryNotFound');
      }
    }
  });

  it('ID_ONLY refuses every text alike: published, valid, or none that could be parsed', async () => {
    const answers = await Promise.all(
      [FUNNEL, WHO, UNPARSABLE, '{', 'x'.repeat(10_000)].map((query) => run(way, keys.ID_ONLY, { query })),
    );
    for (const answered of answers) {
      expectRefused(answered, 'PERSISTED_QUERY_REQUIRED', 400);
      expect(answered.result).toEqual(answers[0]?.result);
    }
    expectRefused(
      await run(way, keys.ID_ONLY, { query: FUNNEL, documentId: hashOf(FUNNEL) }),
      'PERSISTED_QUERY_REQUIRED',
      400,
    );
  });

  it('SAFELIST takes a text that is published, and no other', async () => {
    expect((await run(way, keys.SAFELIST, { query: FUNNEL })).result).toEqual({ data });
    expectRefused(await run(way, keys.SAFELIST, { query: WHO }), 'PERSISTED_QUERY_REQUIRED', 400);
    expectRefused(await run(way, keys.SAFELIST, { query: UNPARSABLE }), 'PERSISTED_QUERY_REQUIRED', 400);
    expectRefused(await run(way, keys.SAFELIST, { query: `${FUNNEL} ` }), 'PERSISTED_QUERY_REQUIRED', 400);
  });

  it.each(['AUDIT', 'OFF'] as const)('%s takes any text', async (enforcement) => {
    expect((await run(way, keys[enforcement], { query: WHO })).result).toEqual({
      data: { viewer: { role: 'PARTNER' } },
    });
    expectRefused(await run(way, keys[enforcement], { query: UNPARSABLE }), 'GRAPHQL_PARSE_FAILED', 400);
  });

  it('a person sends a text, with its hash or without; nothing is registered by that', async () => {
    const query = `query Mine { viewer { role } } # ${way.name}`;
    const viewer = { data: { viewer: { role: 'AGENT' } } };
    expect((await run(way, person, { query })).result).toEqual(viewer);
    expect((await run(way, person, { query, ...persistedQuery(query) })).result).toEqual(viewer);
    expectRefused(await run(way, person, persistedQuery(query)), 'PERSISTED_QUERY_NOT_FOUND', 404);
  });

  it.each<[string, Ask]>([
    ['a hash that is not that of the text', { query: FUNNEL, documentId: hashOf(WHO) }],
    ['two hashes', { documentId: hashOf(WHO), ...persistedQuery(FUNNEL) }],
    [
      'an unknown version of persisted queries',
      { extensions: { persistedQuery: { version: 2, sha256Hash: hashOf(WHO) } } },
    ],
  ])('%s is a bad request', async (_what, ask) => {
    // A client of WebSocket sends one id.
    if (way.name === 'a WebSocket' && ask.documentId && ask.extensions) return;
    expectRefused(await run(way, person, ask), 'BAD_REQUEST', 400);
  });

  it('variables are given to a published document, and checked', async () => {
    const documentId = hashOf(PAGE);
    const page = await run(way, keys.ID_ONLY, { documentId, variables: { first: 1 }, operationName: 'Page' });
    expect(page.result).toEqual({ data: { contacts: { nodes: expect.any(Array) } } });
    expectRefused(await run(way, keys.ID_ONLY, { documentId, variables: { first: 'one' } }), 'BAD_USER_INPUT', 400);
    expectRefused(
      await run(way, keys.ID_ONLY, { documentId, operationName: 'Other' }),
      'OPERATION_RESOLUTION_FAILURE',
      400,
    );
  });

  it('nobody but the partner runs what was published for it', async () => {
    expectRefused(await run(way, keys.ID_ONLY, { documentId: hashOf(WHO) }), 'PERSISTED_QUERY_NOT_FOUND', 404);
  });

  it('a partner is told nothing of the schema', async () => {
    const { result } = await run(way, keys.OFF, { query: '{ viewr { role } }' });
    expect(result.errors[0].message).toBe('Cannot query field "viewr" on type "Query".');
    expectRefused(
      await run(way, keys.OFF, { query: '{ __schema { types { name } } }' }),
      'GRAPHQL_VALIDATION_FAILED',
      400,
    );
    const { result: told } = await run(way, person, { query: '{ viewr { role } }' });
    expect(told.errors[0].message).toContain('Did you mean "viewer"?');
  });

  it('who runs a deprecated document is told when it ends', async () => {
    const { result, headers, status } = await run(way, keys.ID_ONLY, { documentId: hashOf(OLD) });
    expect(result).toEqual({
      data: { consentFunnel: { optedIn: expect.any(Number) } },
      extensions: {
        deprecation: {
          ...{ application: 'main', version: '1' },
          ...{ deprecatedAt: deprecated.at.toISOString(), sunsetAt: '2099-01-31T00:00:00.000Z' },
        },
      },
    });
    if (status === null) return;
    expect(headers.get('sunset')).toBe('Sat, 31 Jan 2099 00:00:00 GMT');
    expect(headers.get('deprecation')).toBe(`@${Math.floor(deprecated.at.getTime() / 1_000)}`);
  });

  it('who runs any other is told of no end', async () => {
    const { headers } = await run(way, keys.ID_ONLY, { documentId: hashOf(FUNNEL) });
    expect([headers.get('deprecation'), headers.get('sunset')]).toEqual([null, null]);
  });
});

describe('what an operation may come over', () => {
  const input = { phone: '+16502534999', name: 'Clara' };
  const isGet = ({ name }: Way): boolean => name.endsWith('GET');
  const isStream = ({ name }: Way): boolean => name !== 'POST' && name !== 'GET';

  it.each(ways)('a mutation over $name', async (way) => {
    const answered = await run(way, keys.ID_ONLY, { documentId: hashOf(CREATE), variables: { input } });
    if (!isGet(way)) return expect(answered.result.data.createContact).toBeDefined();
    expectRefused(answered, 'BAD_REQUEST', 405);
    expect(answered.headers.get('allow')).toBe('POST');
  });

  it.each(ways)('a subscription over $name', async (way) => {
    const answered = await run(way, keys.ID_ONLY, { documentId: hashOf(WATCH) });
    if (isStream(way)) expect(answered.result).toEqual({ data });
    else expectRefused(answered, 'BAD_REQUEST', 405);
  });
});

describe('the address of a published document', () => {
  const ask = (token: string, given: Ask) => ownAddress({ url: server.url, token }, given);

  it('answers a plain GET with a key, and is kept by no cache', async () => {
    const { status, headers, result } = await ask(keys.ID_ONLY, {
      documentId: hashOf(FUNNEL),
      operationName: 'Funnel',
    });
    expect([status, result]).toEqual([200, { data }]);
    expect(headers.get('cache-control')).toBe('private, no-store');
    const page = await ask(keys.ID_ONLY, { documentId: `sha256:${hashOf(PAGE)}`, variables: { first: 2 } });
    expect(page.result).toEqual({ data: { contacts: { nodes: expect.any(Array) } } });
  });

  it('carries queries alone, of documents that are published', async () => {
    const input = { phone: '+16502534998', name: 'Clara' };
    const answered = await ask(keys.ID_ONLY, { documentId: hashOf(CREATE), variables: { input } });
    expectRefused(answered, 'BAD_REQUEST', 405);
    expectRefused(await ask(keys.ID_ONLY, { documentId: hashOf(WATCH) }), 'BAD_REQUEST', 405);
    expectRefused(await ask(keys.ID_ONLY, { documentId: hashOf(WHO) }), 'PERSISTED_QUERY_NOT_FOUND', 404);
    expectRefused(await ask(person, { documentId: hashOf(FUNNEL) }), 'PERSISTED_QUERY_NOT_FOUND', 404);
    expectRefused(await ask('nobody', { documentId: hashOf(FUNNEL) }), 'UNAUTHENTICATED', 401);
  });

  it('tells what is wrong with its variables', async () => {
    const url = `${server.url}/graphql/d/${hashOf(PAGE)}?variables=%7B`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${keys.ID_ONLY}` } });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { errors: [{ extensions: { code: 'BAD_REQUEST' } }] },
    ]);
  });
});
