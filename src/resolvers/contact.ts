import { Arg, Authorized, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { ContactView } from '../domain/ports/readers.js';
import type { Action } from '../domain/viewer.js';
import { Contact } from '../schema/contact.js';
import { fromGlobalId } from '../schema/global-id.js';
import type { Context } from './context.js';
import { present } from './present.js';

@Resolver()
export class ContactResolver {
  @Authorized<Action>('read')
  @Query(() => Contact, {
    nullable: true,
    description: 'One contact; null when the organization has none of that id.',
  })
  async contact(
    @Arg('id', () => ID, { description: 'The `id` of a Contact.' }) globalId: string,
    @Ctx() { loaders }: Context,
  ): Promise<ContactView | null> {
    const id = fromGlobalId('Contact', globalId);
    return id === null ? null : present(await loaders.contacts.load(id));
  }
}
