import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import type { JWK, JWTPayload } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mayComeBack } from '../../src/access/authentication-error.js';
import { createAuthenticator } from '../../src/access/tokens.js';
import type { TokenTrust } from '../../src/access/token-verifier.js';
import type { Permission } from '../../src/domain/ports/revocations.js';
import { gate } from '../support/provider-stand-in.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const SECRET = 'a secret of thirty-two characters';
const claims = { sub: 'ana', org: 'acme', role: 'agent' };
const inSeconds = (seconds: number) => Math.floor(NOW.getTime() / 1000) + seconds;

let asked: string[];
let organizations: Map<string, string>;
let now: Date;
let undecided: unknown[];
let questions: (readonly Permission[])[];
let revoked: Set<string>;
let answering: Promise<unknown>;

beforeEach(() => {
  asked = [];
  organizations = new Map([['acme', 'id-of-acme']]);
  now = NOW;
  undecided = [];
  questions = [];
  revoked = new Set();
  answering = Promise.resolve();
});

function authenticator(trust: Partial<TokenTrust> = { jwtSecret: SECRET }) {
  return createAuthenticator({
    trust: { jwtSecret: null, jwksUrl: null, ...trust },
    clock: { now: () => now },
    undecided: (cause) => undecided.push(cause),
    revocations: {
      stillValid: async (permissions) => {
        questions.push(permissions);
        await answering;
        return permissions.map(({ subject }) => !revoked.has(subject));
      },
    },
    organizationIdOf: (slug) => {
      asked.push(slug);
      return Promise.resolve(organizations.get(slug) ?? null);
    },
  });
}

const sign = (payload: JWTPayload, secret = SECRET, alg = 'HS256') =>
  new SignJWT(payload).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));

const bearer = async (payload: JWTPayload) => `Bearer ${await sign(payload)}`;
const refused = (reason: string) => expect.objectContaining({ name: 'AuthenticationError', reason });

describe('a token signed with the shared secret', () => {
  it('tells who calls, in what role and for which organization', async () => {
    const exp = inSeconds(60);
    const iat = inSeconds(-60);
    const viewer = await authenticator().authenticate(
      await bearer({ ...claims, role: 'supervisor', name: 'Ana', locale: 'pt-BR', iat, exp }),
    );

    expect(viewer).toEqual({
      subject: 'ana',
      name: 'Ana',
      role: 'supervisor',
      organizationId: 'id-of-acme',
      organizationSlug: 'acme',
      locale: 'pt-BR',
      issuedAt: new Date(iat * 1000),
      expiresAt: new Date(exp * 1000),
      partner: null,
    });
  });

  it('may leave out name, language and end', async () => {
    const viewer = await authenticator().authenticate(await bearer(claims));

    expect(viewer).toMatchObject({ name: 'ana', locale: null, issuedAt: null, expiresAt: null });
  });

  it('is needed', async () => {
    await expect(authenticator().authenticate(undefined)).rejects.toEqual(refused('MISSING'));
    await expect(authenticator().authenticate('')).rejects.toEqual(refused('MISSING'));
  });

  it('ends when it says', async () => {
    const header = await bearer({ ...claims, exp: inSeconds(60) });
    await expect(authenticator().authenticate(header)).resolves.toMatchObject({ subject: 'ana' });

    now = new Date(NOW.getTime() + 60_000);

    await expect(authenticator().authenticate(header)).rejects.toEqual(refused('EXPIRED'));
  });

  it('does not count before it says, but for five seconds by which clocks may differ', async () => {
    const early = await bearer({ ...claims, nbf: inSeconds(6) });
    const nearly = await bearer({ ...claims, nbf: inSeconds(5) });

    await expect(authenticator().authenticate(early)).rejects.toEqual(refused('NOT_YET_VALID'));
    await expect(authenticator().authenticate(nearly)).resolves.toMatchObject({ subject: 'ana' });
  });

  it('must be meant for us and come from whom we expect, where that is set', async () => {
    const { authenticate } = authenticator({ jwtSecret: SECRET, audience: 'assent', issuer: 'login' });
    const header = (aud: unknown, iss: unknown) => bearer({ ...claims, aud, iss } as JWTPayload);

    await expect(authenticate(await header('assent', 'login'))).resolves.toMatchObject({ subject: 'ana' });
    await expect(authenticate(await header(['shop', 'assent'], 'login'))).resolves.toMatchObject({ subject: 'ana' });
    for (const aud of ['shop', undefined, [], 7]) {
      await expect(authenticate(await header(aud, 'login'))).rejects.toEqual(refused('WRONG_AUDIENCE'));
    }
    for (const iss of ['another', undefined]) {
      await expect(authenticate(await header('assent', iss))).rejects.toEqual(refused('WRONG_ISSUER'));
    }
    const { authenticate: anyhow } = authenticator();
    await expect(anyhow(await header('shop', 'another'))).resolves.toMatchObject({ subject: 'ana' });
  });

  it('is refused when it is signed by someone else, changed, unsigned or not a token', async () => {
    const good = await sign(claims);
    const [header, , signature] = good.split('.');
    const changed = [
      header,
      Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url'),
      signature,
    ];

    for (const token of [
      await sign(claims, 'another secret of some length'),
      await sign(claims, SECRET.padEnd(64, 'x'), 'HS512'),
      changed.join('.'),
      new UnsecuredJWT(claims).encode(),
      `${good.split('.').slice(0, 2).join('.')}.`,
      'a.b.c',
    ]) {
      await expect(authenticator().authenticate(`Bearer ${token}`)).rejects.toEqual(refused('MALFORMED'));
    }
    await expect(authenticator().authenticate(`Basic ${good}`)).rejects.toEqual(refused('MALFORMED'));
    await expect(authenticator().authenticate(good)).rejects.toEqual(refused('MALFORMED'));
  });

  it('must name a role that exists, and exactly', async () => {
    for (const role of ['owner', 'Admin', '', undefined, ['admin']]) {
      await expect(authenticator().authenticate(await bearer({ ...claims, role }))).rejects.toEqual(
        refused('UNKNOWN_ROLE'),
      );
    }
  });

  it('must name who calls and an organization that exists', async () => {
    for (const payload of [
      { ...claims, sub: undefined },
      { ...claims, org: undefined },
      { ...claims, org: 7 },
      { ...claims, sub: 'a\0na' },
    ]) {
      await expect(authenticator().authenticate(await bearer(payload))).rejects.toEqual(refused('MALFORMED'));
    }
    await expect(authenticator().authenticate(await bearer({ ...claims, org: 'globex' }))).rejects.toEqual(
      refused('UNKNOWN_ORGANIZATION'),
    );
  });

  it('is told by its refusal nothing of the inside', async () => {
    const error: unknown = await authenticator()
      .authenticate('Bearer a.b.c')
      .catch((reason: unknown) => reason);

    expect((error as Error).message).toBe('The token is not one that is accepted here.');
  });
});

describe('the organization of a token', () => {
  it('is looked up once in a while, and again at once while it is unknown', async () => {
    const { authenticate } = authenticator();
    const header = await bearer({ ...claims, org: 'globex' });

    await expect(authenticate(header)).rejects.toEqual(refused('UNKNOWN_ORGANIZATION'));
    organizations.set('globex', 'id-of-globex');
    await expect(authenticate(header)).resolves.toMatchObject({ organizationId: 'id-of-globex' });
    await authenticate(header);
    expect(asked).toHaveLength(2);

    now = new Date(NOW.getTime() + 60_000);
    await authenticate(header);
    expect(asked).toHaveLength(3);
  });
});

describe('a token that was taken back', () => {
  it('is refused within three seconds, and its bearer may come back with another', async () => {
    const { authenticate } = authenticator();
    const header = await bearer(claims);
    await authenticate(header);
    revoked.add('ana');
    await expect(authenticate(header)).resolves.toMatchObject({ subject: 'ana' });

    now = new Date(NOW.getTime() + 3_000);

    await expect(authenticate(header)).rejects.toEqual(refused('REVOKED'));
    expect(questions).toHaveLength(2);
    expect([mayComeBack('REVOKED'), mayComeBack('MALFORMED')]).toEqual([true, false]);
  });

  it('is looked for together with those of others who come meanwhile', async () => {
    const { authenticate } = authenticator();
    const headers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        organizations.set(`org ${index}`, `id ${index}`);
        return bearer({ ...claims, org: `org ${index}`, sub: `person ${index}` });
      }),
    );
    revoked.add('person 7');
    const { opened, open } = gate();
    answering = opened;

    const answers = Promise.allSettled(headers.map((header) => authenticate(header)));
    await expect.poll(() => asked.length).toBe(50);
    open();

    const refusals = (await answers).flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
    expect(refusals).toEqual([7]);
    expect(questions.map(({ length }) => length)).toEqual([1, 49]);
  });
});

describe('with nothing to trust', () => {
  it('every caller is an admin of the organization demo, whatever it sends', async () => {
    organizations.set('demo', 'id-of-demo');
    const { authenticate } = authenticator({});
    const demo = { subject: 'demo', role: 'admin', organizationSlug: 'demo', organizationId: 'id-of-demo' };

    for (const header of [undefined, 'Bearer nonsense', await bearer(claims)]) {
      await expect(authenticate(header)).resolves.toMatchObject(demo);
    }
  });
});

describe("a token signed with a key of the organization's login", () => {
  let server: Server;
  let keys: JWK[];
  let status: number;
  let jwksUrl: string;

  beforeEach(async () => {
    keys = [];
    status = 200;
    server = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  async function signWith(alg: string, kid?: string) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    keys.push({ ...(await exportJWK(publicKey)), ...(kid === undefined ? {} : { kid }) });
    const header = { alg, ...(kid === undefined ? {} : { kid }) };
    return { publicKey, token: await new SignJWT(claims).setProtectedHeader(header).sign(privateKey) };
  }

  it.each(['RS256', 'ES256', 'EdDSA'])('lets its bearer in with %s', async (alg) => {
    const { token } = await signWith(alg, 'one');

    await expect(authenticator({ jwksUrl }).authenticate(`Bearer ${token}`)).resolves.toMatchObject({ subject: 'ana' });
  });

  it('may leave open which of several keys it was', async () => {
    await signWith('ES256');
    const { token } = await signWith('ES256');
    await signWith('ES256');

    await expect(authenticator({ jwksUrl }).authenticate(`Bearer ${token}`)).resolves.toMatchObject({ subject: 'ana' });
  });

  it('is refused when its key is none of them', async () => {
    const { token } = await signWith('ES256', 'one');
    keys = [];
    await signWith('ES256', 'two');

    await expect(authenticator({ jwksUrl }).authenticate(`Bearer ${token}`)).rejects.toEqual(refused('MALFORMED'));
  });

  it('is refused when a public key was taken for a secret', async () => {
    const { publicKey } = await signWith('RS256', 'one');
    const confused = await sign(claims, await exportSPKI(publicKey));
    const modulus = await sign(claims, keys[0]?.n ?? '');

    for (const token of [confused, modulus]) {
      for (const trust of [{ jwksUrl }, { jwksUrl, jwtSecret: SECRET }]) {
        await expect(authenticator(trust).authenticate(`Bearer ${token}`)).rejects.toEqual(refused('MALFORMED'));
      }
    }
  });

  it('is refused where only the secret is trusted', async () => {
    const { token } = await signWith('RS256', 'one');

    await expect(authenticator({ jwtSecret: SECRET }).authenticate(`Bearer ${token}`)).rejects.toEqual(
      refused('MALFORMED'),
    );
  });

  it('is not called bad when the keys cannot be read', async () => {
    const { token } = await signWith('RS256', 'one');
    status = 503;

    await expect(authenticator({ jwksUrl }).authenticate(`Bearer ${token}`)).rejects.toMatchObject({
      name: 'AuthenticationUnavailableError',
      message: 'It can’t be told now who is calling. Try again in a moment.',
    });
    expect(undecided).toMatchObject([{ message: 'The keys at AUTH_JWKS_URL could not be read.' }]);
  });

  it('is as good as one signed with the secret, where both are trusted', async () => {
    const { token } = await signWith('ES256', 'one');
    const { authenticate } = authenticator({ jwksUrl, jwtSecret: SECRET });

    await expect(authenticate(`Bearer ${token}`)).resolves.toMatchObject({ subject: 'ana' });
    await expect(authenticate(await bearer(claims))).resolves.toMatchObject({ subject: 'ana' });
    status = 503;
    now = new Date(NOW.getTime() + 3_600_000);
    await expect(authenticate(await bearer(claims))).resolves.toMatchObject({ subject: 'ana' });
  });
});
