import { Field, ID, ObjectType } from 'type-graphql';
import { describedEnum } from './described-enum.js';
import { Organization } from './organization.js';

/** What the caller is. */
export type ViewerRoleName = 'AGENT' | 'SUPERVISOR' | 'ADMIN' | 'PARTNER';

const ViewerRole = describedEnum<ViewerRoleName>('ViewerRole', 'What the caller may do.', {
  AGENT: 'Reads and writes conversations.',
  SUPERVISOR: 'Reads all and may not write to contacts: every mutation is answered with FORBIDDEN.',
  ADMIN: 'May all, and alone may change the organization.',
  PARTNER: "A partner's system: it may run the documents that were published for it.",
});

@ObjectType({ description: 'Who is calling.' })
export class Viewer {
  @Field(() => ID, {
    description: 'The caller as their token names them: its `sub`. For a partner, the id of its key.',
  })
  readonly id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The name that messages are signed with inside; null if unknown.',
  })
  readonly name!: string | null;

  @Field(() => ViewerRole, { description: 'What the caller may do.' })
  readonly role!: ViewerRoleName;

  @Field(() => Organization, { description: 'The organization that the caller works for.' })
  readonly organization!: Organization;

  @Field(() => String, { description: 'The language that sentences for the caller are written in, such as "en".' })
  readonly locale!: string;
}
