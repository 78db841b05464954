import {
  GraphQLError,
  Kind,
  NoDeprecatedCustomRule,
  NoSchemaIntrospectionCustomRule,
  parse,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { PartnerScope } from '../domain/partner.js';
import { readDocument } from './document-rules.js';
import { limits } from './limits.js';
import type { ManifestEntry } from './manifest.js';
import { tooComplex } from './operation-refused.js';
import { hashOf } from './operation-request.js';
import { boundedPages, oneNamedOperation, withinScopes } from './publishing-rules.js';
import { worstCostOf } from './worst-cost.js';

/** A document with all that is wrong with it; one without a problem may be published. */
export type DocumentVerdict = {
  readonly hash: string;
  /** Name and kind of its operation; null where they can't be told. */
  readonly name: string | null;
  readonly kind: `${OperationDefinitionNode['operation']}` | null;
  readonly text: string;
  /** Points of cost with every variable at its worst; null for what can't run at all. */
  readonly cost: number | null;
  readonly problems: readonly string[];
};

export type PublishingRules = {
  readonly schema: GraphQLSchema;
  readonly largestPage: number;
  readonly scopes: readonly PartnerScope[];
  readonly allowDeprecated: boolean;
};

/** Beyond this it is no document that somebody wrote. */
const MAX_CHARACTERS = 64 * 1024;

/** Holds a document to the rules of publishing, and to the limits that it will be held to when it runs. */
export function checkDocument(entry: ManifestEntry, rules: PublishingRules): DocumentVerdict {
  const { hash, text } = entry;
  const { schema } = rules;
  const read = readDocument(text, { schema, revealsSchema: true });
  const document = read.document ?? parsed(text);
  const operation = document && operationOf(document);
  const own = document === null ? [] : validate(schema, document, publishingRules(rules), { maxErrors: 20 });
  const cost = read.document && operation ? worstCostOf(schema, read.document, operation) : null;
  return {
    hash,
    name: operation?.name?.value ?? null,
    kind: operation?.operation ?? null,
    text,
    cost,
    problems: [
      ...(text.length > MAX_CHARACTERS ? [`The document is longer than ${MAX_CHARACTERS} characters.`] : []),
      ...(hashOf(text) === hash ? [] : [`The hash is not that of the text, which is ${hashOf(text)}.`]),
      ...[...(read.errors ?? []), ...own].map(said),
      ...(cost !== null && cost > limits.cost ? [said(tooComplex('cost', cost))] : []),
    ],
  };
}

function publishingRules({ scopes, largestPage, allowDeprecated }: PublishingRules) {
  return [
    NoSchemaIntrospectionCustomRule,
    oneNamedOperation,
    withinScopes(scopes),
    boundedPages(largestPage),
    ...(allowDeprecated ? [] : [NoDeprecatedCustomRule]),
  ];
}

const operationOf = ({ definitions }: DocumentNode): OperationDefinitionNode | undefined =>
  definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);

/** Also of a document that is refused, its name is told where it has one. */
function parsed(text: string): DocumentNode | null {
  try {
    return parse(text, { maxTokens: limits.tokens });
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

function said({ message, locations }: GraphQLError): string {
  const [at] = locations ?? [];
  return at === undefined ? message : `${message} (line ${at.line}, column ${at.column})`;
}
