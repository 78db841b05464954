import { createUnionType, Field, Int, ObjectType } from 'type-graphql';
import { ConsentTransition } from './consent-transition.js';
import { describedEnum } from './described-enum.js';
import type { Typed } from './node.js';
import { Cursor, DateTime } from './scalars.js';

/** Why a cursor can't be resumed. */
export type FeedResetReasonName = 'CURSOR_EXPIRED' | 'CURSOR_INVALID';

const FeedResetReason = describedEnum<FeedResetReasonName>('FeedResetReason', 'Why a cursor cannot be resumed.', {
  CURSOR_EXPIRED: 'The place lies before what the feed still keeps.',
  CURSOR_INVALID: "It is no cursor of this organization's feed.",
});

@ObjectType({
  description: 'Sent on catching up and every 15 s in silence. Keep its cursor: resuming after it skips what is known.',
})
export class FeedCheckpoint {
  @Field(() => Cursor, { description: 'How far the feed has been delivered, matching the filter or not.' })
  readonly cursor!: string;

  @Field(() => Boolean, { description: 'Whether everything recorded until `at` has been delivered.' })
  readonly caughtUp!: boolean;

  @Field(() => Int, { description: 'How far the delivery is behind, in milliseconds; 0 when caught up.' })
  readonly lagMs!: number;

  @Field(() => DateTime, { description: 'When the checkpoint was taken.' })
  readonly at!: Date;
}

@ObjectType({
  description:
    "The cursor can't be resumed: take a new snapshot with `feedCursor`, then subscribe after it. The stream ends here.",
})
export class FeedReset {
  @Field(() => FeedResetReason, { description: 'Why it cannot be resumed.' })
  readonly reason!: FeedResetReasonName;

  @Field(() => Cursor, {
    nullable: true,
    description: 'The oldest place from which the feed can be resumed; null when that is not known.',
  })
  readonly oldestCursor!: string | null;
}

export const ConsentFeedItem = createUnionType({
  name: 'ConsentFeedItem',
  description: 'What a subscriber of consent transitions receives. Further kinds of item may be added: ignore them.',
  types: () => [ConsentTransition, FeedCheckpoint, FeedReset] as const,
  resolveType: (item) => (item as object as Typed).__typename,
});
