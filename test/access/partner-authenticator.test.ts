import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { makePartnerKey } from '../../src/access/partner-keys.js';
import { createAuthenticator } from '../../src/access/tokens.js';
import type { PartnerKey } from '../../src/domain/partner.js';

const NOW = new Date('2026-11-22T12:00:00Z');
const shown = makePartnerKey(randomBytes);

let now: Date;
let asked: string[];
let used: { readonly keyId: string; readonly at: Date }[];
let kept: Map<string, PartnerKey>;

const keyOf = ({ keyId, hash }: Pick<PartnerKey, 'keyId' | 'hash'>, more: Partial<PartnerKey> = {}): PartnerKey => ({
  keyId,
  hash,
  organizationId: 'id-of-acme',
  organizationSlug: 'acme',
  partnerId: 'id-of-billing',
  partnerName: 'Billing',
  enforcement: 'ID_ONLY',
  scopes: ['read'],
  expiresAt: new Date('2027-11-22T12:00:00Z'),
  revokedAt: null,
  ...more,
});

beforeEach(() => {
  now = NOW;
  asked = [];
  used = [];
  kept = new Map([[shown.keyId, keyOf(shown)]]);
});

const authenticate = (key: string, jwtSecret: string | null = 'a secret of thirty-two characters') =>
  createAuthenticator({
    trust: { jwtSecret, jwksUrl: null },
    organizationIdOf: (slug) => Promise.resolve(`id-of-${slug}`),
    partnerKeys: {
      find: (keyId) => {
        asked.push(keyId);
        return Promise.resolve(kept.get(keyId) ?? null);
      },
      used: ({ keyId }, at) => used.push({ keyId, at }),
    },
    clock: { now: () => now },
  }).authenticate(`Bearer ${key}`);

const refused = (reason: string) => expect.objectContaining({ name: 'AuthenticationError', reason });

describe('a caller with a key', () => {
  it('is the partner, with what the key allows and until it ends', async () => {
    expect(await authenticate(shown.key)).toEqual({
      subject: 'partner:id-of-billing',
      name: 'Billing',
      role: 'partner',
      organizationId: 'id-of-acme',
      organizationSlug: 'acme',
      locale: null,
      issuedAt: null,
      expiresAt: new Date('2027-11-22T12:00:00Z'),
      partner: { partnerId: 'id-of-billing', keyId: shown.keyId, enforcement: 'ID_ONLY', scopes: ['read'] },
    });
    expect(used).toEqual([{ keyId: shown.keyId, at: NOW }]);
  });

  it('is the same caller with each key of the partner', async () => {
    const next = makePartnerKey(randomBytes);
    kept.set(next.keyId, keyOf(next));

    expect((await authenticate(next.key)).subject).toBe((await authenticate(shown.key)).subject);
  });

  it('is a partner also where everybody else is an admin', async () => {
    await expect(authenticate(shown.key, null)).resolves.toMatchObject({ role: 'partner', name: 'Billing' });
    await expect(authenticate('assent_123', null)).rejects.toEqual(refused('KEY_NOT_WHOLE'));
  });

  it('is refused without a look-up when the key is not whole', async () => {
    await expect(authenticate(shown.key.slice(0, -1))).rejects.toEqual(refused('KEY_NOT_WHOLE'));
    await expect(authenticate(`${shown.key}x`)).rejects.toEqual(refused('KEY_NOT_WHOLE'));
    expect(asked).toEqual([]);
  });

  it('is refused when the key is unknown, or only its id is known', async () => {
    await expect(authenticate(makePartnerKey(randomBytes).key)).rejects.toEqual(refused('KEY_UNKNOWN'));
    kept.set(shown.keyId, keyOf({ keyId: shown.keyId, hash: makePartnerKey(randomBytes).hash }));
    await expect(authenticate(shown.key)).rejects.toEqual(refused('KEY_UNKNOWN'));
    expect(used).toEqual([]);
  });

  it('is refused from the moment at which the key ends, or is revoked', async () => {
    now = new Date('2027-11-22T11:59:59.999Z');
    await expect(authenticate(shown.key)).resolves.toMatchObject({ role: 'partner' });
    now = new Date('2027-11-22T12:00:00Z');
    await expect(authenticate(shown.key)).rejects.toEqual(refused('KEY_EXPIRED'));

    kept.set(shown.keyId, keyOf(shown, { revokedAt: NOW }));
    await expect(authenticate(shown.key)).rejects.toEqual(refused('KEY_REVOKED'));
  });

  it('is no partner where no keys are kept', async () => {
    const { authenticate: withoutKeys } = createAuthenticator({
      trust: { jwtSecret: 'a secret of thirty-two characters', jwksUrl: null },
      organizationIdOf: () => Promise.resolve(null),
      clock: { now: () => now },
    });

    await expect(withoutKeys(`Bearer ${shown.key}`)).rejects.toEqual(refused('KEY_UNKNOWN'));
  });
});
