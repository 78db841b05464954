import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

/** The longest document that is read, in tokens. */
export const MAX_TOKENS = 2_000;
const MAX_ERRORS = 20;
/** Documents kept as they were read; most subscribers send one that somebody sent before. */
const REMEMBERED = 500;

/** A document that may be executed, or why not: errors with codes, as the HTTP transport gives them. */
export type ReadDocument =
  | { readonly document: DocumentNode; readonly errors: null }
  | { readonly document: null; readonly errors: readonly GraphQLError[] };

/** Reads and checks documents by the same rules as over HTTP, for the transports that execute by themselves. */
export function createDocuments(options: { readonly schema: GraphQLSchema; readonly introspection: boolean }) {
  const { schema, introspection } = options;
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const known = new Map<string, ReadDocument & { readonly errors: null }>();

  function read(text: string): ReadDocument {
    const remembered = known.get(text);
    if (remembered) return remembered;
    const document = parsed(text);
    if (document instanceof GraphQLError) return { document: null, errors: [document] };
    const errors = validate(schema, document, rules, { maxErrors: MAX_ERRORS });
    if (errors.length > 0) {
      return { document: null, errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) };
    }
    const accepted = { document, errors: null };
    const [oldest] = known.keys();
    if (known.size >= REMEMBERED && oldest !== undefined) known.delete(oldest);
    known.set(text, accepted);
    return accepted;
  }

  return { read };
}

export type Documents = ReturnType<typeof createDocuments>;

function parsed(text: string): DocumentNode | GraphQLError {
  try {
    return parse(text, { maxTokens: MAX_TOKENS });
  } catch (error) {
    if (error instanceof GraphQLError) return withCode(error, 'GRAPHQL_PARSE_FAILED');
    throw error;
  }
}

/** Errors about a value that a scalar can't read keep their own code. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { code, ...extensions } });
}
