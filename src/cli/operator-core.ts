import { createHash } from 'node:crypto';
import { v7 as newId } from 'uuid';
import type { Config } from '../config.js';
import { createCore, type Core } from '../domain/core.js';
import { fixedPolicy } from '../domain/policy.js';
import { createConsentStore } from '../postgres/consent-store.js';
import type { Database } from '../postgres/database.js';

/** What a command may do by the rules of the domain. Servers see what it committed when they look next. */
export function operatorCore({
  config,
  database,
}: {
  readonly config: Config;
  readonly database: Database;
}): Pick<Core, 'operate'> {
  const smsForAll = config.sms.sender !== null;
  return createCore({
    store: createConsentStore({ sql: database.sql, smsForAll, committed: () => undefined }),
    clock: { now: () => new Date() },
    newId,
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
    policy: { ...config.optIn, ...config.delivery, ...fixedPolicy },
  });
}
