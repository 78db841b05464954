import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { MutationPayload } from './mutation-payload.js';

@InputType({ description: 'Whose personal data is deleted.' })
export class EraseContactInput {
  @Field(() => ID, { description: 'The contact.' })
  readonly contactId!: string;
}

@ObjectType({
  description: 'What came of `eraseContact`. The contact that it shows has neither name nor number any more.',
})
export class EraseContactPayload extends MutationPayload {}
