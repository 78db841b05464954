import { createHash } from 'node:crypto';
import { limits } from './limits.js';
import { refused, tooComplex, type Refusal } from './operation-refused.js';

/** What a caller asks for, in whatever form and over whatever transport it came. */
export type OperationRequest = {
  /** The document; null where only its hash was sent. */
  readonly text: string | null;
  /** The hash that was sent, 64 hexadecimal digits; something else where it can be no hash. */
  readonly hash: string | null;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>> | null;
};

/** The SHA-256 of a text as documents are named by it: 64 hexadecimal digits. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Reads the parameters of an operation. Its document is named by `documentId` ("sha256:<hex>" or "<hex>"), as a member
 * or in `extensions`, or by `extensions.persistedQuery.sha256Hash`; an empty `query` is none. `variables` and
 * `extensions` may be JSON texts, as they are in addresses.
 */
export function readOperationRequest(given: Readonly<Record<string, unknown>>): OperationRequest | Refusal {
  const { query, operationName } = given;
  const variables = objectIn(given['variables']);
  const extensions = objectIn(given['extensions']);
  if (query != null && typeof query !== 'string') return bad('`query` should be a text.');
  if (operationName != null && typeof operationName !== 'string') return bad('`operationName` should be a text.');
  if (variables === undefined) return bad('`variables` should be a JSON object.');
  if (extensions === undefined) return bad('`extensions` should be a JSON object.');
  const persisted = objectIn(extensions?.['persistedQuery']);
  if (persisted === undefined) return bad('`extensions.persistedQuery` should be a JSON object.');
  if (persisted !== null && Number(persisted['version'] ?? 1) !== 1) {
    return bad('`extensions.persistedQuery.version` should be 1.');
  }
  const names = [given['documentId'], extensions?.['documentId'], persisted?.['sha256Hash']].filter((id) => id != null);
  if (names.some((name) => typeof name !== 'string')) return bad("A document's id should be a text.");
  const [hash = null, ...others] = [...new Set((names as string[]).map(withoutPrefix))];
  if (others.length > 0) return bad('The request names two different documents.');
  const text = query === undefined || query === '' ? null : query;
  if (text === null && hash === null) return bad('Send `query`, or the id of a published document.');
  if (text !== null && hash !== null && hashOf(text) !== hash)
    return bad('`query` does not have the hash that was sent.');
  const excess = excessOf(variables);
  if (excess) return excess;
  return { text, hash, operationName: operationName || null, variables };
}

const withoutPrefix = (id: string): string => id.replace(/^sha256:/i, '').toLowerCase();

const bad = (message: string): Refusal => refused(400, 'BAD_REQUEST', message);

/** Null where nothing was given, undefined for what is no object. */
function objectIn(given: unknown): Readonly<Record<string, unknown>> | null | undefined {
  if (given == null || given === '') return null;
  if (typeof given === 'string') {
    try {
      const parsed: unknown = JSON.parse(given);
      return typeof parsed === 'string' ? undefined : objectIn(parsed);
    } catch {
      return undefined;
    }
  }
  return typeof given === 'object' && !Array.isArray(given) ? (given as Record<string, unknown>) : undefined;
}

/** Variables are few and flat; what is neither would only be walked through for nothing. */
function excessOf(variables: OperationRequest['variables']): Refusal | null {
  let level: unknown[] = variables === null ? [] : [variables];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limits.variableDepth) return { status: 400, errors: [tooComplex('variableDepth', null)] };
    level = level.flatMap(within);
    values += level.length;
    if (values > limits.variableValues) return { status: 400, errors: [tooComplex('variableValues', null)] };
  }
  return null;
}

const within = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];
