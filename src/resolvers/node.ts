import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Authorized, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { readGlobalId, toGlobalId, type GlobalIdType } from '../schema/global-id.js';
import { Node } from '../schema/node.js';
import type { Context } from './context.js';
import { present } from './present.js';

@Resolver(() => Node)
export class NodeResolver {
  @Authorized<Action>('read')
  @Query(() => Node, {
    nullable: true,
    description: 'What the id names, whatever its type; null when the organization has nothing of that id.',
  })
  async node(
    @Arg('id', () => ID, { description: 'The `id` of a Contact, a Message or the Organization.' }) globalId: string,
    @Ctx() { loaders, viewer }: Context,
  ) {
    const named = readGlobalId(globalId);
    switch (named?.type) {
      case 'Contact':
        return typed('Contact', present(await loaders.contacts.load(named.id)));
      case 'Message':
        return typed('Message', await loaders.messages.load(named.id));
      case 'Organization':
        return named.id === viewer.organizationId ? typed('Organization', await loaders.organization()) : null;
      case 'OptInRequest':
      case undefined:
        return null;
    }
  }

  /** The id of everything that is a Node. */
  @FieldResolver()
  id(@Root() node: { readonly id: string }, @Info() info: GraphQLResolveInfo): string {
    return toGlobalId(info.parentType.name as GlobalIdType, node.id);
  }
}

function typed<Value extends object>(__typename: GlobalIdType, value: Value | null) {
  return value && { ...value, __typename };
}
