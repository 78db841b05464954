import { getOperationAST, getVariableValues, GraphQLError, OperationTypeNode } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { PartnerAccess, PublishedDocument, PublishedDocuments } from '../domain/partner.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Viewer } from '../domain/viewer.js';
import { costOf } from './document-cost.js';
import { withoutSuggestion } from './document-rules.js';
import { createDocuments, type KnownDocument } from './documents.js';
import { limits } from './limits.js';
import { refused, tooComplex, type Refusal } from './operation-refused.js';
import { hashOf, readOperationRequest } from './operation-request.js';
import type { RateLimits } from './rate-limits.js';

/** An operation that may be carried out now. */
export type Admitted = {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>> | null;
  /** The published document that it is; null for any other text. */
  readonly published: PublishedDocument | null;
  readonly cost: number;
};

/** How an operation came; each way carries some kinds of operation. */
export type Way = 'HTTP_POST' | 'HTTP_GET' | 'STREAM_POST' | 'STREAM_GET' | 'SOCKET';

const { QUERY, MUTATION, SUBSCRIPTION } = OperationTypeNode;
const carried: Readonly<Record<Way, readonly OperationTypeNode[]>> = {
  HTTP_POST: [QUERY, MUTATION],
  HTTP_GET: [QUERY],
  STREAM_POST: [QUERY, MUTATION, SUBSCRIPTION],
  STREAM_GET: [QUERY, SUBSCRIPTION],
  SOCKET: [QUERY, MUTATION, SUBSCRIPTION],
};

/**
 * The one gate of operations, whatever they came over: what the caller may run, the limits, and the points it costs.
 * The order matters: the cheapest refusals come first, and a text that may not be run is never parsed.
 */
export function createAdmission(dependencies: {
  readonly schema: GraphQLSchema;
  /** Whether people are told of the schema by introspection and by suggestions; partners never are. */
  readonly revealsSchema: boolean;
  readonly publishedDocuments?: Pick<PublishedDocuments, 'find'>;
  readonly rateLimits?: RateLimits;
  readonly log: Pick<Logger, 'warn'>;
}) {
  const { schema, revealsSchema, log, publishedDocuments = noDocuments, rateLimits = noLimits } = dependencies;
  const open = createDocuments({ schema, revealsSchema });
  const closed = revealsSchema ? createDocuments({ schema, revealsSchema: false }) : open;
  const audited = new Set<string>();

  async function admit(
    viewer: Viewer,
    given: Readonly<Record<string, unknown>>,
    way: Way,
  ): Promise<Admitted | Refusal> {
    const { partner } = viewer;
    const early = await spend(viewer, 1);
    if (early) return early;
    if (partner?.enforcement === 'ID_ONLY' && given['query'] != null && given['query'] !== '') return idRequired;
    const request = readOperationRequest(given);
    if ('errors' in request) return request;
    const { operationName, variables } = request;
    const found = await textOf(viewer, request);
    if ('errors' in found) return found;
    const documents = partner === null ? open : closed;
    const known = documents.read(found.text);
    if (known.errors) return { status: 400, errors: known.errors };
    const { document } = known;
    const operation = getOperationAST(document, operationName);
    if (!operation) return unknownOperation(operationName);
    if (!carried[way].includes(operation.operation)) return notCarried(operation.operation, way);
    const misfits = misfitsOf(operation, variables);
    if (misfits) return { status: 400, errors: misfits.map((error) => badVariable(error, documents === open)) };
    const cost = priceOf(known, operation, variables);
    if (cost > limits.cost) return { status: 400, errors: [tooComplex('cost', cost)] };
    const late = await spend(viewer, cost - 1);
    if (late) return late;
    return { document, operation, operationName, variables, published: found.published, cost };
  }

  async function textOf(
    { organizationId, partner }: Viewer,
    { text, hash }: { readonly text: string | null; readonly hash: string | null },
  ): Promise<{ readonly text: string; readonly published: PublishedDocument | null } | Refusal> {
    // Nobody but a partner has documents: a person's text is run as it is, and a hash alone names nothing.
    if (partner === null) return text === null ? notFound : { text, published: null };
    if (partner.enforcement === 'OFF' && text !== null) return { text, published: null };
    const name = hash ?? hashOf(text ?? '');
    const published = HASH.test(name) ? await publishedDocuments.find(organizationId, partner.partnerId, name) : null;
    if (published) return { text: published.text, published };
    if (text === null) return notFound;
    if (partner.enforcement !== 'AUDIT') return idRequired;
    audit(partner, name);
    return { text, published: null };
  }

  /** Each text is told of once, and not without end. */
  function audit({ partnerId, keyId }: PartnerAccess, hash: string): void {
    const name = `${partnerId} ${hash}`;
    if (audited.has(name) || audited.size >= AUDITED) return;
    audited.add(name);
    log.warn({ partnerId, keyId, hash }, 'a partner ran a document that is not published for it');
  }

  /** What of the variables does not fit what the operation declares. */
  function misfitsOf(
    { variableDefinitions = [] }: OperationDefinitionNode,
    variables: Admitted['variables'],
  ): readonly GraphQLError[] | null {
    if (variableDefinitions.length === 0) return null;
    return getVariableValues(schema, variableDefinitions, { ...variables }, { maxErrors: MAX_ERRORS }).errors ?? null;
  }

  function priceOf(known: KnownDocument, operation: OperationDefinitionNode, variables: Admitted['variables']): number {
    const counted = known.fixedCosts.get(operation);
    if (counted !== undefined) return counted;
    const cost = Math.max(1, costOf(schema, known.document, operation, variables));
    if (known.isCostFixed) known.fixedCosts.set(operation, cost);
    return cost;
  }

  async function spend(viewer: Viewer, points: number): Promise<Refusal | null> {
    const wait = points > 0 ? await rateLimits.spend(viewer, points) : null;
    if (!wait) return null;
    const { scope, limit, retryAfterMs } = wait;
    const whose = scope === 'CALLER' ? 'You have' : 'Your organization has';
    const seconds = Math.ceil(retryAfterMs / 1000);
    return refused(429, 'RATE_LIMITED', `${whose} spent the points of this minute. Try again in ${seconds} s.`, {
      extensions: { retryAfterMs, scope, limit },
      headers: { 'retry-after': String(seconds) },
    });
  }

  return {
    /** Never rejects: when it can't be told now what the caller may run, that is the refusal. */
    admit: (...asked: Parameters<typeof admit>): ReturnType<typeof admit> => admit(...asked).catch(fault),
  };
}

export type Admission = ReturnType<typeof createAdmission>;

const HASH = /^[0-9a-f]{64}$/;
const AUDITED = 1_000;
const MAX_ERRORS = 20;
const noDocuments = { find: () => Promise.resolve(null) };
const noLimits: RateLimits = { spend: () => Promise.resolve(null) };

const idRequired = refused(
  400,
  'PERSISTED_QUERY_REQUIRED',
  'This key runs published documents alone: send the id of one, such as {"documentId": "sha256:…"}, and no text.',
);

/** What it was is for the log, which each transport writes as it does for every fault. */
function fault(cause: unknown): Refusal {
  const originalError = cause instanceof Error ? cause : new Error(String(cause));
  const extensions = { code: 'INTERNAL_SERVER_ERROR' };
  return {
    status: 500,
    errors: [new GraphQLError('It can’t be told what may be run.', { originalError, extensions })],
  };
}

/** The words that clients of persisted queries look for. */
const notFound = refused(404, 'PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');

function unknownOperation(operationName: string | null): Refusal {
  const message =
    operationName === null
      ? 'The document has several operations: say in `operationName` which one is meant.'
      : `The document has no operation "${operationName}".`;
  return refused(400, 'OPERATION_RESOLUTION_FAILURE', message);
}

function notCarried(type: OperationTypeNode, way: Way): Refusal {
  if (type === MUTATION)
    return refused(405, 'BAD_REQUEST', 'Send a mutation with POST.', { headers: { allow: 'POST' } });
  const message = 'Subscriptions are served over WebSocket on /graphql and as a stream on /graphql/stream.';
  return refused(405, 'BAD_REQUEST', message, { headers: { allow: way === 'HTTP_GET' ? 'POST' : 'GET, POST' } });
}

function badVariable({ message, nodes, extensions }: GraphQLError, revealsSchema: boolean): GraphQLError {
  const told = revealsSchema ? message : withoutSuggestion(message);
  return new GraphQLError(told, { nodes, extensions: { ...extensions, code: 'BAD_USER_INPUT' } });
}
