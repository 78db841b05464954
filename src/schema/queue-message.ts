import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { Channel as ChannelName } from '../domain/message/message.js';
import { Channel, Message } from './message.js';
import { idempotencyKeyText, MutationPayload } from './mutation-payload.js';

@InputType({ description: 'A message to a contact.' })
export class QueueMessageInput {
  @Field(() => ID, { description: 'The contact to write to.' })
  readonly contactId!: string;

  @Field(() => String, { description: 'The text: at most 4096 characters on WhatsApp, 1600 by SMS, not only spaces.' })
  readonly body!: string;

  @Field(() => Channel, { defaultValue: 'WHATSAPP', description: 'The way it shall travel.' })
  readonly channel!: ChannelName;

  @Field(() => String, { nullable: true, description: idempotencyKeyText })
  readonly idempotencyKey!: string | null | undefined;
}

@ObjectType({ description: 'What came of `queueMessage`.' })
export class QueueMessagePayload extends MutationPayload {
  @Field(() => Message, {
    nullable: true,
    description: 'The message: HELD until the contact agrees, or QUEUED. Null when the mutation was refused.',
  })
  readonly message!: Message | null;
}
