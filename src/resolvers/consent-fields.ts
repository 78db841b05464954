import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { MessageStatus } from '../domain/message/message.js';
import type { OptInRequestView } from '../domain/ports/readers.js';
import { Consent } from '../schema/consent.js';
import type { DeliveryStatusName } from '../schema/delivery.js';
import { toGlobalId } from '../schema/global-id.js';
import type { Context } from './context.js';

@Resolver(() => Consent)
export class ConsentFields {
  @FieldResolver()
  async request(@Root() { requestOf }: { readonly requestOf: string | null }, @Ctx() { loaders }: Context) {
    const request = requestOf === null ? null : await loaders.latestRequests.load(requestOf);
    return request && requestItem(request);
  }
}

/** How far a request came, by the message that carries it. One that was taken back before it left has failed. */
const deliveries: Readonly<Record<Exclude<MessageStatus, 'RECEIVED'>, DeliveryStatusName>> = {
  HELD: 'QUEUED',
  QUEUED: 'QUEUED',
  SENDING: 'SENDING',
  ACCEPTED: 'ACCEPTED',
  SENT: 'SENT',
  DELIVERED: 'DELIVERED',
  READ: 'READ',
  FAILED: 'FAILED',
  UNCONFIRMED: 'UNCONFIRMED',
  CANCELLED: 'FAILED',
  EXPIRED: 'FAILED',
};

const withdrawn = {
  code: null,
  reason: 'The request was taken back before it left: the consent of the contact changed in the meantime.',
  retryable: false,
};

function requestItem({ id, attempt, requestedAt, acceptedAt, status, failure }: OptInRequestView) {
  if (status === 'RECEIVED') throw new Error(`the message of opt-in request ${id} is not an outbound one`);
  const delivery = deliveries[status];
  const takenBack = status === 'CANCELLED' || status === 'EXPIRED';
  return {
    id: toGlobalId('OptInRequest', id),
    attempt,
    requestedAt,
    acceptedAt,
    delivery,
    failure: failure ?? (takenBack ? withdrawn : null),
  };
}
