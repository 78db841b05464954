import { createAdmission } from '../access/admission.js';
import { createRateLimits } from '../access/rate-limits.js';
import { createAuthenticator } from '../access/tokens.js';
import type { Config } from '../config.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import { createPartnerKeys } from '../postgres/partner-keys.js';
import { createPublishedDocuments } from '../postgres/published-documents.js';
import { createPointStore } from '../postgres/rate-limits.js';
import { createRevocations } from '../postgres/revocations.js';
import type { buildAssentSchema } from '../resolvers/build-schema.js';
import type { Storage } from './storage.js';

export type Access = ReturnType<typeof createAccess>;

/** Who is calling, what they may run, and how much of it. */
export function createAccess(options: {
  readonly config: Config;
  readonly demo: boolean;
  readonly schema: ReturnType<typeof buildAssentSchema>;
  readonly storage: Pick<Storage, 'database' | 'organizations'>;
  readonly clock: Clock;
  readonly log: Logger;
}) {
  const { config, demo, schema, storage, clock, log } = options;
  const { sql, scoped } = storage.database;
  const partnerKeys = createPartnerKeys({ sql, clock });
  const publishedDocuments = createPublishedDocuments({ sql, scoped, clock });
  const authenticator = createAuthenticator({
    trust: config.auth,
    partnerKeys,
    organizationIdOf: async (slug) => (await storage.organizations.findBySlug(slug))?.id ?? null,
    revocations: createRevocations(scoped),
    clock,
    undecided: (error) => log.warn({ err: error }, 'a caller could not be told from its token now'),
  });
  // A server without authentication has one caller, who is trying it.
  const pointsOf = (name: string, pointsPerMinute: number | null) =>
    demo || pointsPerMinute === null ? null : createPointStore({ sql, name, pointsPerMinute, log });
  const { rates } = config.operations;
  const rateLimits = createRateLimits({
    callers: pointsOf('caller', rates.caller),
    organizations: pointsOf('organization', rates.organization),
    clock,
  });
  const revealsSchema = !config.production;
  const admission = createAdmission({ schema, revealsSchema, publishedDocuments, rateLimits, log });
  return { authenticator, admission, partnerKeys, publishedDocuments };
}
