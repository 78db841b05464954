import { Authorized, Ctx, Query, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { Cursor } from '../schema/scalars.js';
import type { Context } from './context.js';

@Resolver()
export class FeedCursorResolver {
  @Authorized<Action>('read')
  @Query(() => Cursor, {
    description:
      'The head of the feed, read before the rest of the operation: subscribe after it and nothing is missed.',
  })
  async feedCursor(@Ctx() { cursors, feedHead, feedLog, viewer }: Context): Promise<string> {
    const { organizationId } = viewer;
    return cursors.encode(organizationId, await (feedHead ?? feedLog.head(organizationId)));
  }
}
