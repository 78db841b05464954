import { Authorized, Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import type { Action } from '../domain/viewer.js';
import { Organization } from '../schema/organization.js';
import type { Context } from './context.js';
import { isoDuration } from './iso-duration.js';

@Resolver(() => Organization)
export class OrganizationResolver {
  @Authorized<Action>('read')
  @Query(() => Organization, { description: 'The organization that the caller works for.' })
  organization(@Ctx() { loaders }: Context) {
    return loaders.organization();
  }

  @FieldResolver()
  slug(@Ctx() { viewer }: Context): string {
    return viewer.organizationSlug;
  }

  @FieldResolver()
  optInResendInterval(@Ctx() { policy }: Context): string {
    return isoDuration(policy.resendIntervalMs);
  }
}
