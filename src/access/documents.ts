import type { DocumentNode, GraphQLError, OperationDefinitionNode } from 'graphql';
import { isCostFixed } from './document-cost.js';
import { readDocument, type DocumentReader } from './document-rules.js';

/** Documents kept as they were read; most callers send one that somebody sent before. */
const REMEMBERED = 1_000;

/** A document that was read and may be executed, with what is known of its operations. */
export type KnownDocument = {
  readonly document: DocumentNode;
  readonly errors: null;
  /** What its operations cost depends on no variable; then it is counted once. */
  readonly isCostFixed: boolean;
  readonly fixedCosts: WeakMap<OperationDefinitionNode, number>;
};

/** Reads documents, each as a rule once. The one that was read longest ago makes room for a new one. */
export function createDocuments(reader: DocumentReader) {
  const known = new Map<string, KnownDocument>();

  function read(text: string): KnownDocument | { readonly document: null; readonly errors: readonly GraphQLError[] } {
    const remembered = known.get(text);
    if (remembered) return remembered;
    const { document, errors } = readDocument(text, reader);
    if (errors) return { document: null, errors };
    const accepted = { document, errors: null, isCostFixed: isCostFixed(document), fixedCosts: new WeakMap() };
    const [oldest] = known.keys();
    if (known.size >= REMEMBERED && oldest !== undefined) known.delete(oldest);
    known.set(text, accepted);
    return accepted;
  }

  return { read };
}
