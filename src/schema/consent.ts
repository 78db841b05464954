import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { ConsentStatus as ConsentStatusName } from '../domain/consent/transitions.js';
import { DeliveryFailure, DeliveryStatus, type DeliveryStatusName } from './delivery.js';
import { describedEnum } from './described-enum.js';
import { DateTime } from './scalars.js';

export const ConsentStatus = describedEnum<ConsentStatusName>(
  'ConsentStatus',
  "The state of a contact's permission to be written to on WhatsApp.",
  {
    NOT_ASKED: 'No request has reached the contact and none is on its way. `sendOptIn` is the next step.',
    PENDING: 'A request is on its way or waits for an answer. Messages may be queued; they are held.',
    NO_RESPONSE:
      'The contact did not answer within the resend interval. `resendOptIn` asks again; an answer to an earlier request still counts.',
    OPTED_IN: 'The contact agreed: messages are sent.',
    OPTED_OUT: 'The contact declined or stopped. Nothing may be sent until the contact opts in.',
    UNREACHABLE: 'The number cannot receive WhatsApp. SMS may be offered with `switchToSms`.',
    SUSPENDED: 'Whoever holds the number may have changed: an earlier consent does not count, a new one is needed.',
  },
);

@ObjectType({ description: 'One message that asked the contact for consent.' })
export class OptInRequest {
  @Field(() => ID, { description: 'Opaque and unique across all types.' })
  readonly id!: string;

  @Field(() => Int, { description: '1 for the first request, then one more for each time it was sent again.' })
  readonly attempt!: number;

  @Field(() => DateTime, { description: 'When the agent asked for it to be sent.' })
  readonly requestedAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the provider took it, from which the resend interval runs. Null until then, and for a request that the provider refused.',
  })
  readonly acceptedAt!: Date | null;

  @Field(() => DeliveryStatus, { description: 'How far it came.' })
  readonly delivery!: DeliveryStatusName;

  @Field(() => DeliveryFailure, {
    nullable: true,
    description: 'Why it did not arrive, or why that is not known; null when nothing went wrong.',
  })
  readonly failure!: DeliveryFailure | null;
}

@ObjectType({ description: "A contact's permission to be written to on WhatsApp, as it stands now." })
export class Consent {
  @Field(() => ConsentStatus, { description: 'The state of the permission.' })
  readonly status!: ConsentStatusName;

  @Field(() => DateTime, {
    nullable: true,
    description:
      "When the status last changed, by the contact's own time where the contact did it; null if it never did.",
  })
  readonly changedAt!: Date | null;

  @Field(() => OptInRequest, { nullable: true, description: 'The latest opt-in request; null when there was none.' })
  readonly request!: OptInRequest | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'From when `resendOptIn` is allowed; it may lie in the past. Null where resending does not apply: unless the status is PENDING or NO_RESPONSE.',
  })
  readonly resendAvailableAt!: Date | null;
}
