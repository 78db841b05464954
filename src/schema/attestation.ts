import { Field, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({
  description:
    'Proof of what is recorded of one contact: what was shown, what was answered, when, and that nobody changed it since. It can be checked without this server.',
})
export class Attestation {
  @Field(() => ID, { description: 'The contact.' })
  readonly contactId!: string;

  @Field(() => String, { description: "The signed note of the organization's log that the proof is as of." })
  readonly checkpoint!: string;

  @Field(() => Int, { description: 'How many transitions that log has.' })
  readonly size!: number;

  @Field(() => Int, { description: 'How many entries the contact has.' })
  readonly entries!: number;

  @Field(() => String, {
    description:
      'The public key that signed it, as verifiers take it. It proves more when it was obtained by another way before.',
  })
  readonly publicKey!: string;

  @Field(() => String, {
    description:
      'The text of the file, to be stored as it is: `assent attest verify` takes it, and so does any other verifier.',
  })
  readonly bundle!: string;
}
