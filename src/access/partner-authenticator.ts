import type { PartnerKeys } from '../domain/partner.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Viewer } from '../domain/viewer.js';
import { AuthenticationError } from './authentication-error.js';
import { isSameHash, readPartnerKey } from './partner-keys.js';

/**
 * Tells which partner shows a key. All its keys are one caller, so that a key can be exchanged without a repeated
 * request becoming another's. Throws an AuthenticationError for a key that is not good, or no longer.
 */
export function createPartnerAuthenticator(dependencies: { readonly keys: PartnerKeys; readonly clock: Clock }) {
  const { keys, clock } = dependencies;

  return async (token: string): Promise<Omit<Viewer, 'locale'>> => {
    const shown = readPartnerKey(token);
    if (shown === null) throw new AuthenticationError('KEY_NOT_WHOLE');
    const key = await keys.find(shown.keyId);
    if (key === null || !isSameHash(key.hash, shown.hash)) throw new AuthenticationError('KEY_UNKNOWN');
    const now = clock.now();
    if (key.revokedAt !== null) throw new AuthenticationError('KEY_REVOKED');
    if (key.expiresAt !== null && key.expiresAt <= now) throw new AuthenticationError('KEY_EXPIRED');
    keys.used(key, now);
    const { partnerId, keyId, enforcement, scopes } = key;
    return {
      subject: `partner:${partnerId}`,
      name: key.partnerName,
      role: 'partner',
      organizationId: key.organizationId,
      organizationSlug: key.organizationSlug,
      issuedAt: null,
      expiresAt: key.expiresAt,
      partner: { partnerId, keyId, enforcement, scopes },
    };
  };
}
