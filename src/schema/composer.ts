import { Field, Int, ObjectType } from 'type-graphql';
import type { ComposerMode as ComposerModeName } from '../domain/conversation/composer.js';
import { describedEnum } from './described-enum.js';

export const ComposerMode = describedEnum<ComposerModeName>(
  'ComposerMode',
  "What the place where an agent writes should look like. More modes may be added: go by the `can…` fields where you don't know one.",
  {
    CHANNEL_DISABLED: 'The organization has no WhatsApp channel, or has switched it off.',
    OPT_IN_REQUIRED: 'Before anything is written the contact must be asked for consent.',
    HOLDING: 'Messages may be written; they are held until the contact agrees or makes their wish clear.',
    OPEN: 'Messages are sent at once.',
    WINDOW_CLOSED: 'Messages may be written; they leave when the contact writes again.',
    BLOCKED: 'The contact opted out: nothing may be written.',
    SMS_OFFERED: 'The number cannot receive WhatsApp: offer SMS, unless the contact has stopped that too.',
    SUSPENDED: 'A new opt-in is needed; messages are held until then.',
  },
);

@ObjectType({
  description:
    "What the agent's screen should show and allow now. It follows the same rules as the mutations: what it allows would not be refused now.",
})
export class Composer {
  @Field(() => ComposerMode, { description: 'What the place to write should look like.' })
  readonly mode!: ComposerModeName;

  @Field(() => Boolean, { description: 'Whether `sendOptIn` is possible now.' })
  readonly canSendOptIn!: boolean;

  @Field(() => Boolean, {
    description: 'Whether `resendOptIn` is possible now; `Consent.resendAvailableAt` says from when.',
  })
  readonly canResendOptIn!: boolean;

  @Field(() => Boolean, { description: 'Whether `queueMessage` on WhatsApp is possible now.' })
  readonly canQueueMessage!: boolean;

  @Field(() => Boolean, { description: 'Whether `switchToSms` is possible now.' })
  readonly canSwitchToSms!: boolean;

  @Field(() => Int, { description: 'Messages to this contact that are held.' })
  readonly heldCount!: number;

  @Field(() => String, {
    nullable: true,
    description: "A sentence for the agent, in the viewer's language; null when there is nothing to say.",
  })
  readonly notice!: string | null;
}
