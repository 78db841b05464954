import { ArgsType, Field, ObjectType } from 'type-graphql';
import type { ConsentStatus as ConsentStatusName } from '../domain/consent/transitions.js';
import { Composer } from './composer.js';
import { PageArgs, PageInfo } from './connection.js';
import { Consent, ConsentStatus } from './consent.js';
import { ConsentTransitionConnection } from './consent-transition.js';
import { MessageConnection } from './message.js';
import { Node } from './node.js';
import { Cursor, PhoneNumberScalar } from './scalars.js';

@ObjectType({
  implements: Node,
  description: 'A client of the organization: one name and one telephone number.',
})
export class Contact extends Node {
  @Field(() => String, { description: 'As the organization wrote it; the number itself where no name is known.' })
  readonly name!: string;

  @Field(() => PhoneNumberScalar, { description: 'The number that messages go to. Unique within the organization.' })
  readonly phone!: string;

  @Field(() => Consent, { description: 'The permission to write to the contact on WhatsApp.' })
  readonly consent!: Consent;

  @Field(() => Composer, { description: "What the agent's screen should show and allow now." })
  readonly composer!: Composer;

  @Field(() => MessageConnection, { description: 'The conversation, oldest message first.' })
  readonly messages!: MessageConnection;

  @Field(() => ConsentTransitionConnection, {
    description:
      'What happened to the consent, in the order of the feed. Everything recorded before the query is there.',
  })
  readonly transitions!: ConsentTransitionConnection;
}

@ObjectType({ description: 'A contact at its place in a page.' })
export class ContactEdge {
  @Field(() => Contact, { description: 'The contact.' })
  readonly node!: Contact;

  @Field(() => Cursor, { description: 'Its place in the list: give it as `after` for what follows.' })
  readonly cursor!: string;
}

@ObjectType({ description: 'A page of contacts, ordered by name.' })
export class ContactConnection {
  @Field(() => [ContactEdge], { description: 'The contacts with their cursors.' })
  readonly edges!: readonly ContactEdge[];

  @Field(() => [Contact], { description: 'The same contacts without their cursors.' })
  readonly nodes!: readonly Contact[];

  @Field(() => PageInfo, { description: 'Where the page lies.' })
  readonly pageInfo!: PageInfo;
}

@ArgsType()
export class ContactsArgs extends PageArgs {
  @Field(() => String, {
    nullable: true,
    description: 'Part of a name, in any case, or of a number. Left out or empty, all contacts.',
  })
  readonly search!: string | null | undefined;

  @Field(() => [ConsentStatus], {
    nullable: true,
    description: 'Only contacts with one of these statuses; left out or empty, all of them.',
  })
  readonly statuses!: readonly ConsentStatusName[] | null | undefined;
}
