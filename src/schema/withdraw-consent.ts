import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { idempotencyKeyText, MutationPayload } from './mutation-payload.js';
import { ConsentSource, type ConsentSourceName } from './record-consent.js';
import { DateTime } from './scalars.js';

@InputType({ description: 'A withdrawal that the contact expressed elsewhere, with what proves it.' })
export class WithdrawConsentInput {
  @Field(() => ID, { description: 'The contact who wants no more messages.' })
  readonly contactId!: string;

  @Field(() => ConsentSource, { description: 'Where the contact said so.' })
  readonly source!: ConsentSourceName;

  @Field(() => String, {
    nullable: true,
    description: 'Where the organization finds the proof again. At most 500 characters. Recorded as evidence.',
  })
  readonly reference!: string | null | undefined;

  @Field(() => String, {
    nullable: true,
    description: 'Anything else worth keeping. At most 2000 characters. Recorded as evidence.',
  })
  readonly note!: string | null | undefined;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the contact said so; left out, now. Not in the future.',
  })
  readonly occurredAt!: Date | null | undefined;

  @Field(() => String, { nullable: true, description: idempotencyKeyText })
  readonly idempotencyKey!: string | null | undefined;
}

@ObjectType({ description: 'What came of `withdrawConsent`.' })
export class WithdrawConsentPayload extends MutationPayload {}
