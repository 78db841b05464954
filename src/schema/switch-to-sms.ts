import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { HeldMessageChoice as HeldMessageChoiceName } from '../domain/conversation/agent-commands.js';
import { describedEnum } from './described-enum.js';
import { idempotencyKeyText, MutationPayload } from './mutation-payload.js';

const HeldMessageChoice = describedEnum<HeldMessageChoiceName>(
  'HeldMessageChoice',
  'What becomes of the messages that are held.',
  {
    SEND_BY_SMS: 'They are sent by SMS, in the order they were queued.',
    CANCEL: 'They are cancelled.',
    KEEP: 'They stay held, should the contact be reached on WhatsApp one day.',
  },
);

@InputType({ description: 'Whom to go on with by SMS.' })
export class SwitchToSmsInput {
  @Field(() => ID, { description: 'A contact whose number cannot receive WhatsApp.' })
  readonly contactId!: string;

  @Field(() => HeldMessageChoice, { description: 'What becomes of the messages that are held.' })
  readonly heldMessages!: HeldMessageChoiceName;

  @Field(() => String, { nullable: true, description: idempotencyKeyText })
  readonly idempotencyKey!: string | null | undefined;
}

@ObjectType({ description: 'What came of `switchToSms`.' })
export class SwitchToSmsPayload extends MutationPayload {}
