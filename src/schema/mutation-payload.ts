import { Field, ObjectType } from 'type-graphql';
import { Contact } from './contact.js';
import { UserError } from './user-error.js';

/** What every mutation answers; it is not a type of the API by itself. */
@ObjectType({ description: 'What every mutation answers.' })
export abstract class MutationPayload {
  @Field(() => Contact, {
    nullable: true,
    description: 'The contact as it is now; null when the mutation was refused.',
  })
  readonly contact!: Contact | null;

  @Field(() => [UserError], {
    description: 'Why the mutation was refused; empty when it was carried out. If there is one, nothing was changed.',
  })
  readonly userErrors!: readonly UserError[];

  @Field(() => Boolean, {
    description:
      'True when the idempotency key had been used with the same input: nothing was done again, and what is shown is what was made the first time, as it is now.',
  })
  readonly replayed!: boolean;
}

/** The sentence for every `idempotencyKey`. */
export const idempotencyKeyText =
  'Makes repeating safe: the same key with the same input by the same caller is carried out once, and answered alike for at least 7 days. With another input it is refused with IDEMPOTENCY_KEY_PARAMETER_MISMATCH. 1 to 255 characters; keys of different mutations do not meet.';
