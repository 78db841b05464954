import { Arg, Authorized, Ctx, ID, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import type { MessageView } from '../domain/ports/readers.js';
import type { Action } from '../domain/viewer.js';
import { Message } from '../schema/message.js';
import type { Context } from './context.js';
import { subscribedContact } from './subscribed-contact.js';

type Subscribing = SubscribeResolverData<unknown, { readonly contactId: string }, Context>;

@Resolver()
export class MessageUpdatesResolver {
  @Authorized<Action>('read')
  @Subscription(() => Message, {
    description:
      "One conversation, for the agent's screen: each message whenever it is written, received or its status changes, from now on.",
    subscribe: async ({ args, context }: Subscribing) =>
      context.feed.messageUpdates(context.viewer.organizationId, await subscribedContact(args.contactId, context)),
  })
  messageUpdates(
    @Root() message: MessageView,
    @Arg('contactId', () => ID, {
      description: 'The `id` of a contact of the organization; any other is answered with BAD_USER_INPUT.',
    })
    _contactId: string,
    @Ctx() { loaders }: Context,
  ): MessageView {
    loaders.forget();
    return message;
  }
}
