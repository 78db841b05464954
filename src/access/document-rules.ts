import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import {
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { limits } from './limits.js';
import { tooComplex } from './operation-refused.js';

const MAX_ERRORS = 20;

/** A document that may be executed, or why not: errors with codes, as every transport gives them. */
export type ReadDocument =
  | { readonly document: DocumentNode; readonly errors: null }
  | { readonly document: null; readonly errors: readonly GraphQLError[] };

/** What of the schema a reader is told: by introspection, and by suggestions in errors. */
export type DocumentReader = { readonly schema: GraphQLSchema; readonly revealsSchema: boolean };

/**
 * Reads and checks a document: its length before it is parsed to the end, its extent before it is validated (the rules
 * of GraphQL itself take long for what is laid out very wide), then all the rules.
 */
export function readDocument(text: string, { schema, revealsSchema }: DocumentReader): ReadDocument {
  const told = (error: GraphQLError, code: string): GraphQLError => withCode(error, code, revealsSchema);
  const document = parsed(text);
  if (document instanceof GraphQLError) {
    return refusedWith([isTooLong(document) ? tooComplex('tokens', null) : told(document, 'GRAPHQL_PARSE_FAILED')]);
  }
  const wide = tooWide(document);
  if (wide) return refusedWith([wide]);
  const rules = revealsSchema ? openRules : closedRules;
  const errors = validate(schema, document, rules, { maxErrors: MAX_ERRORS });
  if (errors.length > 0) return refusedWith(errors.map((error) => told(error, 'GRAPHQL_VALIDATION_FAILED')));
  return { document, errors: null };
}

type Armored = 'depth' | 'aliases' | 'directives';

/** graphql-armor's rules throw what they find, unless they are told to hand it over. */
const handedOver = (measure: Armored) => ({
  n: limits[measure],
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null) => context?.reportError(tooComplex(measure, null))],
});

const openRules: readonly ValidationRule[] = [
  ...specifiedRules,
  maxDepthRule({ ...handedOver('depth'), flattenFragments: true }),
  maxAliasesRule(handedOver('aliases')),
  maxDirectivesRule(handedOver('directives')),
];
const closedRules = [...openRules, NoSchemaIntrospectionCustomRule];

function parsed(text: string): DocumentNode | GraphQLError {
  try {
    return parse(text, { maxTokens: limits.tokens });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

const isTooLong = ({ message }: GraphQLError): boolean => message.includes('Document contains more that');

/** The extent of each operation with its fragments laid out: fragments that spread each other twice double with each. */
function tooWide({ definitions }: DocumentNode): GraphQLError | null {
  const fragments = new Map(
    definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node.selectionSet]] : [],
    ),
  );
  const known = new Map<string, number>();
  const under = new Set<string>();
  let widest = 0;

  /** Capped, so that doubling stays a number; a fragment within itself is another rule's to refuse. */
  function sizeOf(name: string, whole: boolean): number {
    const fragment = fragments.get(name);
    const key = `${whole ? '' : '.'}${name}`;
    if (!fragment || under.has(key)) return 0;
    under.add(key);
    const size = known.get(key) ?? extentOf(fragment, whole);
    known.set(key, size);
    under.delete(key);
    return size;
  }

  function extentOf({ selections }: SelectionSetNode, whole: boolean): number {
    let sum = 0;
    widest = Math.max(widest, selections.length);
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) sum += sizeOf(selection.name.value, whole);
      else if (selection.kind === Kind.INLINE_FRAGMENT) sum += extentOf(selection.selectionSet, whole);
      else sum += 1 + (whole && selection.selectionSet ? extentOf(selection.selectionSet, true) : 0);
      if (sum > limits.selections) return limits.selections + 1;
    }
    return sum;
  }

  for (const node of definitions) {
    if (node.kind !== Kind.OPERATION_DEFINITION) continue;
    const rootFields = extentOf(node.selectionSet, false);
    if (rootFields > limits.rootFields) return tooComplex('rootFields', null);
    if (extentOf(node.selectionSet, true) > limits.selections) return tooComplex('selections', null);
  }
  // Those that nothing spreads are validated too.
  for (const name of fragments.keys()) sizeOf(name, true);
  return widest > limits.siblings ? tooComplex('siblings', null) : null;
}

const refusedWith = (errors: readonly GraphQLError[]): ReadDocument => ({ document: null, errors });

/** Errors about a value that a scalar can't read keep their own code. Suggestions name parts of the schema. */
function withCode(error: GraphQLError, code: string, revealsSchema: boolean): GraphQLError {
  const { nodes, source, positions, path, extensions } = error;
  const message = revealsSchema ? error.message : withoutSuggestion(error.message);
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { code, ...extensions } });
}

/** What an error says without its "Did you mean …?". */
export function withoutSuggestion(message: string): string {
  return message.replace(/ ?Did you mean .+\?$/, '');
}
