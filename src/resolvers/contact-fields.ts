import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { resendAvailableAt } from '../domain/consent/state.js';
import { composerOf } from '../domain/conversation/composer.js';
import type { ContactView } from '../domain/ports/readers.js';
import { PageArgs } from '../schema/connection.js';
import { Contact } from '../schema/contact.js';
import type { Context } from './context.js';
import { noticeText } from './notices.js';
import { decodeMessageCursor, encodeMessageCursor } from './page-cursors.js';
import { checkedFirst, connectionOf, decodeAfter, pageCost } from './pages.js';
import { transitionItem } from './transition-item.js';

@Resolver(() => Contact)
export class ContactFields {
  @FieldResolver()
  consent(@Root() { id, consent }: ContactView, @Ctx() { policy }: Context) {
    return {
      status: consent.status,
      changedAt: consent.changedAt,
      resendAvailableAt: resendAvailableAt(consent, policy.resendIntervalMs),
      /** Whose latest request to read; null where there can be none. */
      requestOf: consent.requests.length > 0 ? id : null,
    };
  }

  @FieldResolver()
  async composer(@Root() contact: ContactView, @Ctx() { loaders, clock, policy, viewer }: Context) {
    const organization = await loaders.organization();
    const composer = composerOf({ ...contact, organization }, clock.now(), policy);
    return { ...composer, heldCount: contact.heldCount, notice: noticeText(composer.notice, viewer.locale) };
  }

  @FieldResolver({ complexity: pageCost })
  async messages(
    @Root() contact: ContactView,
    @Args(() => PageArgs) { first, after }: PageArgs,
    @Ctx() { loaders }: Context,
  ) {
    const key = { contactId: contact.id, first: checkedFirst(first), after: decodeAfter(after, decodeMessageCursor) };
    return connectionOf(await loaders.messagesOf.load(key), after, (message) => ({
      node: message,
      cursor: encodeMessageCursor(message.number),
    }));
  }

  @FieldResolver({ complexity: pageCost })
  async transitions(
    @Root() contact: ContactView,
    @Args(() => PageArgs) { first, after }: PageArgs,
    @Ctx() { loaders, cursors, viewer }: Context,
  ) {
    const position = decodeAfter(after, (cursor) => cursors.decode(viewer.organizationId, cursor));
    const key = { contactId: contact.id, first: checkedFirst(first), after: position };
    await loaders.settled();
    return connectionOf(await loaders.transitionsOf.load(key), after, (transition) => {
      const node = transitionItem(transition, true, cursors);
      return { node, cursor: node.cursor };
    });
  }
}
