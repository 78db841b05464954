import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
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
  const publicKeys = trust.jwksUrl === null ? null : readKeysAt(new URL(trust.jwksUrl));

  return async (token) => {
    const algorithm = algorithmOf(token);
    const currentDate = clock.now();
    try {
      if (secret !== null && SECRET_ALGORITHMS.includes(algorithm)) {
        return (await jwtVerify(token, secret, { algorithms: SECRET_ALGORITHMS, currentDate })).payload;
      }
      if (publicKeys !== null && PUBLIC_KEY_ALGORITHMS.includes(algorithm)) {
        return await verifyWithAnyOf(publicKeys, token, { algorithms: PUBLIC_KEY_ALGORITHMS, currentDate });
      }
    } catch (cause) {
      if (!(cause instanceof errors.JOSEError)) throw cause;
      throw new AuthenticationError(cause instanceof errors.JWTExpired ? 'EXPIRED' : 'MALFORMED', { cause });
    }
    throw new AuthenticationError('MALFORMED');
  };
}

function algorithmOf(token: string): string {
  try {
    return decodeProtectedHeader(token).alg ?? 'none';
  } catch (cause) {
    throw new AuthenticationError('MALFORMED', { cause });
  }
}

/** Tells a key that is not there from keys that can't be read: then the token may well be good. */
function readKeysAt(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      const isAnswer = cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys;
      throw isAnswer ? cause : new Error('The keys at AUTH_JWKS_URL could not be read.', { cause });
    }
  };
}

/** A token may leave open which of the keys signed it. */
async function verifyWithAnyOf(keys: JWTVerifyGetKey, token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
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
    throw error;
  }
}
