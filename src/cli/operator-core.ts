import { createHash } from 'node:crypto';
import { v7 as newId } from 'uuid';
import type { Config } from '../config.js';
import { createCore, type Core } from '../domain/core.js';
import { erasingWith } from '../erasing.js';
import { notaryOf } from '../notary.js';
import { fixedPolicy } from '../domain/policy.js';
import { createConsentStore } from '../postgres/consent-store.js';
import type { Database } from '../postgres/database.js';
import type { Secrets } from '../postgres/secrets.js';

/** What a command may do by the rules of the domain. Servers see what it committed when they look next. */
export async function operatorCore({
  config,
  database,
  secrets,
}: {
  readonly config: Config;
  readonly database: Database;
  readonly secrets: Secrets;
}): Promise<Pick<Core, 'operate' | 'eraseContact'>> {
  const notary = await notaryOf({ sql: database.sql, secrets });
  const smsForAll = config.sms.sender !== null;
  return createCore({
    store: createConsentStore({ scoped: database.scoped, notary, smsForAll, committed: () => undefined }),
    clock: { now: () => new Date() },
    newId,
    erasure: erasingWith({ sql: database.sql, dataDir: config.dataDir }),
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
    policy: { ...config.optIn, ...config.delivery, ...fixedPolicy },
  });
}
