import { createHash } from 'node:crypto';
import { v7 as newId } from 'uuid';
import { readCommandConfig } from '../../src/config.js';
import { createCore } from '../../src/domain/core.js';
import type { Caller } from '../../src/domain/deciding.js';
import { fixedPolicy } from '../../src/domain/policy.js';
import { notaryOf } from '../../src/notary.js';
import { createConsentStore } from '../../src/postgres/consent-store.js';
import { createErasure } from '../../src/postgres/erasure.js';
import { loadKeyRing } from '../../src/postgres/key-ring.js';
import { openProtectedDatabase } from '../../src/postgres/protected-database.js';
import { createReaders } from '../../src/postgres/readers.js';
import { fromGlobalId, toGlobalId } from '../../src/schema/global-id.js';

type Input = { readonly contactId: string; readonly source: 'OTHER'; readonly note?: string };

/** What the peers do behind their GraphQL: what Assent does, with the same statements on as many connections. */
export async function openWork(env: NodeJS.ProcessEnv) {
  const config = readCommandConfig(env);
  const database = await openProtectedDatabase(config.databaseUrl ?? '', { connections: 10 });
  const { sql, scoped } = database;
  const { secrets } = await loadKeyRing({ ...config, embedded: false, sql });
  const readers = createReaders(scoped, false);
  const core = createCore({
    store: createConsentStore({
      scoped,
      notary: await notaryOf({ sql, secrets }),
      smsForAll: false,
      committed: () => undefined,
    }),
    clock: { now: () => new Date() },
    newId,
    erasure: createErasure(sql),
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
    policy: { ...config.optIn, ...config.delivery, ...fixedPolicy },
  });
  const organizationId = env['ORGANIZATION_ID'] ?? '';
  const caller: Caller = { organizationId, id: 'agent', name: 'agent' };

  async function record(how: 'recordConsent' | 'withdrawConsent', { contactId, source, note }: Input) {
    const outcome = await core[how](caller, {
      contactId: fromGlobalId('Contact', contactId) ?? '',
      at: null,
      evidence: { source, reference: null, note: note ?? null },
      idempotencyKey: null,
    });
    if (outcome.refusal) return { replayed: false, userErrors: [{ code: outcome.refusal.code }] };
    // Assent's payload shows the contact as it is now.
    await readers.contacts(organizationId, [outcome.contactId]);
    return { replayed: outcome.replayed, userErrors: [] };
  }

  return {
    contact: async ({ id }: { readonly id: string }) => {
      const [found] = await readers.contacts(organizationId, [fromGlobalId('Contact', id) ?? '']);
      if (!found) return null;
      const { name, phone, consent } = found;
      return { id: toGlobalId('Contact', found.id), name, phone, consent: { status: consent.status } };
    },
    recordConsent: ({ input }: { readonly input: Input }) => record('recordConsent', input),
    withdrawConsent: ({ input }: { readonly input: Input }) => record('withdrawConsent', input),
  };
}
