import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ConsentTransition } from '../schema/consent-transition.js';
import { Contact } from '../schema/contact.js';
import type { Context } from './context.js';

/** The way back to the contact; declared here because the contact's own type needs the transition's. */
@Resolver(() => ConsentTransition)
export class TransitionFields {
  @FieldResolver(() => Contact, {
    description: 'Whose consent it is. Its fields show the contact as it is now, not as it was then.',
  })
  contact(@Root() { contactId }: { readonly contactId: string }, @Ctx() { loaders }: Context) {
    return loaders.contacts.load(contactId);
  }
}
