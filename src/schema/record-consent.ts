import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { describedEnum } from './described-enum.js';
import { idempotencyKeyText, MutationPayload } from './mutation-payload.js';
import { DateTime } from './scalars.js';

/** Where a contact expressed their wish. */
export type ConsentSourceName = 'WEB_FORM' | 'PAPER' | 'VERBAL' | 'SMS' | 'EMAIL' | 'IN_PERSON' | 'OTHER';

export const ConsentSource = describedEnum<ConsentSourceName>(
  'ConsentSource',
  'Where a contact expressed a consent or a withdrawal outside WhatsApp.',
  {
    WEB_FORM: 'On a form of a web site.',
    PAPER: 'On paper.',
    VERBAL: 'In a call.',
    SMS: 'By SMS.',
    EMAIL: 'By e-mail.',
    IN_PERSON: 'Face to face.',
    OTHER: 'Elsewhere; `note` should say where.',
  },
);

@InputType({ description: 'A consent that the contact gave elsewhere, with what proves it.' })
export class RecordConsentInput {
  @Field(() => ID, { description: 'The contact who agreed.' })
  readonly contactId!: string;

  @Field(() => ConsentSource, { description: 'Where the contact agreed.' })
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
    description:
      "When the contact agreed; left out, now. Not in the future. A consent from before the contact's own stop is refused with CONTACT_OPTED_OUT.",
  })
  readonly occurredAt!: Date | null | undefined;

  @Field(() => String, { nullable: true, description: idempotencyKeyText })
  readonly idempotencyKey!: string | null | undefined;
}

@ObjectType({ description: 'What came of `recordConsent`.' })
export class RecordConsentPayload extends MutationPayload {}
