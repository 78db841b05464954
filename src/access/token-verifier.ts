import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyOptions } from 'jose';
import type { Clock } from '../domain/ports.js';
import { AuthenticationError } from './authentication-error.js';

/** What makes a token good: a secret shared with who signs, or the public keys of a login at a URL. */
export type TokenTrust = { readonly jwtSecret: string | null; readonly jwksUrl: string | null };

/** The claims of a token that was signed by whom we trust and is valid now. */
export type VerifyToken = (token: string) => Promise<JWTPayload>;

const SECRET_ALGORITHMS = ['HS256'];
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

/**
 * Each kind of key is used with its own algorithms alone, so a public key is never taken for a secret and an unsigned
 * token is none. Throws an AuthenticationError for a bad token; when the login's keys can't be read, another error.
 */
export function createTokenVerifier(trust: TokenTrust, clock: Clock): VerifyToken {
  const secret = trust.jwtSecret === null ? null : new TextEncoder().encode(trust.jwtSecret);
  const publicKeys = trust.jwksUrl === null ? null : createRemoteJWKSet(new URL(trust.jwksUrl));

  return async (token) => {
    try {
      const algorithm = decodeProtectedHeader(token).alg ?? '';
      const currentDate = clock.now();
      if (secret !== null && SECRET_ALGORITHMS.includes(algorithm)) {
        return (await jwtVerify(token, secret, { algorithms: SECRET_ALGORITHMS, currentDate })).payload;
      }
      if (publicKeys !== null && PUBLIC_KEY_ALGORITHMS.includes(algorithm)) {
        return await verifyWithAnyOf(publicKeys, token, { algorithms: PUBLIC_KEY_ALGORITHMS, currentDate });
      }
    } catch (cause) {
      throw isOurTrouble(cause) ? cause : new AuthenticationError(reasonOf(cause), { cause });
    }
    throw new AuthenticationError('MALFORMED');
  };
}

/** A token may leave open which of the login's keys signed it. */
async function verifyWithAnyOf(
  keys: ReturnType<typeof createRemoteJWKSet>,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (cause) {
        if (!(cause instanceof errors.JWSSignatureVerificationFailed)) throw cause;
      }
    }
    throw new AuthenticationError('MALFORMED');
  }
}

/** The keys could not be read: the token may well be good, and the caller should come again. */
function isOurTrouble(error: unknown): boolean {
  if (error instanceof errors.JWKSNoMatchingKey) return false;
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  if (error instanceof errors.JOSEError) return error.code === 'ERR_JOSE_GENERIC';
  return error instanceof TypeError && error.message === 'fetch failed';
}

function reasonOf(error: unknown): AuthenticationError['reason'] {
  return error instanceof errors.JWTExpired ? 'EXPIRED' : 'MALFORMED';
}
