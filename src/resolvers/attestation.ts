import { GraphQLError } from 'graphql';
import { Arg, Authorized, Ctx, ID, Query, Resolver } from 'type-graphql';
import { isAllowed, type Action } from '../domain/viewer.js';
import { Attestation } from '../schema/attestation.js';
import { fromGlobalId } from '../schema/global-id.js';
import type { Context } from './context.js';

/** About as much work as a page of a conversation. */
const COST = 100;
const RETRY_AFTER_MS = 1_000;

@Resolver()
export class AttestationResolver {
  @Authorized<Action>('read')
  @Query(() => Attestation, {
    nullable: true,
    complexity: ({ childComplexity }) => COST + childComplexity,
    description:
      'The attestation of one contact; null when the organization has none of that id, or nothing is recorded of it. Of an erased contact only admins get it, and nothing in it says who it was.',
  })
  async attestation(
    @Arg('contactId', () => ID, { description: 'The `id` of a Contact.' }) globalId: string,
    @Ctx() { attestations, loaders, viewer }: Context,
  ): Promise<Attestation | null> {
    const contactId = fromGlobalId('Contact', globalId);
    const contact = contactId === null ? null : await loaders.contacts.load(contactId);
    if (contactId === null || !contact) return null;
    if (contact.consent.erasedAt && !isAllowed(viewer, 'administer')) return null;
    const attested = await attestations.attest(viewer.organizationId, contactId);
    if (!attested) return null;
    if (attested.outcome !== 'ATTESTED') {
      throw attested.outcome === 'NOT_SIGNED' ? notYet(attested.detail) : new Error(attested.detail);
    }
    const { checkpoint, size, entries, publicKey, bundle } = attested;
    return { contactId: globalId, checkpoint, size, entries, publicKey, bundle };
  }
}

function notYet(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'SERVICE_UNAVAILABLE', retryAfterMs: RETRY_AFTER_MS } });
}
