import type { JWTPayload } from 'jose';
import type { Clock } from '../domain/ports.js';
import { AuthenticationError } from './authentication-error.js';
import { createTokenVerifier } from './token-verifier.js';
import type { TokenTrust } from './token-verifier.js';
import { agentRoles, type Viewer } from '../domain/viewer.js';

/** The caller as the token says it; a language only where the token names one. */
export type Caller = Omit<Viewer, 'locale'> & { readonly locale: string | null };

/** Tells who is calling from an Authorization header; throws an AuthenticationError when that is nobody we know. */
export interface Authenticator {
  authenticate(authorization: string | undefined): Promise<Caller>;
}

const KNOWN_FOR_MS = 30_000;
const LANGUAGE = /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*$/i;

/** With nothing to trust, every caller is an admin of the organization `demo`, whatever the header says. */
export function createAuthenticator(dependencies: {
  readonly trust: TokenTrust;
  readonly organizationIdOf: (slug: string) => Promise<string | null>;
  readonly clock: Clock;
}): Authenticator {
  const { trust, clock } = dependencies;
  const organizationIdOf = rememberFound(dependencies.organizationIdOf, clock);

  async function inItsOrganization(caller: Omit<Caller, 'organizationId'>): Promise<Caller> {
    const organizationId = await organizationIdOf(caller.organizationSlug);
    if (organizationId === null) throw new AuthenticationError('UNKNOWN_ORGANIZATION');
    return { ...caller, organizationId };
  }

  if (trust.jwtSecret === null && trust.jwksUrl === null) {
    return { authenticate: () => inItsOrganization(demoCaller) };
  }

  const verify = createTokenVerifier(trust, clock);
  return {
    async authenticate(authorization) {
      return inItsOrganization(callerOf(await verify(tokenIn(authorization))));
    },
  };
}

const demoCaller: Omit<Caller, 'organizationId'> = {
  subject: 'demo',
  name: 'Demo',
  role: 'admin',
  organizationSlug: 'demo',
  locale: null,
  expiresAt: null,
  partner: null,
};

function tokenIn(authorization: string | undefined): string {
  if (authorization === undefined || authorization.trim() === '') throw new AuthenticationError('MISSING');
  const token = /^\s*Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1];
  if (token === undefined) throw new AuthenticationError('MALFORMED');
  return token;
}

function callerOf(claims: JWTPayload): Omit<Caller, 'organizationId'> {
  const { sub, org, name, locale, exp } = claims;
  if (!isText(sub) || !isText(org)) throw new AuthenticationError('MALFORMED');
  const role = agentRoles.find((known) => known === claims['role']);
  if (role === undefined) throw new AuthenticationError('UNKNOWN_ROLE');
  return {
    subject: sub,
    name: isText(name) ? name : sub,
    role,
    organizationSlug: org,
    locale: isText(locale) && LANGUAGE.test(locale) ? locale : null,
    expiresAt: exp === undefined ? null : new Date(exp * 1000),
    partner: null,
  };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

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
