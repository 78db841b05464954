import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { Cursor } from './scalars.js';

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    defaultValue: 50,
    description: 'How many items at most: 1 to 100. Any other number is answered with BAD_USER_INPUT.',
  })
  readonly first!: number;

  @Field(() => Cursor, {
    nullable: true,
    description:
      'The page begins after this cursor: the `endCursor` of the page before or, for transitions, any cursor of the feed. Left out, it begins at the start. Any other cursor is answered with BAD_USER_INPUT.',
  })
  readonly after!: string | null | undefined;
}

@ObjectType({ description: 'Where a page lies in its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more after this page.' })
  readonly hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether the page was asked for after a cursor.' })
  readonly hasPreviousPage!: boolean;

  @Field(() => Cursor, { nullable: true, description: 'The cursor of the first item; null when the page is empty.' })
  readonly startCursor!: string | null;

  @Field(() => Cursor, {
    nullable: true,
    description: 'The cursor of the last item, to ask for the next page; null when the page is empty.',
  })
  readonly endCursor!: string | null;
}
