import { Field, InputType, ObjectType } from 'type-graphql';
import { MutationPayload } from './mutation-payload.js';
import { PhoneNumberScalar } from './scalars.js';

@InputType({ description: 'A new contact.' })
export class CreateContactInput {
  @Field(() => PhoneNumberScalar, {
    description: 'The number that messages go to; no other contact of the organization may have it.',
  })
  readonly phone!: string;

  @Field(() => String, { description: '1 to 200 characters.' })
  readonly name!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The contact\'s language, such as "es" or "pt_BR"; it decides the language of the system\'s own messages. Left out, the organization\'s.',
  })
  readonly locale!: string | null | undefined;
}

@ObjectType({ description: 'What came of `createContact`.' })
export class CreateContactPayload extends MutationPayload {}
