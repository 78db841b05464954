import { Args, Authorized, Ctx, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import type { FeedItem } from '../domain/ports/feed.js';
import type { Action } from '../domain/viewer.js';
import { ConsentFeedItem } from '../schema/consent-feed.js';
import { ConsentTransitionsFeedArgs } from '../schema/consent-transition.js';
import type { Context } from './context.js';
import { subscribedContact } from './subscribed-contact.js';
import { transitionItem } from './transition-item.js';

type Subscribing = SubscribeResolverData<unknown, ConsentTransitionsFeedArgs, Context>;

@Resolver()
export class ConsentTransitionsFeedResolver {
  @Authorized<Action>('read')
  @Subscription(() => ConsentFeedItem, {
    description:
      'Consent transitions of the organization: replay after a cursor, then live, in one ordered stream without a gap. Each is delivered at least once; recognise a repetition by `eventId`.',
    subscribe: async ({ args, context }: Subscribing) => {
      const contactId = args.contactId == null ? null : await subscribedContact(args.contactId, context);
      return context.feed.transitions(context.viewer.organizationId, {
        after: args.after ?? null,
        filter: { contactId, statuses: args.statuses?.length ? args.statuses : null },
      });
    },
  })
  consentTransitions(
    @Root() item: FeedItem,
    @Args(() => ConsentTransitionsFeedArgs) _args: ConsentTransitionsFeedArgs,
    @Ctx() { cursors, loaders }: Context,
  ) {
    loaders.forget();
    switch (item.type) {
      case 'TRANSITION':
        return transitionItem(item.transition, item.replayed, cursors);
      case 'CHECKPOINT': {
        const { organizationId, position, caughtUp, lagMs, at } = item;
        const cursor = cursors.encode(organizationId, position);
        return { __typename: 'FeedCheckpoint' as const, cursor, caughtUp, lagMs, at };
      }
      case 'RESET': {
        const { organizationId, reason, oldest } = item;
        const oldestCursor = oldest === null ? null : cursors.encode(organizationId, oldest);
        return { __typename: 'FeedReset' as const, reason, oldestCursor };
      }
    }
  }
}
