import { ArgsType, Field, ID, Int, ObjectType } from 'type-graphql';
import type {
  ConsentCause as ConsentCauseName,
  ConsentStatus as ConsentStatusName,
} from '../domain/consent/transitions.js';
import { PageArgs, PageInfo } from './connection.js';
import { ConsentStatus } from './consent.js';
import { describedEnum } from './described-enum.js';
import { Cursor, DateTime } from './scalars.js';

const contactIdText =
  'Only transitions of this contact. An id that is no contact of the organization matches nothing in pages and is answered with BAD_USER_INPUT by the subscription.';
const statusesText = 'Only transitions that lead to one of these statuses; left out or empty, all of them.';

export const ConsentCause = describedEnum<ConsentCauseName>('ConsentCause', 'Why a status changed or was confirmed.', {
  OPT_IN_REQUESTED: 'An agent asked the contact for consent.',
  OPT_IN_RESENT: 'An agent asked again after the resend interval.',
  ACCEPTED: 'The contact agreed, by button or in words.',
  DECLINED: 'The contact answered a request with no.',
  WITHDRAWN: 'The contact said stop.',
  OPTED_IN_AGAIN: 'A contact who was opted out agreed.',
  NO_ANSWER: 'The resend interval passed without an answer.',
  UNDELIVERABLE: 'The provider says that the number cannot receive WhatsApp.',
  NOT_DELIVERED: 'The request could not be delivered for a reason that says nothing about the contact.',
  IDENTITY_CHANGED: 'The number or the account behind the contact changed.',
  RECORDED: 'The organization recorded a consent or a withdrawal that it obtained elsewhere.',
  ERASED: 'The personal data of the contact was erased.',
});

@ObjectType({
  description:
    "One recorded change, or confirmation, of a contact's consent, at its place in the feed of the organization. It never changes.",
})
export class ConsentTransition {
  @Field(() => Cursor, {
    description: 'Its place in the feed: subscribe or ask for a page after it and nothing is missed.',
  })
  readonly cursor!: string;

  @Field(() => ID, {
    description: 'Names the recorded event. The same event always has the same id: use it to recognise a repetition.',
  })
  readonly eventId!: string;

  @Field(() => Int, { description: '1, 2, 3 … for each contact, without a gap.' })
  readonly contactVersion!: number;

  @Field(() => ConsentStatus, { description: 'The status before.' })
  readonly from!: ConsentStatusName;

  @Field(() => ConsentStatus, { description: 'The status after; the same as before when it was confirmed.' })
  readonly to!: ConsentStatusName;

  @Field(() => ConsentCause, { description: 'Why.' })
  readonly cause!: ConsentCauseName;

  @Field(() => DateTime, {
    description: "When it happened. What a contact did counts by the provider's time of it, in whole seconds.",
  })
  readonly occurredAt!: Date;

  @Field(() => DateTime, { description: 'When we recorded it; never before it can be read.' })
  readonly recordedAt!: Date;

  @Field(() => Boolean, {
    description: 'True while a subscription catches up after a cursor, and always in pages; false for what is new.',
  })
  readonly replayed!: boolean;
}

@ObjectType({ description: 'A transition at its place in a page.' })
export class ConsentTransitionEdge {
  @Field(() => ConsentTransition, { description: 'The transition.' })
  readonly node!: ConsentTransition;

  @Field(() => Cursor, { description: 'Its place in the feed, the same as its own `cursor`.' })
  readonly cursor!: string;
}

@ObjectType({ description: 'A page of transitions, in the order of the feed. Its cursors are cursors of the feed.' })
export class ConsentTransitionConnection {
  @Field(() => [ConsentTransitionEdge], { description: 'The transitions with their cursors.' })
  readonly edges!: readonly ConsentTransitionEdge[];

  @Field(() => [ConsentTransition], { description: 'The same transitions.' })
  readonly nodes!: readonly ConsentTransition[];

  @Field(() => PageInfo, { description: 'Where the page lies.' })
  readonly pageInfo!: PageInfo;
}

@ArgsType()
export class ConsentTransitionsPageArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: contactIdText })
  readonly contactId!: string | null | undefined;

  @Field(() => [ConsentStatus], { nullable: true, description: statusesText })
  readonly statuses!: readonly ConsentStatusName[] | null | undefined;
}

@ArgsType()
export class ConsentTransitionsFeedArgs {
  @Field(() => Cursor, {
    nullable: true,
    description:
      'Begin after this place: the cursor of the last item received, or `feedCursor`. Left out, the stream begins now. A cursor that cannot be resumed is answered with a FeedReset.',
  })
  readonly after!: string | null | undefined;

  @Field(() => ID, { nullable: true, description: contactIdText })
  readonly contactId!: string | null | undefined;

  @Field(() => [ConsentStatus], { nullable: true, description: statusesText })
  readonly statuses!: readonly ConsentStatusName[] | null | undefined;
}
