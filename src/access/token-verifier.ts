import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import type { Clock } from '../domain/ports/clock.js';
import { AuthenticationError } from './authentication-error.js';
import { createLoginKeys } from './login-keys.js';

/** What makes a token good: a secret shared with who signs, or the public keys of a login at a URL, or either. */
export type TokenTrust = {
  readonly jwtSecret: string | null;
  readonly jwksUrl: string | null;
  /** What `aud` must name; not looked at where it is left out. */
  readonly audience?: string | null;
  /** What `iss` must be; not looked at where it is left out. */
  readonly issuer?: string | null;
};

/** The claims of a token that was signed by whom we trust and is valid now. */
export type VerifyToken = (token: string) => Promise<JWTPayload>;

/** A token that was good is not verified again for so long, and so many are remembered. */
const GOOD_FOR_MS = 10_000;
const REMEMBERED = 10_000;
const SECRET_ALGORITHMS = ['HS256'];
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
/** How far the clock of who signs may be ahead of ours: a token counts so much before its `nbf`. It ends at its `exp`. */
const CLOCK_TOLERANCE_S = 5;

/**
 * Each kind of key is used with its own algorithms alone, so a public key is never taken for a secret and an unsigned
 * token is none. Throws an AuthenticationError for a bad token; when the login's keys can't be read, another error.
 */
export function createTokenVerifier(trust: TokenTrust, clock: Clock): VerifyToken {
  const secret = trust.jwtSecret === null ? null : new TextEncoder().encode(trust.jwtSecret);
  const publicKeys = trust.jwksUrl === null ? null : createLoginKeys({ url: trust.jwksUrl, clock });

  async function claimsOf(token: string, rules: JWTVerifyOptions): Promise<JWTPayload> {
    const algorithm = algorithmOf(token);
    if (secret !== null && SECRET_ALGORITHMS.includes(algorithm)) {
      return (await jwtVerify(token, secret, { ...rules, algorithms: SECRET_ALGORITHMS })).payload;
    }
    if (publicKeys !== null && PUBLIC_KEY_ALGORITHMS.includes(algorithm)) {
      return verifyWithAnyOf(publicKeys, token, { ...rules, algorithms: PUBLIC_KEY_ALGORITHMS });
    }
    throw new AuthenticationError('MALFORMED');
  }

  const good = new Map<string, { readonly claims: JWTPayload; readonly until: number }>();

  function remember(token: string, claims: JWTPayload, now: number): void {
    const [oldest] = good.keys();
    if (good.size >= REMEMBERED && oldest !== undefined) good.delete(oldest);
    good.set(token, { claims, until: Math.min(now + GOOD_FOR_MS, (claims.exp ?? Infinity) * 1000) });
  }

  return async (token) => {
    const currentDate = clock.now();
    const known = good.get(token);
    if (known && currentDate.getTime() < known.until) return known.claims;
    good.delete(token);
    const rules = {
      currentDate,
      clockTolerance: CLOCK_TOLERANCE_S,
      ...(trust.audience != null && { audience: trust.audience }),
      ...(trust.issuer != null && { issuer: trust.issuer }),
    };
    try {
      const claims = await claimsOf(token, rules);
      if (claims.exp !== undefined && claims.exp * 1000 <= currentDate.getTime()) {
        throw new AuthenticationError('EXPIRED');
      }
      remember(token, claims, currentDate.getTime());
      return claims;
    } catch (cause) {
      if (!(cause instanceof errors.JOSEError)) throw cause;
      throw new AuthenticationError(reasonOf(cause), { cause });
    }
  };
}

function reasonOf(error: errors.JOSEError): AuthenticationError['reason'] {
  if (error instanceof errors.JWTExpired) return 'EXPIRED';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'MALFORMED';
  if (error.claim === 'nbf' && error.reason === 'check_failed') return 'NOT_YET_VALID';
  if (error.claim === 'aud') return 'WRONG_AUDIENCE';
  return error.claim === 'iss' ? 'WRONG_ISSUER' : 'MALFORMED';
}

function algorithmOf(token: string): string {
  try {
    return decodeProtectedHeader(token).alg ?? 'none';
  } catch (cause) {
    throw new AuthenticationError('MALFORMED', { cause });
  }
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
