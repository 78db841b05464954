import type { Hash } from './verifier/encoding.js';
import { fromUtf8, toBase64Url } from './verifier/encoding.js';
import { BUNDLE_FORMAT, type Bundle } from './verifier/bundle.js';
import { canonicalJson, type Json } from './verifier/json.js';

/** The text of a bundle's file: canonical JSON, so that the bytes of each entry stand in it. Nothing is checked. */
export function writeBundle({ inclusion, artifacts, ...rest }: Bundle): string {
  return canonicalJson({
    format: BUNDLE_FORMAT,
    ...rest,
    inclusion: { indexes: inclusion.indexes, proof: joined(inclusion.proof) },
    artifacts: artifacts.map(artifactJson),
  });
}

/** As text where it is one that JSON can hold. */
function artifactJson(bytes: Uint8Array): Json {
  return fromUtf8(bytes) ?? { base64: toBase64Url(bytes) };
}

function joined(proof: readonly Hash[]): string {
  return toBase64Url(Buffer.concat(proof));
}
