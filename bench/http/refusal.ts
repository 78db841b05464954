import { parse } from 'graphql';
import { createAdmission } from '../../src/access/admission.js';
import { limits } from '../../src/access/limits.js';
import type { Enforcement } from '../../src/domain/partner.js';
import type { Viewer } from '../../src/domain/viewer.js';
import { buildAssentSchema } from '../../src/resolvers/build-schema.js';
import { now } from '../support/clock.js';
import { serve } from '../support/serve.js';

// What refusing an unknown text costs a server, beside parsing it. Each turn has another text, as an attacker has.
const EACH = 1_000;
const fields = 'id name phone consent { status changedAt resendAvailableAt } composer { mode heldCount notice }';
const textOf = (number: number): string =>
  `query Unknown${number}($id: ID!) { contact(id: $id) { ${fields} messages(first: 20) { nodes { id body status createdAt } pageInfo { hasNextPage endCursor } } transitions(first: 20) { nodes { eventId from to cause occurredAt } } } }`;

const { admit } = createAdmission({
  schema: buildAssentSchema(),
  revealsSchema: false,
  log: { warn: () => undefined },
});

const partner = (enforcement: Enforcement): Viewer => ({
  ...{ subject: 'partner:1', name: 'Partner', role: 'partner', organizationId: '1', organizationSlug: 'bench' },
  ...{ locale: 'en', issuedAt: null, expiresAt: null },
  partner: { partnerId: '1', keyId: '1', enforcement, scopes: ['read', 'write'] },
});
const idOnly = partner('ID_ONLY');
const safelist = partner('SAFELIST');

let texts = 0;
async function timeOf(one: (text: string) => unknown): Promise<number> {
  const given = Array.from({ length: EACH }, () => textOf((texts += 1)));
  const begun = now();
  for (const text of given) await one(text);
  return (now() - begun) / EACH;
}

async function refuse(viewer: Viewer, text: string): Promise<void> {
  const answer = await admit(viewer, { query: text, variables: { id: 'x' } }, 'HTTP_POST');
  if (!('errors' in answer)) throw new Error('an unknown text was admitted');
}

/** Milliseconds for each text. */
export type Refusals = { readonly idOnly: number; readonly safelist: number; readonly parse: number };

serve({
  measure: async (): Promise<Refusals> => ({
    idOnly: await timeOf((text) => refuse(idOnly, text)),
    safelist: await timeOf((text) => refuse(safelist, text)),
    parse: await timeOf((text) => parse(text, { maxTokens: limits.tokens })),
  }),
});
