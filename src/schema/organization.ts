import { Field, ObjectType } from 'type-graphql';
import { Node } from './node.js';

@ObjectType({
  implements: Node,
  description: 'Whose contacts these are. A caller belongs to exactly one organization.',
})
export class Organization extends Node {
  @Field(() => String, { description: 'The short name that tokens carry. It does not change.' })
  readonly slug!: string;

  @Field(() => String, { description: 'The name that contacts are shown.' })
  readonly name!: string;

  @Field(() => String, { description: 'The language of contacts who have none of their own, such as "en" or "pt_BR".' })
  readonly locale!: string;

  @Field(() => Boolean, { description: 'Whether a WhatsApp channel is set up and switched on.' })
  readonly whatsappEnabled!: boolean;

  @Field(() => Boolean, {
    description: 'False while the provider refuses the channel itself: messages are kept and leave when it is mended.',
  })
  readonly whatsappHealthy!: boolean;

  @Field(() => Boolean, { description: 'Whether messages may be sent by SMS.' })
  readonly smsEnabled!: boolean;

  @Field(() => String, {
    description:
      'How long an opt-in request waits before it may be sent again, and before silence becomes NO_RESPONSE: an ISO 8601 duration such as "PT24H".',
  })
  readonly optInResendInterval!: string;
}
