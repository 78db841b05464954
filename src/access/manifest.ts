import { z } from 'zod';

/** A document as a manifest holds it, under the hash that it claims. */
export type ManifestEntry = { readonly hash: string; readonly text: string };

/** A file that is no manifest; the message says what one looks like. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** More would not be read by anybody. */
const MAX_DOCUMENTS = 1_000;
const HASH = /^(?:sha256:)?([0-9a-f]{64})$/i;

const byHash = z.record(z.string(), z.string());
const apollo = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
});

/**
 * Reads `{"sha256:<hex>": "<document>"}`, the same without the prefix, or what Apollo's generator writes. The hashes are
 * only claimed. Throws a ManifestError for anything else.
 */
export function readManifest(text: string): readonly ManifestEntry[] {
  const json = parseJson(text);
  const generated = apollo.safeParse(json);
  const plain = byHash.safeParse(json);
  if (!generated.success && !plain.success) throw malformed('it is no object of hashes and documents');
  const named = generated.success
    ? generated.data.operations.map(({ id, body }) => [id, body] as const)
    : Object.entries(plain.data ?? {});
  if (named.length === 0) throw malformed('it holds no document');
  if (named.length > MAX_DOCUMENTS) throw new ManifestError(`A manifest holds at most ${MAX_DOCUMENTS} documents.`);
  const entries = named.map(([key, document]) => {
    const hash = HASH.exec(key)?.[1]?.toLowerCase();
    if (hash === undefined) throw malformed(`"${key.slice(0, 80)}" is no SHA-256`);
    return { hash, text: document };
  });
  if (new Set(entries.map(({ hash }) => hash)).size < entries.length) throw malformed('it holds one hash twice');
  return entries;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ManifestError(`The manifest is not JSON: ${cause instanceof Error ? cause.message : 'unreadable'}.`, {
      cause,
    });
  }
}

const malformed = (why: string): ManifestError =>
  new ManifestError(`The file is not a manifest, since ${why}. One looks like {"sha256:<64 hex digits>": "query …"}.`);
