import type { JWTPayload } from 'jose';
import type { PartnerKeys } from '../domain/partner.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Permission, Revocations } from '../domain/ports/revocations.js';
import { AuthenticationError, AuthenticationUnavailableError } from './authentication-error.js';
import { createPartnerAuthenticator } from './partner-authenticator.js';
import { looksLikeKey } from './partner-keys.js';
import { createStanding } from './standing.js';
import { createTokenVerifier } from './token-verifier.js';
import type { TokenTrust } from './token-verifier.js';
import { agentRoles, type Viewer } from '../domain/viewer.js';

/** The caller as the token says it; a language only where the token names one. */
export type Caller = Omit<Viewer, 'locale'> & { readonly locale: string | null };

/**
 * Tells who is calling from an Authorization header. Throws an AuthenticationError when that is nobody we know, and an
 * AuthenticationUnavailableError when it can't be told now: the keys of the login or the database are away.
 */
export interface Authenticator {
  authenticate(authorization: string | undefined): Promise<Caller>;
  /** For each caller that was let in before, in their order, whether they may stay. One question for all. */
  stillValid(callers: readonly Permission[]): Promise<readonly boolean[]>;
}

const KNOWN_FOR_MS = 30_000;
/** The last second that a Date can hold. */
const END_OF_TIME_S = 8_640_000_000_000;
const LANGUAGE = /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*$/i;

/**
 * With nothing to trust, every caller is an admin of the organization `demo`, whatever the header says; but whoever shows
 * a partner's key is that partner, so that keys can be tried.
 */
export function createAuthenticator(dependencies: {
  readonly trust: TokenTrust;
  /** Without them no key is good. */
  readonly partnerKeys?: PartnerKeys;
  readonly organizationIdOf: (slug: string) => Promise<string | null>;
  /** Without them a token is good until it ends. */
  readonly revocations?: Revocations;
  readonly clock: Clock;
  /** Told why it can't be told who is calling. */
  readonly undecided?: (cause: unknown) => void;
}): Authenticator {
  const { trust, clock, partnerKeys: keys = noKeys, revocations = noRevocations, undecided } = dependencies;
  const organizationIdOf = rememberFound(dependencies.organizationIdOf, clock);
  const partnerOf = createPartnerAuthenticator({ keys, clock });
  const asPartner = async (key: string): Promise<Caller> => ({ ...(await partnerOf(key)), locale: null });

  async function inItsOrganization(caller: Omit<Caller, 'organizationId'>): Promise<Caller> {
    const organizationId = await organizationIdOf(caller.organizationSlug);
    if (organizationId === null) throw new AuthenticationError('UNKNOWN_ORGANIZATION');
    return { ...caller, organizationId };
  }

  async function openToAll(authorization: string | undefined): Promise<Caller> {
    const key = bearerOf(authorization);
    return key !== null && looksLikeKey(key) ? asPartner(key) : inItsOrganization(demoCaller);
  }

  async function byToken(authorization: string | undefined): Promise<Caller> {
    const token = tokenIn(authorization);
    if (looksLikeKey(token)) return asPartner(token);
    const caller = await inItsOrganization(callerOf(await verify(token)));
    if (!(await standing.isValid(caller))) throw new AuthenticationError('REVOKED');
    return caller;
  }

  const verify = createTokenVerifier(trust, clock);
  const standing = createStanding({ revocations, clock });
  const callerWith = trust.jwtSecret === null && trust.jwksUrl === null ? openToAll : byToken;
  return {
    async authenticate(authorization) {
      try {
        return await callerWith(authorization);
      } catch (cause) {
        if (cause instanceof AuthenticationError) throw cause;
        undecided?.(cause);
        throw new AuthenticationUnavailableError({ cause });
      }
    },
    stillValid: (callers) => revocations.stillValid(callers),
  };
}

const noKeys: PartnerKeys = { find: () => Promise.resolve(null), used: () => undefined };

const noRevocations: Revocations = { stillValid: (callers) => Promise.resolve(callers.map(() => true)) };

const demoCaller: Omit<Caller, 'organizationId'> = {
  subject: 'demo',
  name: 'Demo',
  role: 'admin',
  organizationSlug: 'demo',
  locale: null,
  issuedAt: null,
  expiresAt: null,
  partner: null,
};

function tokenIn(authorization: string | undefined): string {
  if (authorization === undefined || authorization.trim() === '') throw new AuthenticationError('MISSING');
  const token = bearerOf(authorization);
  if (token === null) throw new AuthenticationError('MALFORMED');
  return token;
}

function bearerOf(authorization: string | undefined): string | null {
  return /^\s*Bearer\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1] ?? null;
}

function callerOf(claims: JWTPayload): Omit<Caller, 'organizationId'> {
  const { sub, org, name, locale, iat, exp } = claims;
  if (!isText(sub) || !isText(org)) throw new AuthenticationError('MALFORMED');
  const role = agentRoles.find((known) => known === claims['role']);
  if (role === undefined) throw new AuthenticationError('UNKNOWN_ROLE');
  return {
    subject: sub,
    name: isText(name) ? name : sub,
    role,
    organizationSlug: org,
    locale: isText(locale) && LANGUAGE.test(locale) ? locale : null,
    issuedAt: dateOf(iat),
    expiresAt: dateOf(exp),
    partner: null,
  };
}

/** Null for what is left out, and for what lies beyond all dates. */
function dateOf(seconds: number | undefined): Date | null {
  return seconds === undefined || Math.abs(seconds) > END_OF_TIME_S ? null : new Date(seconds * 1000);
}

/** No database keeps a NUL in a text. */
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && !value.includes('\0');

/** What was found is remembered for a moment; what was not is asked for again, so a new organization is known at once. */
function rememberFound(find: (slug: string) => Promise<string | null>, clock: Clock) {
  const found = new Map<string, { readonly id: string; readonly until: number }>();
  return async (slug: string): Promise<string | null> => {
    const now = clock.now().getTime();
    const known = found.get(slug);
    if (known !== undefined && now < known.until) return known.id;
    const id = await find(slug);
    if (id === null) found.delete(slug);
    else found.set(slug, { id, until: now + KNOWN_FOR_MS });
    return id;
  };
}
