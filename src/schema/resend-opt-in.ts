import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { idempotencyKeyText, MutationPayload } from './mutation-payload.js';

@InputType({ description: 'Whom to ask again.' })
export class ResendOptInInput {
  @Field(() => ID, { description: 'The contact to ask again.' })
  readonly contactId!: string;

  @Field(() => String, { nullable: true, description: idempotencyKeyText })
  readonly idempotencyKey!: string | null | undefined;
}

@ObjectType({ description: 'What came of `resendOptIn`.' })
export class ResendOptInPayload extends MutationPayload {}
