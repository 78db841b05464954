import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { hashOf } from '../../src/access/operation-request.js';
import { startTestServer, type TestServer } from '../support/assent-server.js';
import { assent } from '../support/command-line.js';

const FUNNEL = 'query Funnel { consentFunnel { notAsked pending } organization { name } }';
const ASK = 'mutation Ask($input: SendOptInInput!) { sendOptIn(input: $input) { replayed contact { id } } }';
const FEED = 'subscription Feed { consentTransitions { __typename } }';
const patience = { timeout: 30_000, interval: 50 };

let server: TestServer;
let directory: string;

beforeAll(async () => {
  server = await startTestServer();
  directory = await mkdtemp(join(tmpdir(), 'assent-partner-keys-'));
  for (const slug of ['acme', 'globex']) await server.organization(slug);
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function operator(...args: readonly string[]) {
  const { code, out, err } = await assent(server.env, ...args, '--json');
  if (code !== 0) throw new Error(err);
  return JSON.parse(out);
}

const newKey = (org: string, name: string, ...more: readonly string[]): Promise<{ key: string; keyId: string }> =>
  operator('partner', 'create', '--org', org, '--name', name, ...more);

async function publish(org: string, partner: string, ...texts: readonly string[]): Promise<void> {
  const file = join(directory, `${org}.json`);
  await writeFile(file, JSON.stringify(Object.fromEntries(texts.map((text) => [hashOf(text), text]))));
  await operator('documents', 'publish', '--org', org, '--partner', partner, '--version', '1', file);
}

async function run(key: string, text: string, variables: object = {}) {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ documentId: `sha256:${hashOf(text)}`, variables }),
  });
  return { status: response.status, ...(await response.json()) };
}

describe("a partner's keys", () => {
  it('reach the documents and the data of their own organization', async () => {
    const [acme, globex] = [await newKey('acme', 'Billing'), await newKey('globex', 'Billing')];
    await publish('acme', 'Billing', FUNNEL, ASK);
    await publish('globex', 'Billing', FUNNEL);

    expect(await run(acme.key, FUNNEL)).toMatchObject({ data: { organization: { name: 'acme Ltd' } } });
    expect(await run(globex.key, FUNNEL)).toMatchObject({ data: { organization: { name: 'globex Ltd' } } });
    const input = { phone: '+12025550101' };
    expect(await run(globex.key, ASK, { input })).toMatchObject({
      status: 404,
      errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
    const { token } = await server.caller('acme', { role: 'admin' });
    expect(await run(token, FUNNEL)).toMatchObject({ status: 404 });
  });

  it('are one caller: what one began, another repeats', async () => {
    const first = await newKey('acme', 'Rotating');
    await publish('acme', 'Rotating', ASK);
    const input = { phone: '+12025550102', name: 'Ada', idempotencyKey: 'once' };
    const asked = await run(first.key, ASK, { input });
    const second = await operator('partner', 'rotate', '--key', first.keyId, '--overlap', 'PT0S');

    await vi.waitFor(async () => expect(await run(first.key, ASK, { input })).toMatchObject({ status: 401 }), patience);
    expect(await run(second.key, ASK, { input })).toMatchObject({
      data: { sendOptIn: { replayed: true, contact: asked.data.sendOptIn.contact } },
    });
  });

  it('may do what their scopes say, also with a document that another key may run', async () => {
    await newKey('acme', 'Scoped');
    const reader = await newKey('acme', 'Scoped', '--scopes', 'read');
    await publish('acme', 'Scoped', FUNNEL, ASK);

    expect(await run(reader.key, FUNNEL)).toMatchObject({ status: 200, data: { organization: {} } });
    expect(await run(reader.key, ASK, { input: { phone: '+12025550103' } })).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    const agent = await server.caller('acme');
    expect(await agent.ask('{ contactByPhone(phone: "+12025550103") { id } }')).toEqual({ contactByPhone: null });
  });

  it('that are revoked close their sockets with a code that says so', async () => {
    const { key, keyId } = await newKey('acme', 'Watching');
    await publish('acme', 'Watching', FEED);
    const closed: number[] = [];
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${key}` },
      retryAttempts: 0,
      on: { closed: (event) => closed.push((event as { code: number }).code) },
    });
    onTestFinished(() => void client.dispose());
    const items: unknown[] = [];
    client.subscribe(
      { query: '', extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(FEED) } } },
      { next: (item) => items.push(item), error: () => undefined, complete: () => undefined },
    );
    await vi.waitFor(() => expect(items.length).toBeGreaterThan(0), patience);
    await operator('partner', 'revoke', '--key', keyId);

    await vi.waitFor(() => expect(closed).toEqual([4403]), patience);
    const refused = { status: 401, errors: [{ extensions: { reason: 'KEY_REVOKED' } }] };
    await vi.waitFor(async () => expect(await run(key, FEED)).toMatchObject(refused), patience);
  });
});
