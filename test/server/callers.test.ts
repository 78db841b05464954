import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBareSocket } from '../support/bare-socket.js';
import { startTestServer, type TestServer } from '../support/assent-server.js';
import { assent } from '../support/command-line.js';

const ORIGIN = 'https://app.example.com';
const QUERY = '{ viewer { id } }';
const FEED = 'subscription { consentTransitions { __typename } }';
const MUTATION = 'mutation { createContact(input: { phone: "+12025550123", name: "Cross" }) { contact { id } } }';

let server: TestServer;
let token: string;

beforeAll(async () => {
  // Nobody listens there: a login that is down.
  server = await startTestServer({ ALLOWED_ORIGINS: ORIGIN, AUTH_JWKS_URL: 'http://127.0.0.1:1/keys' });
  await server.organization('acme', { channel: false });
  ({ token } = await server.caller('acme'));
});
afterAll(() => server.close());

const ask = (path: string, init: RequestInit & { readonly headers?: Readonly<Record<string, string>> }) =>
  fetch(`${server.url}${path}`, init);

const post = (authorization: string, headers: Readonly<Record<string, string>> = {}) =>
  ask('/graphql', {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: QUERY }),
  });

const signed = (sub: string, issuedAt: Date) =>
  new SignJWT({ org: 'acme', role: 'agent' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt(issuedAt)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(server.env['AUTH_JWT_SECRET']));

describe('a revocation at the command line', () => {
  it('lets the tokens made before go no further within ten seconds, on sockets, streams and over HTTP', async () => {
    const ana = await signed('ana', new Date());
    const bert = await signed('bert', new Date());
    const url = `${server.url.replace('http', 'ws')}/graphql`;
    const [socket, other] = [openBareSocket(url), openBareSocket(url)];
    await Promise.all([socket.begin(ana), other.begin(bert)]);
    socket.subscribe('feed', FEED);
    const stream = ask(`/graphql/stream?query=${encodeURIComponent(FEED)}`, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${ana}` },
    }).then((response) => response.text());
    await socket.until(({ type }) => type === 'next');
    expect((await post(`Bearer ${ana}`)).status).toBe(200);

    const { code, out } = await assent(server.env, 'token', 'revoke', '--org', 'acme', '--sub', 'ana', '--json');
    const revokedAt = performance.now();
    const { notBefore } = JSON.parse(out) as { readonly notBefore: string };

    expect(code).toBe(0);
    expect(await socket.closed()).toBe(4403);
    expect(await stream).toContain('"REVOKED"');
    await expect.poll(async () => (await post(`Bearer ${ana}`)).status, { timeout: 30_000 }).toBe(401);
    expect(performance.now() - revokedAt).toBeLessThan(10_000);
    expect(await (await post(`Bearer ${ana}`)).json()).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'REVOKED' } }],
    });
    expect((await post(`Bearer ${await signed('ana', new Date(notBefore))}`)).status).toBe(200);
    expect(other.closedWith()).toBeNull();
  });
});

describe('a login that is down', () => {
  it('is no reason to call its tokens bad: callers are asked to come back', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const good = await new SignJWT({ org: 'acme', role: 'agent' })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setSubject('ana')
      .sign(privateKey);
    const response = await post(`Bearer ${good}`);

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
    const socket = openBareSocket(`${server.url.replace('http', 'ws')}/graphql`);
    await socket.opened();
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${good}` } });
    expect(await socket.closed()).toBe(1013);
    expect((await post(`Bearer ${token}`)).status).toBe(200);
  });
});

describe('a page of another origin', () => {
  const preflight = (origin: string, path = '/graphql') =>
    ask(path, {
      method: 'OPTIONS',
      headers: {
        ...{ origin, 'access-control-request-method': 'POST' },
        'access-control-request-headers': 'authorization,content-type',
      },
    });
  const allowed = 'access-control-allow-origin';

  it.each(['/graphql', '/graphql/stream'])('may call %s if its origin is allowed, without any cookie', async (path) => {
    const response = await preflight(ORIGIN, path);

    expect(response.status).toBe(204);
    expect(response.headers.get(allowed)).toBe(ORIGIN);
    expect(response.headers.get('access-control-allow-headers')).toContain('authorization, content-type');
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    expect(response.headers.get('vary')).toContain('Origin');
    const answer = await post(`Bearer ${token}`, { origin: ORIGIN });
    expect([answer.status, answer.headers.get(allowed)]).toEqual([200, ORIGIN]);
  });

  it('may read an event stream if its origin is allowed', async () => {
    const leave = new AbortController();
    const response = await ask(`/graphql/stream?query=${encodeURIComponent(FEED)}`, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${token}`, origin: ORIGIN },
      signal: leave.signal,
    });
    leave.abort();

    expect([response.status, response.headers.get(allowed)]).toEqual([200, ORIGIN]);
  });

  it('may read nothing otherwise', async () => {
    for (const origin of ['https://evil.example.com', 'null', `${ORIGIN}.evil.example`]) {
      expect((await preflight(origin)).headers.get(allowed)).toBeNull();
      expect((await post(`Bearer ${token}`, { origin })).headers.get(allowed)).toBeNull();
    }
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', `query=${encodeURIComponent(MUTATION)}`],
    [
      'a form with parts',
      'multipart/form-data; boundary=x',
      `--x\r\ncontent-disposition: form-data\r\n\r\n${MUTATION}`,
    ],
    ['plain text', 'text/plain', JSON.stringify({ query: MUTATION })],
    ['nothing said', '', JSON.stringify({ query: MUTATION })],
  ])('has nothing done that a browser sends without asking: %s', async (_, contentType, body) => {
    for (const path of ['/graphql', '/graphql/stream']) {
      const response = await ask(path, {
        method: 'POST',
        headers: {
          ...{ authorization: `Bearer ${token}`, accept: '*/*', origin: 'https://evil.example.com' },
          ...(contentType !== '' && { 'content-type': contentType }),
        },
        body: contentType === '' ? new Blob([body]) : body,
      });
      expect([path, response.status]).toEqual([path, expect.toSatisfy((status: number) => status >= 400)]);
      await response.text();
    }
    const [row] = await server.database.sql`select count(*)::int as count from contacts where name = 'Cross'`;
    expect(row?.['count']).toBe(0);
  });

  it('has a query run by a plain GET, and no mutation by any', async () => {
    const authorization = `Bearer ${token}`;
    const plain = await ask(`/graphql?query=${encodeURIComponent(QUERY)}`, { headers: { authorization } });
    const mutation = await ask(`/graphql?query=${encodeURIComponent(MUTATION)}`, { headers: { authorization } });
    const written = await ask(`/graphql/stream?query=${encodeURIComponent(MUTATION)}`, {
      headers: { authorization, accept: 'text/event-stream' },
    });

    expect(plain.status).toBe(200);
    expect(await plain.json()).toHaveProperty('data.viewer.id');
    expect(mutation.status).toBe(405);
    expect(written.status).toBe(405);
  });

  it.each<Readonly<Record<string, string>>>([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
  ])('has no query run that a browser fetches for a page of another site: %j', async (headers) => {
    const response = await ask(`/graphql?query=${encodeURIComponent(QUERY)}`, { headers });

    expect(response.status).toBe(400);
    expect(await response.text()).toContain('CSRF');
  });
});

describe('GraphiQL of the same host', () => {
  it('may open its socket', async () => {
    const page = await ask('/graphiql', {});
    const socket = openBareSocket(`${server.url.replace('http', 'ws')}/graphql`, { origin: server.url });

    expect(page.status).toBe(200);
    await socket.begin(token);
  });
});
