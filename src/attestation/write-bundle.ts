import type { Hash } from './verifier/encoding.js';
import { fromUtf8, toBase64Url } from './verifier/encoding.js';
import { BUNDLE_FORMAT, type Bundle, type BundledArtifact } from './verifier/bundle.js';
import { canonicalJson, type JsonObject } from './verifier/json.js';

/** The text of a bundle's file: canonical JSON. What it holds is written as it is; nothing is checked. */
export function writeBundle({ entries, inclusion, artifacts, ...signed }: Bundle): string {
  return canonicalJson({
    format: BUNDLE_FORMAT,
    rotations: signed.rotations,
    checkpoint: signed.checkpoint,
    head: signed.head,
    readable: signed.readable,
    entries: entries.map(({ payload, disclosures }) => ({ payload: textOf(payload), disclosures })),
    inclusion: { indexes: inclusion.indexes, proof: joined(inclusion.proof) },
    artifacts: artifacts.map(artifactJson),
  });
}

/** The same bytes may be needed by many entries; they are bundled once. */
export function withoutRepeats(artifacts: readonly BundledArtifact[]): readonly BundledArtifact[] {
  return [...new Map(artifacts.map((artifact) => [artifact.sha256, artifact])).values()];
}

function textOf(bytes: Uint8Array): string {
  const text = fromUtf8(bytes);
  if (text === null) throw new Error('An entry is UTF-8; these bytes are not.');
  return text;
}

function artifactJson({ sha256, bytes }: BundledArtifact): JsonObject {
  const text = fromUtf8(bytes);
  return text === null ? { sha256, base64: toBase64Url(bytes) } : { sha256, text };
}

function joined(proof: readonly Hash[]): string {
  return toBase64Url(Buffer.concat(proof));
}
