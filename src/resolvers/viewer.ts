import { Authorized, Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import type { Action, Role } from '../domain/viewer.js';
import { Viewer, type ViewerRoleName } from '../schema/viewer.js';
import type { Context } from './context.js';

const roleNames: Readonly<Record<Role, ViewerRoleName>> = {
  agent: 'AGENT',
  supervisor: 'SUPERVISOR',
  admin: 'ADMIN',
  partner: 'PARTNER',
};

@Resolver(() => Viewer)
export class ViewerResolver {
  @Authorized<Action>('read')
  @Query(() => Viewer, { description: 'Who is calling, and what they may do.' })
  viewer(@Ctx() { viewer }: Context) {
    const { subject, name, role, locale } = viewer;
    return { id: subject, name, role: roleNames[role], locale };
  }

  @FieldResolver()
  organization(@Ctx() { loaders }: Context) {
    return loaders.organization();
  }
}
