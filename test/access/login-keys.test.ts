import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT, type JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLoginKeys } from '../../src/access/login-keys.js';

const GOOD_FOR_MS = 5 * 60_000;
const START = Date.parse('2026-11-22T12:00:00Z');

let login: Server;
let url: string;
let published: JWK[];
/** What the login does with a request. */
let answer: (response: ServerResponse) => void;
let asked: number;
let now: number;

const publish = (response: ServerResponse): void => {
  response.end(JSON.stringify({ keys: published }));
};

beforeEach(async () => {
  published = [];
  answer = publish;
  asked = 0;
  now = START;
  login = createServer((_, response) => {
    asked += 1;
    answer(response);
  });
  await new Promise<void>((resolve) => login.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(login.address() as AddressInfo).port}/keys`;
});

afterEach(async () => {
  login.closeAllConnections();
  await new Promise((resolve) => login.close(resolve));
});

/** A key of the login, published at once, and a token that it signed. */
async function key(kid: string): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  published = [...published, { ...(await exportJWK(publicKey)), kid }];
  return new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey);
}

function keys(timeoutMs?: number): (token: string) => Promise<string> {
  const find = createLoginKeys({ url, clock: { now: () => new Date(now) }, timeoutMs });
  return async (token) => (await jwtVerify(token, find)).protectedHeader.kid ?? '';
}

const unavailable = { name: 'LoginKeysUnavailable', message: 'The keys at AUTH_JWKS_URL could not be read.' };
const unknown = { code: 'ERR_JWKS_NO_MATCHING_KEY' };

describe('the keys of a login', () => {
  it('are read once, also for many who ask at once', async () => {
    const token = await key('one');
    const verify = keys();

    await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    now += GOOD_FOR_MS / 2 - 1;
    await verify(token);

    expect(asked).toBe(1);
  });

  it('are read again for a key that is new, but no more often than every ten seconds', async () => {
    const verify = keys();
    await verify(await key('one'));
    const rotated = await key('two');

    now += 9_999;
    await expect(verify(rotated)).rejects.toMatchObject(unknown);
    expect(asked).toBe(1);
    now += 1;
    await expect(verify(rotated)).resolves.toBe('two');
    expect(asked).toBe(2);

    published = [];
    const invented = await key('three');
    published = [];
    for (let tries = 0; tries < 10; tries += 1) await expect(verify(invented)).rejects.toMatchObject(unknown);
    expect(asked).toBe(2);
  });

  it('are forgotten five minutes after they were withdrawn, however much they are used', async () => {
    const withdrawn = await key('one');
    const verify = keys();
    await verify(withdrawn);
    published = [];
    await key('two');

    now += GOOD_FOR_MS;

    await expect(verify(withdrawn)).rejects.toMatchObject(unknown);
  });

  it('are renewed while they still count, so that a short outage of the login is not noticed', async () => {
    const token = await key('one');
    const verify = keys();
    await verify(token);

    now += GOOD_FOR_MS / 2;
    await verify(token);
    await expect.poll(() => asked).toBe(2);
    answer = (response) => response.writeHead(503).end();
    now += GOOD_FOR_MS - 1;
    await expect(verify(token)).resolves.toBe('one');

    now += 1_000;
    await expect(verify(token)).rejects.toMatchObject(unavailable);
  });

  it('that can’t be read leave the login alone for a second, and are asked for again then', async () => {
    const token = await key('one');
    const verify = keys();
    answer = (response) => response.writeHead(500).end();

    await expect(verify(token)).rejects.toMatchObject(unavailable);
    await expect(verify(token)).rejects.toMatchObject(unavailable);
    expect(asked).toBe(1);

    answer = publish;
    now += 1_000;
    await expect(verify(token)).resolves.toBe('one');
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['does not answer', () => undefined],
    ['answers with half of it', (response) => response.writeHead(200).write('{"keys":')],
  ])('are not waited for longer than is set, when the login %s', async (_, slow) => {
    const token = await key('one');
    answer = slow;
    const before = performance.now();

    await expect(keys(100)(token)).rejects.toMatchObject(unavailable);

    expect(performance.now() - before).toBeLessThan(3_000);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['no JSON', (response) => response.end('<html>')],
    ['no set of keys', (response) => response.end('{"keys":"none"}')],
    ['a way elsewhere', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['far too much', (response) => response.end(`{"keys":[],"more":"${'x'.repeat(2 ** 20)}"}`)],
  ])('are no keys when the login answers with %s', async (_, wrong) => {
    const token = await key('one');
    answer = wrong;

    await expect(keys()(token)).rejects.toMatchObject(unavailable);
  });
});
