import { Field, Int, ObjectType } from 'type-graphql';
import { describedEnum } from './described-enum.js';

/** How far an opt-in request came on its way. */
export type DeliveryStatusName =
  'QUEUED' | 'SENDING' | 'ACCEPTED' | 'SENT' | 'DELIVERED' | 'READ' | 'FAILED' | 'UNCONFIRMED';

export const DeliveryStatus = describedEnum<DeliveryStatusName>(
  'DeliveryStatus',
  'How far an opt-in request came on its way to the contact.',
  {
    QUEUED: 'It waits to be handed to the provider.',
    SENDING: 'It is being handed to the provider now.',
    ACCEPTED: 'The provider took it; the time until it may be sent again runs from here.',
    SENT: 'The provider sent it on to the phone.',
    DELIVERED: 'It reached the phone.',
    READ: 'The contact has seen it. Not every contact lets this be known.',
    FAILED: 'It did not reach the contact; `failure` says why.',
    UNCONFIRMED: 'It may or may not have left: the provider did not answer. A later report of the provider settles it.',
  },
);

@ObjectType({ description: 'Why something did not reach the contact.' })
export class DeliveryFailure {
  @Field(() => Int, {
    nullable: true,
    description: "The provider's own error code; null when it gave none or never answered.",
  })
  readonly code!: number | null;

  @Field(() => String, { description: 'A sentence in English for people. Its wording may change: branch on `code`.' })
  readonly reason!: string;

  @Field(() => Boolean, { description: 'Whether the same may succeed at a later time.' })
  readonly retryable!: boolean;
}
