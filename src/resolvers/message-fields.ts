import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Contact } from '../schema/contact.js';
import { Message } from '../schema/message.js';
import type { Context } from './context.js';

/** The way back to the contact; declared here because the contact's own type needs the message's. */
@Resolver(() => Message)
export class MessageFields {
  @FieldResolver(() => Contact, { description: 'Whose conversation it belongs to.' })
  contact(@Root() { contactId }: { readonly contactId: string }, @Ctx() { loaders }: Context) {
    return loaders.contacts.load(contactId);
  }
}
