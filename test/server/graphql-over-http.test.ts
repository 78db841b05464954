import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../support/assent-server.js';

let assent: TestServer;
let authorization: string;

beforeAll(async () => {
  assent = await startTestServer();
  await assent.organization('acme');
  authorization = `Bearer ${(await assent.caller('acme')).token}`;
});
afterAll(() => assent.close());

const withToken = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), authorization } });

/** What the specification recommends or allows and this server does otherwise. */
const exceptions: readonly string[] = [
  'warn 572B SHOULD use 200 status code on document parsing failure when accepting application/json',
  'warn 7B9B SHOULD use a status code of 200 on variable coercion failure when accepting application/json',
  'warn FDE2 SHOULD use 200 status code on document validation failure when accepting application/json',
];

describe('GraphQL over HTTP', () => {
  it('does all that the specification demands, and all that it recommends but for a known list', async () => {
    const audits = serverAudits({ url: `${assent.url}/graphql`, fetchFn: withToken });
    const results = await Promise.all(audits.map((audit) => audit.fn()));
    expect(audits.length).toBeGreaterThan(50);
    expect(results.filter(({ status }) => status === 'error')).toEqual([]);
    const others = results
      .filter(({ status }) => status !== 'ok')
      .map(({ id, name, status }) => `${status} ${id} ${name}`);
    expect(others.sort()).toEqual(exceptions);
  });
});
