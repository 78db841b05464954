import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setAttackScene, type AttackScene } from '../support/attack-scene.js';
import { openBareSocket } from '../support/bare-socket.js';
import { hashOf, ownAddress, transports, type Transport } from '../support/transports.js';

const WHO = 'query Who { viewer { name organization { slug } } }';
const ways: readonly { readonly name: string; readonly run: Transport }[] = Object.entries({
  ...transports,
  'an address of its own': ownAddress,
})
  .filter(([name]) => name !== 'a WebSocket')
  .map(([name, run]) => ({ name, run }));

let scene: AttackScene;
let login: Server;
let publicKey: CryptoKey;
let privateKey: CryptoKey;
let jwk: JWK;

beforeAll(async () => {
  ({ publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true }));
  jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  login = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => {
    login.listen(0, '127.0.0.1', resolve);
  });
  scene = await setAttackScene({ AUTH_JWKS_URL: `http://127.0.0.1:${(login.address() as AddressInfo).port}/keys` });
});
afterAll(async () => {
  expect(scene.leaks()).toEqual([]);
  await scene.close();
  login.closeAllConnections();
  await new Promise((resolve) => login.close(resolve));
});

const claims = { org: 'acme', role: 'admin', sub: 'ana', exp: Math.floor(Date.now() / 1000) + 3_600 };
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const withSecret = (secret: string | Uint8Array, header: object = {}, payload: object = claims) =>
  new SignJWT({ ...payload })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(typeof secret === 'string' ? new TextEncoder().encode(secret) : secret);
/** Signed without a library, which would refuse to. */
const byHand = (header: object, key: string): string => {
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
};
const secret = (): string => String(scene.server.env['AUTH_JWT_SECRET']);
const parts = () => scene.victim.token.split('.') as [string, string, string];

/** Tokens that nobody of ours has signed, or no longer. */
const forgeries: readonly (readonly [string, () => string | Promise<string>])[] = [
  ['unsigned', () => `${part({ alg: 'none' })}.${part(claims)}.`],
  ['unsigned, in other letters', () => `${part({ alg: 'nOnE' })}.${part(claims)}.`],
  ['unsigned, with the signature of another', () => `${part({ alg: 'none' })}.${part(claims)}.${parts()[2]}`],
  ['of no algorithm', () => `${part({ typ: 'JWT' })}.${part(claims)}.${parts()[2]}`],
  ['signed with the public key as a secret', async () => withSecret(await exportSPKI(publicKey))],
  [
    'signed with the public key as a secret, without its last line',
    async () => withSecret((await exportSPKI(publicKey)).trim()),
  ],
  ['signed with the key set as a secret', () => withSecret(JSON.stringify({ keys: [jwk] }), { kid: 'one' })],
  ['signed with the modulus as a secret', () => withSecret(Buffer.from(jwk.n ?? '', 'base64url'), { kid: 'one' })],
  ['signed with nothing as a secret', () => withSecret(new Uint8Array(32))],
  [
    'signed with the right secret by an algorithm we do not use',
    () =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS512' })
        .sign(new TextEncoder().encode(`${secret()}${' '.repeat(64)}`)),
  ],
  [
    'signed with a key that it brings along',
    async () => {
      const own = await generateKeyPair('RS256', { extractable: true });
      const header = { alg: 'RS256', kid: 'one', jwk: await exportJWK(own.publicKey), jku: 'http://127.0.0.1:1/keys' };
      return new SignJWT(claims).setProtectedHeader(header).sign(own.privateKey);
    },
  ],
  ['that names a file as its key', () => byHand({ alg: 'HS256', kid: '../../../../dev/null' }, '')],
  ['that names SQL as its key', () => withSecret('x', { kid: "x' union select 'x" })],
  ['with demands that nobody knows', () => byHand({ alg: 'HS256', crit: ['x'], x: 1 }, secret())],
  ['with claims that were changed', () => `${parts()[0]}.${part({ ...claims, org: 'globex' })}.${parts()[2]}`],
  ['with a head that was changed', () => `${part({ alg: 'HS256', kid: 'x' })}.${parts()[1]}.${parts()[2]}`],
  ['without its end', () => scene.victim.token.slice(0, -1)],
  ['without its signature', () => `${parts()[0]}.${parts()[1]}`],
  ['that has ended', () => withSecret(secret(), {}, { ...claims, exp: 1 })],
  ['that has not begun', () => withSecret(secret(), {}, { ...claims, nbf: claims.exp - 60 })],
  ['of an organization that is not there', () => withSecret(secret(), {}, { ...claims, org: 'nowhere' })],
  ['of an organization that is SQL', () => withSecret(secret(), {}, { ...claims, org: "acme' or '1'='1" })],
  ['of an organization that is a list', () => withSecret(secret(), {}, { ...claims, org: ['acme', 'globex'] })],
  ['of a role that is not there', () => withSecret(secret(), {}, { ...claims, role: 'partner' })],
  ['of nobody', () => withSecret(secret(), {}, { ...claims, sub: '' })],
  ['of a name with a NUL', () => withSecret(secret(), {}, { ...claims, sub: 'ana\0' })],
  ['that is a key of nobody', () => `assent_${'a'.repeat(12)}_${'b'.repeat(32)}_${'c'.repeat(6)}`],
  ['of ten thousand characters', () => 'a'.repeat(10_000)],
];

describe('a token', () => {
  it('of whom we trust counts over every transport, so that the others are refused for what they are', async () => {
    const good = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(privateKey);
    for (const token of [scene.secret(good), scene.victim.token]) {
      for (const { name, run } of ways) {
        const { result } = await run({ url: scene.url, token }, { query: WHO, documentId: hashOf(WHO) });
        // A person has no published documents.
        if (name === 'an address of its own')
          expect(result.errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
        else expect(result.data.viewer.organization.slug).toBe('acme');
      }
      await openBareSocket(`${scene.url.replace('http', 'ws')}/graphql`).begin(token);
    }
  });

  it.each(forgeries)('%s is nobody’s over every transport', async (_what, forge) => {
    const token = await forge();
    for (const { name, run } of ways) {
      const { status, result } = await run({ url: scene.url, token }, { query: WHO, documentId: hashOf(WHO) });
      expect([name, status, result]).toEqual([
        name,
        401,
        {
          errors: [
            { message: expect.any(String), extensions: { code: 'UNAUTHENTICATED', reason: expect.any(String) } },
          ],
        },
      ]);
      expect(result.errors[0].message).not.toContain('acme');
    }
    const socket = openBareSocket(`${scene.url.replace('http', 'ws')}/graphql`);
    await socket.opened();
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect([4401, 4403]).toContain(await socket.closed());
    expect(socket.received).toEqual([]);
  });

  it('is taken from the header alone: not from an address, a cookie, a body or another scheme', async () => {
    const { token } = scene.victim;
    const query = encodeURIComponent(WHO);
    const attempts: [string, Record<string, string>][] = [
      [`/graphql?query=${query}&authorization=Bearer%20${token}&access_token=${token}&token=${token}`, {}],
      [`/graphql?query=${query}`, { cookie: `authorization=Bearer ${token}; token=${token}` }],
      [`/graphql?query=${query}`, { authorization: `Basic ${Buffer.from(`ana:${token}`).toString('base64')}` }],
      [`/graphql?query=${query}`, { authorization: token }],
      [`/graphql?query=${query}`, { 'x-authorization': `Bearer ${token}`, 'x-forwarded-user': 'ana', 'x-user': 'ana' }],
      [`/graphql?query=${query}`, { authorization: `Bearer ${token}, Bearer ${token}` }],
    ];
    for (const [path, headers] of attempts) {
      const response = await fetch(`${scene.url}${path}`, { headers: { 'apollo-require-preflight': '1', ...headers } });
      expect([path.slice(0, 30), response.status]).toEqual([path.slice(0, 30), 401]);
      expect(await response.text()).not.toContain(token);
    }
  });

  it('of another organization reads that organization, whatever else the request says', async () => {
    const response = await fetch(`${scene.url}/graphql?organization=acme&org=acme`, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', authorization: `Bearer ${scene.attacker.token}` },
        ...{ 'x-organization': 'acme', 'x-tenant-id': 'acme', 'x-org': 'acme', host: 'acme.example.com' },
      },
      body: JSON.stringify({ query: WHO, organization: 'acme', org: 'acme', extensions: { org: 'acme' } }),
    });
    expect(await response.json()).toMatchObject({ data: { viewer: { organization: { slug: 'globex' } } } });
  });
});
