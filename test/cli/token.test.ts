import { decodeJwt } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthenticator } from '../../src/access/tokens.js';
import { assent } from '../support/command-line.js';
import { createTestDatabase } from '../support/database.js';

const AUTH_JWT_SECRET = 'a secret of thirty-two characters';
const ask = ['token', '--org', 'acme', '--role', 'supervisor', '--sub', 'ana'];

const { authenticate } = createAuthenticator({
  trust: { jwtSecret: AUTH_JWT_SECRET, jwksUrl: null },
  organizationIdOf: (slug) => Promise.resolve(`id-of-${slug}`),
  clock: { now: () => new Date() },
});

describe('assent token', () => {
  it('prints a token that lets its bearer in for an hour, and nothing else', async () => {
    const before = Date.now();
    const { code, out } = await assent({ AUTH_JWT_SECRET }, ...ask);
    const viewer = await authenticate(`Bearer ${out}`);

    expect(code).toBe(0);
    expect(viewer).toMatchObject({ subject: 'ana', role: 'supervisor', organizationId: 'id-of-acme', name: 'ana' });
    const lifetime = (viewer.expiresAt?.getTime() ?? 0) - before;
    expect(lifetime).toBeGreaterThan(3_598_000);
    expect(lifetime).toBeLessThan(3_660_000);
  });

  it('gives it the name and the lifetime that are asked for, and tells its end in JSON', async () => {
    const { out } = await assent({ AUTH_JWT_SECRET }, ...ask, '--name', 'Ana', '--ttl', 'P1D', '--json');
    const { token, expiresAt } = JSON.parse(out);

    expect(await authenticate(`Bearer ${token}`)).toMatchObject({ name: 'Ana', expiresAt: new Date(expiresAt) });
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 86_000_000);
  });

  it('is refused without the secret', async () => {
    expect(await assent({ NODE_ENV: 'production' }, ...ask)).toEqual({
      code: 1,
      out: '',
      err: 'assent: AUTH_JWT_SECRET should be set: a token is signed with it.',
    });
  });

  it('understands only roles and lifetimes that exist', async () => {
    const owner = await assent({ AUTH_JWT_SECRET }, 'token', '--org', 'acme', '--sub', 'ana', '--role', 'owner');
    const hour = await assent({ AUTH_JWT_SECRET }, ...ask, '--ttl', '1h');

    expect(owner).toMatchObject({ code: 2, err: expect.stringContaining('agent, supervisor, admin') });
    expect(hour).toMatchObject({ code: 2, err: expect.stringContaining('PT30M') });
  });

  it('names whom it is for and who made it, where the server asks for that', async () => {
    const env = { AUTH_JWT_SECRET, AUTH_JWT_AUDIENCE: 'assent', AUTH_JWT_ISSUER: 'us' };
    const { out } = await assent(env, ...ask);

    expect(decodeJwt(out)).toMatchObject({ aud: 'assent', iss: 'us', sub: 'ana', iat: expect.any(Number) });
  });
});

describe('assent token revoke', () => {
  it('says from when on tokens count again, and writes down who did it', async () => {
    const database = await createTestDatabase();
    onTestFinished(database.close);
    const env = { DATABASE_URL: database.url };
    const revoke = ['token', 'revoke', '--org', 'acme', '--sub', 'ana'];
    expect(await assent(env, ...revoke)).toMatchObject({ code: 1, err: expect.stringContaining('"acme"') });
    await assent(env, 'org', 'create', '--slug', 'acme', '--name', 'Acme');

    const { code, out } = await assent(env, '--as', 'dana', ...revoke);
    const json = await assent(env, ...revoke, '--json');

    expect(code).toBe(0);
    expect(out).toMatch(/^Tokens of "ana" made before 2\d{3}-.*Z are refused; open sockets close within 10 seconds\.$/);
    const { notBefore } = JSON.parse(json.out) as { readonly notBefore: string };
    expect(JSON.parse(json.out)).toEqual({ organization: 'acme', subject: 'ana', notBefore });
    const acts = await database.sql`select actor, target from audit_events where action = 'token.revoke' order by id`;
    expect([...acts]).toMatchObject([{ actor: 'dana', target: 'ana' }, { target: 'ana' }]);
  });
});
