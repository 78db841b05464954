import { createNotary, type KeyWrap } from './attestation/notary.js';
import { rememberingKeys } from './attestation/opened-keys.js';
import { pooledRandomBytes } from './attestation/random-pool.js';
import { build } from './build.js';
import type { Notary } from './domain/ports/consent-store.js';
import type { Database } from './postgres/database.js';
import { durabilityOf } from './postgres/durability.js';
import type { Secrets } from './postgres/secrets.js';

/** The notary of this installation: contacts' keys are encrypted with its own. */
export async function notaryOf({
  sql,
  secrets,
}: Pick<Database, 'sql'> & { readonly secrets: Secrets }): Promise<Notary> {
  return createNotary({
    keys: rememberingKeys(contactKeysOf(secrets)),
    randomBytes: pooledRandomBytes(),
    system: { build, ...(await durabilityOf(sql)) },
  });
}

/** Keys that are stored encrypted with that of the installation, each for its place alone. */
export function keysFor(secrets: Secrets, place: string): KeyWrap {
  return {
    wrap: (key, id) => secrets.seal(Buffer.from(key).toString('base64'), `${place} ${id}`),
    unwrap: (wrapped, id) => Buffer.from(secrets.open(wrapped, `${place} ${id}`), 'base64'),
  };
}

/** The keys of contacts. */
export function contactKeysOf(secrets: Secrets): KeyWrap {
  return keysFor(secrets, 'log_key');
}
