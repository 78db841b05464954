import { Args, Authorized, Ctx, Query, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { ContactConnection, ContactsArgs } from '../schema/contact.js';
import type { Context } from './context.js';
import { decodeContactCursor, encodeContactCursor } from './page-cursors.js';
import { checkedFirst, connectionOf, decodeAfter, pageCost } from './pages.js';

@Resolver()
export class ContactsResolver {
  @Authorized<Action>('read')
  @Query(() => ContactConnection, { description: 'Search by part of a name or number.', complexity: pageCost })
  async contacts(
    @Args(() => ContactsArgs) { search, statuses, first, after }: ContactsArgs,
    @Ctx() { readers, loaders, viewer }: Context,
  ) {
    const page = await readers.searchContacts(viewer.organizationId, {
      search: search?.replaceAll('\0', '').trim() || null,
      statuses: statuses?.length ? statuses : null,
      first: checkedFirst(first),
      after: decodeAfter(after, decodeContactCursor),
    });
    for (const contact of page.items) loaders.contacts.prime(contact.id, contact);
    return connectionOf(page, after, (contact) => ({ node: contact, cursor: encodeContactCursor(contact) }));
  }
}
