import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Message } from './message.js';
import { MutationPayload } from './mutation-payload.js';

@InputType({ description: 'Which message to take back.' })
export class CancelMessageInput {
  @Field(() => ID, { description: 'A message of an agent that is HELD or QUEUED.' })
  readonly messageId!: string;
}

@ObjectType({ description: 'What came of `cancelMessage`.' })
export class CancelMessagePayload extends MutationPayload {
  @Field(() => Message, {
    nullable: true,
    description: 'The message, now CANCELLED. Null when the mutation was refused.',
  })
  readonly message!: Message | null;
}
