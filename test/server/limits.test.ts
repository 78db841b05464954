import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { limits } from '../../src/access/limits.js';
import { readConfig } from '../../src/config.js';
import { startServer } from '../../src/start.js';
import { startTestServer, type TestServer } from '../support/assent-server.js';
import { createPartner } from '../support/partner-scene.js';
import { hashOf, transports, type Ask } from '../support/transports.js';

const ways = Object.entries(transports).map(([name, run]) => ({ name, run }));
const silent = { debug() {}, info() {}, warn() {}, error() {} };

const times = (count: number, of: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => of(index)).join(' ');
const deep = (depth: number): string =>
  `{ contact(id: "x") ${'{ composer { mode } messages { nodes { contact '.repeat(depth)}{ id }${' } } }'.repeat(depth)} }`;
const doubling = (count: number): string =>
  `{ contact(id: "x") { ...f0 } } ${times(count, (index) => `fragment f${index} on Contact { ...f${index + 1} ...f${index + 1} }`)} fragment f${count} on Contact { id name }`;
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

/** Operations that are one thing too much. */
const excesses: readonly (readonly [keyof typeof limits, Ask])[] = [
  ['tokens', { query: `{ ${'id '.repeat(limits.tokens)} }` }],
  ['depth', { query: deep(6) }],
  ['aliases', { query: `{ contact(id: "x") { ${times(limits.aliases + 1, (index) => `a${index}: id`)} } }` }],
  ['directives', { query: `{ contact(id: "x") { ${times(limits.directives + 1, () => 'id @include(if: true)')} } }` }],
  ['rootFields', { query: `{ ${times(limits.rootFields + 1, (index) => `a${index}: feedCursor`)} }` }],
  [
    'rootFields',
    {
      query: `mutation { ${times(limits.rootFields + 1, () => 'cancelMessage(input: { messageId: "x" }) { replayed }')} }`,
    },
  ],
  ['siblings', { query: `{ contact(id: "x") { ${times(limits.siblings + 1, () => 'id')} } }` }],
  ['siblings', { query: `{ feedCursor } fragment unused on Contact { ${times(limits.siblings + 1, () => 'id')} }` }],
  ['selections', { query: doubling(60) }],
  [
    'cost',
    { query: '{ contacts(first: 100) { nodes { messages(first: 100) { nodes { id body status kind author } } } } }' },
  ],
  [
    'cost',
    {
      query:
        'query ($n: Int!) { contacts(first: $n) { nodes { messages(first: $n) { nodes { id body status kind author } } } } }',
      variables: { n: 100 },
    },
  ],
  ['variableValues', { query: '{ feedCursor }', variables: { list: Array(limits.variableValues).fill(0) } }],
  ['variableDepth', { query: '{ feedCursor }', variables: { list: nested(limits.variableDepth + 1) } }],
];

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer();
  await server.organization('acme');
  token = (await server.caller('acme')).token;
});
afterAll(() => server.close());

describe.each(ways)('over $name', ({ run }) => {
  it.each(excesses)('too much (%s) is refused, and told which limit it was', async (measure, ask) => {
    const { status, result } = await run({ url: server.url, token }, ask);
    expect(result.errors).toMatchObject([
      { extensions: { code: 'QUERY_TOO_COMPLEX', measure, limit: limits[measure] } },
    ]);
    expect(status ?? 400).toBe(400);
  });

  it('what is at the limit is answered', async () => {
    const query = `{ contact(id: "x") { ${times(limits.aliases, (index) => `a${index}: id`)} } }`;
    expect((await run({ url: server.url, token }, { query })).result).toEqual({ data: { contact: null } });
  });

  it('the cost is told with the limit', async () => {
    const query =
      '{ contacts(first: 100) { nodes { messages(first: 100) { nodes { id body status kind author } } } } }';
    const { result } = await run({ url: server.url, token }, { query });
    const { cost, limit } = result.errors[0].extensions;
    expect([cost, limit]).toEqual([1 + 100 * (1 + 1 + 100 * 6), limits.cost]);
    expect(result.errors[0].message).toContain(`${cost}`);
  });

  it('fragments that spread themselves are refused', async () => {
    const query = '{ contact(id: "x") { ...a } } fragment a on Contact { ...b } fragment b on Contact { ...a }';
    const { result } = await run({ url: server.url, token }, { query });
    expect(result.errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });
});

describe('a batch', () => {
  it('is refused, however small', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify([{ query: '{ feedCursor }' }]),
    });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { errors: [{ extensions: { code: 'BAD_REQUEST' } }] },
    ]);
  });
});

describe('an operation that takes too long', () => {
  it.each(ways)('is answered after its time over $name', async ({ run }) => {
    const slow = await startTestServer({ OPERATION_TIMEOUT: 'PT2S' });
    onTestFinished(slow.close);
    await slow.organization('acme');
    const caller = await slow.caller('acme');
    await caller.ask('{ consentFunnel { pending } }');
    await slow.database.sql.begin(async (sql) => {
      await sql`lock table contacts in access exclusive mode`;
      const ask = { query: '{ contactByPhone(phone: "+16502530001") { id } }' };
      const { status, result } = await run({ url: slow.url, token: caller.token }, ask);
      expect(result.errors).toMatchObject([{ extensions: { code: 'OPERATION_TIMED_OUT', timeoutMs: 2_000 } }]);
      // A stream has begun with 200 by then.
      expect([503, 200, null]).toContain(status);
    });
    expect((await caller.ask('{ contactByPhone(phone: "+16502530001") { id } }')).contactByPhone).toBeNull();
  });

  it('begins nothing more: later mutations of the same document are not carried out', async () => {
    const slow = await startTestServer({ OPERATION_TIMEOUT: 'PT2S' });
    onTestFinished(slow.close);
    await slow.organization('acme');
    const caller = await slow.caller('acme');
    const create = (alias: string, phone: string): string =>
      `${alias}: createContact(input: { phone: "${phone}", name: "Clara" }) { userErrors { code } }`;
    await slow.database.sql.begin(async (sql) => {
      await sql`lock table contacts in exclusive mode`;
      const { errors } = await caller.raw(`mutation { ${create('a', '+16502530001')} ${create('b', '+16502530002')} }`);
      expect(errors).toMatchObject([{ extensions: { code: 'OPERATION_TIMED_OUT' } }]);
    });
    const phones = () => slow.database.sql<{ phone: string }[]>`select phone from contacts`;
    await expect.poll(async () => (await phones()).map(({ phone }) => phone)).toEqual(['+16502530001']);
    await caller.ask('{ consentFunnel { pending } }');
    expect(await phones()).toHaveLength(1);
  });
});

describe('points', () => {
  const FUNNEL = '{ consentFunnel { pending } }';

  async function limited(settings: Readonly<Record<string, string>>): Promise<TestServer> {
    const started = await startTestServer(settings);
    onTestFinished(started.close);
    await started.organization('acme');
    await started.organization('globex');
    return started;
  }

  it.each(ways)('that are spent are told over $name, with the time until there are more', async ({ run }) => {
    const one = await limited({ RATE_LIMIT_CALLER: '10' });
    const { token: busy } = await one.caller('acme', { sub: 'busy' });
    const ask = { query: FUNNEL };
    for (let spent = 0; spent < 10; spent += 2) {
      expect((await run({ url: one.url, token: busy }, ask)).result.errors).toBeUndefined();
    }
    const { status, headers, result } = await run({ url: one.url, token: busy }, ask);
    const [{ extensions }] = result.errors;
    expect(extensions).toEqual({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number), scope: 'CALLER', limit: 10 });
    expect(extensions.retryAfterMs).toBeGreaterThan(0);
    expect(extensions.retryAfterMs).toBeLessThanOrEqual(60_000);
    if (status !== null) {
      expect(status).toBe(429);
      expect(headers.get('retry-after')).toBe(String(Math.ceil(extensions.retryAfterMs / 1000)));
    }
    const { token: other } = await one.caller('acme', { sub: 'other' });
    expect((await run({ url: one.url, token: other }, ask)).result.errors).toBeUndefined();
  });

  it('are those of the organization too, and of no other', async () => {
    const one = await limited({ RATE_LIMIT_ORGANIZATION: '10' });
    const [ana, bo, cy] = [
      await one.caller('acme', { sub: 'ana' }),
      await one.caller('acme', { sub: 'bo' }),
      await one.caller('globex'),
    ];
    for (const caller of [ana, bo, ana, bo, ana]) await caller.ask(FUNNEL);
    for (const caller of [ana, bo]) {
      expect((await caller.raw(FUNNEL)).errors).toMatchObject([
        { extensions: { code: 'RATE_LIMITED', scope: 'ORGANIZATION' } },
      ]);
    }
    await cy.ask(FUNNEL);
  });

  it('are shared by all servers', async () => {
    const one = await limited({ RATE_LIMIT_CALLER: '10' });
    const two = await startServer(readConfig(one.env), silent);
    onTestFinished(two.stop);
    const { token: caller } = await one.caller('acme');
    const codes: (string | undefined)[] = [];
    for (const url of [one.url, two.url, one.url, two.url, one.url, two.url, one.url]) {
      const { result } = await transports.POST({ url, token: caller }, { query: FUNNEL });
      codes.push(result.errors?.[0].extensions.code);
    }
    expect(codes).toEqual([undefined, undefined, undefined, undefined, undefined, 'RATE_LIMITED', 'RATE_LIMITED']);
  });

  it('are not counted where they are off', async () => {
    const one = await limited({ RATE_LIMIT_CALLER: 'off', RATE_LIMIT_ORGANIZATION: '0' });
    await (await one.caller('acme')).ask(FUNNEL);
    expect(await one.database.sql`select 1 from rate_limits`).toEqual([]);
  });

  it('are spent by what is refused, so that guessing is slow', async () => {
    const one = await limited({ RATE_LIMIT_CALLER: '5' });
    const key = await createPartner(one.env, 'acme', { name: 'Guesser', enforcement: 'ID_ONLY' });
    const codes: string[] = [];
    for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const { result } = await transports.POST({ url: one.url, token: key }, { documentId: hashOf(text) });
      codes.push(result.errors[0].extensions.code);
    }
    expect(codes).toEqual([...Array(5).fill('PERSISTED_QUERY_NOT_FOUND'), 'RATE_LIMITED']);
  });
});

describe('in production', () => {
  it('nobody is told of the schema but by its text, and that only who is known', async () => {
    const production = await startTestServer({ NODE_ENV: 'production' });
    onTestFinished(production.close);
    await production.organization('acme');
    const caller = await production.caller('acme', { role: 'admin' });
    const { errors } = await caller.raw('{ viewr { role } }');
    expect(errors[0].message).toBe('Cannot query field "viewr" on type "Query".');
    for (const { run } of ways) {
      const { result } = await run(
        { url: production.url, token: caller.token },
        { query: '{ __schema { types { name } } }' },
      );
      expect(result.errors[0]).toMatchObject({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
    }
    const sdl = (authorization?: string) =>
      fetch(`${production.url}/graphql/schema.graphql`, {
        headers: authorization === undefined ? {} : { authorization },
      });
    const refused = await sdl();
    expect([refused.status, await refused.json()]).toMatchObject([
      401,
      { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
    const key = await createPartner(production.env, 'acme', { name: 'Partner', enforcement: 'ID_ONLY' });
    for (const shown of [caller.token, key]) {
      const told = await sdl(`Bearer ${shown}`);
      expect([told.status, await told.text()]).toEqual([200, expect.stringContaining('type Query {')]);
    }
  });
});
