import { GraphQLError, parse, type GraphQLField, type GraphQLResolveInfo } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { PartnerScope } from '../../src/domain/partner.js';
import { isAllowed, type Action, type Role, type Viewer } from '../../src/domain/viewer.js';
import { buildAssentSchema } from '../../src/resolvers/build-schema.js';
import type { Context } from '../../src/resolvers/context.js';
import { actionsOf, neededActions } from '../../src/resolvers/needed-actions.js';

/** What each operation does. One that is new has to be written here. */
const operations: Readonly<Record<string, Action>> = {
  'Query.viewer': 'read',
  'Query.organization': 'read',
  'Query.node': 'read',
  'Query.contact': 'read',
  'Query.contactByPhone': 'read',
  'Query.contacts': 'read',
  'Query.consentTransitions': 'read',
  'Query.feedCursor': 'read',
  'Query.consentFunnel': 'read',
  'Query.attestation': 'read',
  'Mutation.createContact': 'write',
  'Mutation.sendOptIn': 'write',
  'Mutation.resendOptIn': 'write',
  'Mutation.queueMessage': 'write',
  'Mutation.cancelMessage': 'write',
  'Mutation.switchToSms': 'write',
  'Mutation.recordConsent': 'write',
  'Mutation.withdrawConsent': 'write',
  'Mutation.eraseContact': 'administer',
  'Subscription.consentTransitions': 'read',
  'Subscription.messageUpdates': 'read',
  'Subscription.consentFunnel': 'read',
};

type Caller = { readonly role: Role; readonly scopes: readonly PartnerScope[] | null };

/** What each caller may do. */
const callers: readonly (readonly [name: string, caller: Caller, may: readonly Action[]])[] = [
  ['an agent', { role: 'agent', scopes: null }, ['read', 'write']],
  ['a supervisor', { role: 'supervisor', scopes: null }, ['read']],
  ['an admin', { role: 'admin', scopes: null }, ['read', 'write', 'administer']],
  ['a partner with both scopes', { role: 'partner', scopes: ['read', 'write'] }, ['read', 'write']],
  ['a partner that may read', { role: 'partner', scopes: ['read'] }, ['read']],
  ['a partner that may write', { role: 'partner', scopes: ['write'] }, ['write']],
  ['a partner without scopes', { role: 'partner', scopes: [] }, []],
  ['a partner without a key', { role: 'partner', scopes: null }, []],
];

const schema = buildAssentSchema();
const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
  Object.values(type?.getFields() ?? {}).map((field) => ({ name: `${type?.name}.${field.name}`, field })),
);

function viewerOf({ role, scopes }: Caller): Viewer {
  const access = { partnerId: 'p', keyId: 'k', enforcement: 'OFF' } as const;
  return {
    ...{ subject: 'u', name: null, role, organizationId: 'o', organizationSlug: 'acme', locale: 'en' },
    ...{ issuedAt: null, expiresAt: null, partner: scopes && { ...access, scopes } },
  };
}

class LetIn extends Error {}

/** Whether the field lets a caller in: whatever it reads then, beyond who is calling, shows that it began. */
async function letsIn(field: GraphQLField<unknown, unknown>, caller: Caller): Promise<boolean> {
  const context = new Proxy({ viewer: viewerOf(caller) } as Context, {
    get: (target, name) => {
      if (name === 'viewer') return target.viewer;
      throw new LetIn();
    },
  });
  try {
    await (field.subscribe ?? field.resolve)?.({}, {}, context, {} as GraphQLResolveInfo);
  } catch (error) {
    if (error instanceof GraphQLError && error.extensions['code'] === 'FORBIDDEN') return false;
  }
  return true;
}

describe('every operation', () => {
  it('names one action, and is in the table of this test', () => {
    expect(Object.fromEntries(fields.map(({ name, field }) => [name, actionsOf(field)]))).toEqual(
      Object.fromEntries(Object.entries(operations).map(([name, action]) => [name, [action]])),
    );
  });

  it.each(callers)('lets in %s as far as the table of roles and scopes says', async (_, caller, may) => {
    for (const { name, field } of fields) {
      const action = operations[name];
      const expected = action !== undefined && may.includes(action);
      expect([name, await letsIn(field, caller)]).toEqual([name, expected]);
    }
  });

  it.each(callers)('goes by the one rule, for %s too', (_, caller, may) => {
    const actions = ['read', 'write', 'administer'] as const;

    expect(actions.filter((action) => isAllowed(viewerOf(caller), action))).toEqual(may);
  });
});

describe('what a document demands', () => {
  const document = parse(`
    query Look { ...Both } mutation Write { createContact(input: { phone: "+12025550101", name: "A" }) { replayed } }
    fragment Both on Query { viewer { id } feedCursor }`);

  it('is told for each of its operations, through fragments', () => {
    expect([...neededActions(schema, document, 'Look')]).toEqual(['read']);
    expect([...neededActions(schema, document, 'Write')]).toEqual(['write']);
  });

  it('is all of it when the operation is not said', () => {
    expect([...neededActions(schema, document, null)].sort()).toEqual(['read', 'write']);
  });
});
