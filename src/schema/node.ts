import { Field, ID, InterfaceType } from 'type-graphql';

/** Values of types that implement Node carry the name of their type. */
export type Typed = { readonly __typename: string };

@InterfaceType('Node', {
  description: 'Anything that can be found again by its id alone.',
  resolveType: (value: Typed) => value.__typename,
})
export abstract class Node {
  @Field(() => ID, {
    description: 'Opaque, the same for ever, and unique across all types. Give it to `node` to read the thing again.',
  })
  readonly id!: string;
}
