import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { PermissionBasis } from '../domain/consent/events.js';
import { describedEnum } from './described-enum.js';
import { idempotencyKeyText, MutationPayload } from './mutation-payload.js';
import { DateTime, PhoneNumberScalar } from './scalars.js';

const PermissionBasisKind = describedEnum<PermissionBasis['kind']>(
  'PermissionBasisKind',
  'Where a permission to be contacted comes from.',
  {
    CLIENT_AGREEMENT: 'A contract or an agreement with the client.',
    WEB_FORM: 'A form on a web site.',
    VERBAL: 'Said in a conversation.',
    PAPER: 'Signed on paper.',
    INBOUND: 'The contact wrote or called first.',
    OTHER: 'Anything else; `reference` should say what.',
  },
);

@InputType({
  description:
    'Why the organization may ask at all: WhatsApp demands a permission before the first message. It is recorded as evidence.',
})
export class PermissionBasisInput {
  @Field(() => PermissionBasisKind, { description: 'Where the permission comes from.' })
  readonly kind!: PermissionBasis['kind'];

  @Field(() => String, {
    nullable: true,
    description: 'Where the organization finds it again, such as the number of a contract. At most 500 characters.',
  })
  readonly reference!: string | null | undefined;

  @Field(() => DateTime, { nullable: true, description: 'When the permission was given, if that is known.' })
  readonly obtainedAt!: Date | null | undefined;
}

@InputType({
  description:
    'Either `contactId` or `phone`: with both or neither the mutation is refused with INVALID_INPUT. A phone number that is not yet a contact becomes one.',
})
export class SendOptInInput {
  @Field(() => ID, { nullable: true, description: 'The contact to ask.' })
  readonly contactId!: string | null | undefined;

  @Field(() => PhoneNumberScalar, {
    nullable: true,
    description: 'The number to ask. If no contact has it, one is created with it.',
  })
  readonly phone!: string | null | undefined;

  @Field(() => String, {
    nullable: true,
    description: 'The name of a contact that is created; left out, its number. 1 to 200 characters.',
  })
  readonly name!: string | null | undefined;

  @Field(() => PermissionBasisInput, {
    nullable: true,
    description: 'Why the organization may ask at all; recorded as evidence.',
  })
  readonly basis!: PermissionBasisInput | null | undefined;

  @Field(() => String, {
    nullable: true,
    description:
      'The language of a contact that is created, such as "es" or "pt_BR". Left out, the contact\'s own, then the organization\'s.',
  })
  readonly locale!: string | null | undefined;

  @Field(() => String, { nullable: true, description: idempotencyKeyText })
  readonly idempotencyKey!: string | null | undefined;
}

@ObjectType({ description: 'What came of `sendOptIn`.' })
export class SendOptInPayload extends MutationPayload {}
