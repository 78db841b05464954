import { Args, Authorized, Ctx, Query, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { ConsentTransitionConnection, ConsentTransitionsPageArgs } from '../schema/consent-transition.js';
import { fromGlobalId } from '../schema/global-id.js';
import type { Context } from './context.js';
import { checkedFirst, connectionOf, decodeAfter, pageCost, unresumable } from './pages.js';
import { transitionItem } from './transition-item.js';

const nothing = { items: [], hasNextPage: false };

@Resolver()
export class ConsentTransitionsResolver {
  @Authorized<Action>('read')
  @Query(() => ConsentTransitionConnection, {
    description:
      'The feed as pages: what the subscription would have delivered after a cursor. Everything recorded before the query is there.',
    complexity: pageCost,
  })
  async consentTransitions(
    @Args(() => ConsentTransitionsPageArgs) args: ConsentTransitionsPageArgs,
    @Ctx() context: Context,
  ) {
    const { cursors, viewer } = context;
    const after = decodeAfter(args.after, (cursor) => cursors.decode(viewer.organizationId, cursor));
    const page = await pageAfter(after ?? 0n, { ...args, first: checkedFirst(args.first) }, context);
    return connectionOf(page, args.after, (transition) => {
      const node = transitionItem(transition, true, cursors);
      return { node, cursor: node.cursor };
    });
  }
}

async function pageAfter(
  position: bigint,
  { contactId: globalId, statuses, first }: ConsentTransitionsPageArgs,
  { feedLog, loaders, viewer }: Context,
) {
  const contactId = globalId == null ? null : fromGlobalId('Contact', globalId);
  if (globalId != null && contactId === null) return nothing;
  const filter = { contactId, statuses: statuses?.length ? statuses : null };
  await loaders.settled();
  const { transitions, through } = await feedLog.after(viewer.organizationId, position, filter, first + 1);
  // It lies beyond the head, as after an older backup was restored: what follows it here would not be all.
  if (through < position) throw unresumable();
  return { items: transitions.slice(0, first), hasNextPage: transitions.length > first };
}
