import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { expectedAt, waitsForTime } from '../domain/conversation/expectation.js';
import type { MessageView } from '../domain/ports/readers.js';
import { Contact } from '../schema/contact.js';
import { Message } from '../schema/message.js';
import type { Context } from './context.js';

/** What a message reads beside itself. The way back to the contact is declared here: the contact's type needs this one. */
@Resolver(() => Message)
export class MessageFields {
  @FieldResolver(() => Contact, { description: 'Whose conversation it belongs to.' })
  contact(@Root() { contactId }: { readonly contactId: string }, @Ctx() { loaders }: Context) {
    return loaders.contacts.load(contactId);
  }

  @FieldResolver()
  attempts(@Root() { id, direction }: MessageView, @Ctx() { loaders }: Context) {
    return direction === 'INBOUND' ? [] : loaders.attempts.load(id);
  }

  @FieldResolver()
  async expectedAt(@Root() message: MessageView, @Ctx() { loaders, clock, policy }: Context) {
    if (!waitsForTime(message)) return null;
    const [organization, queue] = await Promise.all([loaders.organization(), loaders.queues.load(message.contactId)]);
    return queue && expectedAt(message, { organization, queue }, clock.now(), policy);
  }
}
