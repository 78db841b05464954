import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../support/assent-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.organization('acme');
});
afterAll(() => server.close());

async function figures(): Promise<readonly string[]> {
  const response = await fetch(`${server.url}/metrics`);
  return (await response.text()).split('\n').filter((line) => line.startsWith('assent_'));
}

describe('a server that is watched', () => {
  it('tells in one word whether it is ready, and in detail to who asks for it', async () => {
    const short = await fetch(`${server.url}/readyz`);
    const long = await fetch(`${server.url}/readyz?verbose`);

    expect([short.status, await short.text()]).toEqual([200, 'ready\n']);
    expect(long.status).toBe(200);
    expect((await long.text()).split('\n')).toEqual([
      '[+] serving: ok',
      '[+] database: ok',
      '[+] migrations: ok, applied at the start',
      expect.stringMatching(/^\[\+\] feed: ok, \d+\.\d s behind$/),
      'ready',
      '',
    ]);
  });

  it('counts operations on every transport, those that fail and those that were refused', async () => {
    const caller = await server.caller('acme');
    await caller.ask('{ viewer { name } }');
    await caller.raw('{ contacts(first: 1000000) { nodes { id } } }');
    const stream = await fetch(`${server.url}/graphql/stream?query=${encodeURIComponent('{ viewer { name } }')}`, {
      headers: { authorization: `Bearer ${caller.token}` },
    });
    await stream.text();

    const now = await figures();
    expect(now).toContain('assent_operations_total{document="ad-hoc",type="query",transport="sse"} 1');
    expect(now.join('\n')).toMatch(/assent_operations_total\{document="ad-hoc",type="query",transport="http"\} [12]/);
    expect(now.join('\n')).toMatch(
      /assent_operation(_errors|s_refused)_total\{(document="ad-hoc",)?transport="http",code="\w+"\} 1/,
    );
    expect(now.join('\n')).toMatch(/assent_pool_connections\{pool="organizations",state="idle"\} \d+/);
  });

  it('shows a subscription while it runs, and how its socket was closed', async () => {
    const caller = await server.caller('acme');
    const socket = caller.socket();
    const feed = socket.iterate({ query: 'subscription { consentFunnel { pending } }' });
    await feed.next();
    const underWay = 'assent_operations_under_way{type="subscription",transport="ws"}';
    expect(await figures()).toContain(`${underWay} 1`);
    await feed.return?.();
    await expect.poll(figures).toContain(`${underWay} 0`);
    await socket.dispose();
    await expect.poll(figures).toContain('assent_socket_closes_total{code="1000"} 1');
  });

  it('counts webhooks by what became of them', async () => {
    await fetch(`${server.url}/webhooks/whatsapp`, { method: 'POST', body: '{}' });
    const response = await fetch(`${server.url}/webhooks/sms`, { method: 'POST', body: 'Body=hello' });

    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    await expect.poll(figures).toContain('assent_webhooks_total{channel="WHATSAPP",result="unsigned"} 1');
    await expect.poll(figures).toContain('assent_webhooks_total{channel="SMS",result="unsigned"} 1');
  });
});
