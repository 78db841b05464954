import { createRequire } from 'node:module';
import type * as Complexity from 'graphql-query-complexity';
import { isListType, isNonNullType, Kind, visit, type DocumentNode, type GraphQLSchema } from 'graphql';
import type { OperationDefinitionNode } from 'graphql';
import { limits } from './limits.js';

// Imported, it would bring a second copy of graphql along.
const { getComplexity, fieldExtensionsEstimator, simpleEstimator } = createRequire(import.meta.url)(
  'graphql-query-complexity',
) as typeof Complexity;

/** A list without `first` is short, but not one thing. */
const UNPAGED = 5;

const unpagedLists: Complexity.ComplexityEstimator = ({ type: parent, field, childComplexity }) => {
  // The lists of a page are counted by the page's own `first`.
  if (parent.name.endsWith('Connection')) return undefined;
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  return isListType(type) && childComplexity > 0 ? 1 + UNPAGED * childComplexity : undefined;
};

const estimators = [fieldExtensionsEstimator(), unpagedLists, simpleEstimator({ defaultComplexity: 1 })];

/**
 * The points that an operation costs: one for each field, a page's content as often as its `first` says. Throws a
 * GraphQLError where variables don't fit what the operation declares.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> | null,
): number {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  return getComplexity({
    schema,
    estimators,
    query: { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] },
    variables: { ...variables },
    maxQueryNodes: limits.selections * 2,
  });
}

/** Whether what an operation costs is the same whatever its variables are. */
export function isCostFixed(document: DocumentNode): boolean {
  let fixed = true;
  const reads = (name: string, of: readonly string[]): void => {
    if (of.includes(name)) fixed = false;
  };
  visit(document, {
    Argument: ({ name, value }) => {
      if (value.kind === Kind.VARIABLE) reads(name.value, ['first', 'if']);
    },
  });
  return fixed;
}
