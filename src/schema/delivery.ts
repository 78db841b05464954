import { Field, Int, ObjectType } from 'type-graphql';
import type { AttemptOutcome } from '../domain/message/attempts.js';
import { describedEnum } from './described-enum.js';
import { DateTime } from './scalars.js';

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

export const DeliveryAttemptOutcome = describedEnum<AttemptOutcome>(
  'DeliveryAttemptOutcome',
  'What came of handing a message to the provider once.',
  {
    UNDER_WAY: 'The provider has not answered yet.',
    ACCEPTED: "The provider took it. How far it came from there is told by the message's `status`.",
    REFUSED: 'It was not sent, or a later report said so where that was unknown before; `failure` says why.',
    UNCONFIRMED: 'Nobody can say: the provider did not answer. A later report of the provider changes it.',
  },
);

@ObjectType({
  description:
    'One time that a message was handed to the provider. There are several where it was not sent at first, or was handed over again.',
})
export class DeliveryAttempt {
  @Field(() => Int, { description: '1 for the first time, then 2, 3 and so on.' })
  readonly number!: number;

  @Field(() => DateTime, { description: 'When it was handed over.' })
  readonly startedAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the provider had answered, or was no longer waited for; null while it is under way.',
  })
  readonly endedAt!: Date | null;

  @Field(() => DeliveryAttemptOutcome, { description: 'What came of it.' })
  readonly outcome!: AttemptOutcome;

  @Field(() => DeliveryFailure, {
    nullable: true,
    description: 'What went wrong, by the answer of the provider or a later report of it; null where nothing did.',
  })
  readonly failure!: DeliveryFailure | null;
}
