import { sha256, toBase64Url } from './verifier/encoding.js';
import type { JsonObject } from './verifier/json.js';

/** What stored bytes are. */
export const artifactKinds = ['request-sent', 'response', 'webhook-received', 'webhook-item'] as const;

export type ArtifactKind = (typeof artifactKinds)[number];

/** Bytes that an entry speaks of, and what is to be known of them, such as a signature header and its result. */
export type Artifact = {
  readonly kind: ArtifactKind;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly about: JsonObject;
};

/** The name under which bytes are stored and bundled. */
export function artifactName(bytes: Uint8Array): string {
  return toBase64Url(sha256(bytes));
}

/** What an entry commits to instead of the bytes. */
export function artifactValue({ kind, mediaType, bytes, about }: Artifact): JsonObject {
  return { kind, mediaType, sha256: artifactName(bytes), size: bytes.length, about };
}
