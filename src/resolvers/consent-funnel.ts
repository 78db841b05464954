import { Authorized, Ctx, Query, Resolver, Root, Subscription, type SubscribeResolverData } from 'type-graphql';
import type { Funnel } from '../domain/ports/readers.js';
import type { Action } from '../domain/viewer.js';
import { ConsentFunnel } from '../schema/consent-funnel.js';
import type { Context } from './context.js';

type Subscribing = SubscribeResolverData<unknown, object, Context>;

@Resolver()
export class ConsentFunnelResolver {
  @Authorized<Action>('read')
  @Query(() => ConsentFunnel, { description: 'How many contacts have each status now.' })
  async consentFunnel(@Ctx() { readers, clock, viewer }: Context): Promise<ConsentFunnel> {
    return funnelItem(await readers.funnel(viewer.organizationId), clock.now());
  }

  @Authorized<Action>('read')
  @Subscription(() => ConsentFunnel, {
    name: 'consentFunnel',
    description: 'The counts of the funnel: now, and again whenever they change (at most a few times a second).',
    subscribe: ({ context }: Subscribing) => context.feed.funnel(context.viewer.organizationId),
  })
  consentFunnelUpdates(@Root() { funnel, at }: { readonly funnel: Funnel; readonly at: Date }): ConsentFunnel {
    return funnelItem(funnel, at);
  }
}

function funnelItem(funnel: Funnel, at: Date): ConsentFunnel {
  return {
    notAsked: funnel.NOT_ASKED,
    pending: funnel.PENDING,
    noResponse: funnel.NO_RESPONSE,
    optedIn: funnel.OPTED_IN,
    optedOut: funnel.OPTED_OUT,
    unreachable: funnel.UNREACHABLE,
    suspended: funnel.SUSPENDED,
    heldMessages: funnel.heldMessages,
    at,
  };
}
