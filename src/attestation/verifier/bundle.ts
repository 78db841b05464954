import { fromBase64Url, fromUtf8, HASH_BYTES, type Hash } from './encoding.js';
import { isList, objectIn, readJson, type Json, type JsonObject } from './json.js';

export const BUNDLE_FORMAT = 'assent-attestation/2';
/** Files beyond this are not read. */
export const MAX_BUNDLE_BYTES = 64 * 1024 * 1024;

/** What one file tells of one contact: the members of the file, with bytes as bytes. */
export type Bundle = {
  readonly rotations: readonly string[];
  readonly checkpoint: string;
  readonly head: string;
  /** All of the contact, the first first. The bytes of an entry are its canonical JSON. */
  readonly entries: readonly JsonObject[];
  /** Of any of these entries: each belongs where its digest stands. */
  readonly disclosures: readonly string[];
  /** Where the transitions lie in the tree, in their order, and the one proof for all of them. */
  readonly inclusion: { readonly indexes: readonly number[]; readonly proof: readonly Hash[] };
  /** Bytes, named by their hash in the disclosures. */
  readonly artifacts: readonly Uint8Array[];
  /** For people: derived from the rest; null where it was left out. */
  readonly readable: JsonObject | null;
};

/** Reads the file; null for anything that is no bundle. What it says is not checked here. */
export function readBundle(file: Uint8Array): Bundle | null {
  if (file.length > MAX_BUNDLE_BYTES) return null;
  const text = fromUtf8(file);
  const read = text === null ? null : readJson(text);
  const members = 'artifacts,checkpoint,disclosures,entries,format,head,inclusion,readable,rotations';
  const object = read && exactly(read.value, members);
  if (object?.['format'] !== BUNDLE_FORMAT) return null;
  const { checkpoint, head } = object;
  const rotations = listOf(object['rotations'], textIn);
  const entries = listOf(object['entries'], objectIn);
  const disclosures = listOf(object['disclosures'], textIn);
  const inclusion = readInclusion(object['inclusion']);
  const artifacts = listOf(object['artifacts'], readArtifact);
  const readable = object['readable'] === null ? null : objectIn(object['readable']);
  if (typeof checkpoint !== 'string' || typeof head !== 'string' || !rotations || !entries) return null;
  if (!disclosures || !inclusion || !artifacts || (readable === null && object['readable'] !== null)) return null;
  return { rotations, checkpoint, head, entries, disclosures, inclusion, artifacts, readable };
}

function readInclusion(value: Json | undefined): Bundle['inclusion'] | null {
  const object = exactly(value, 'indexes,proof');
  const indexes = listOf(object?.['indexes'], (index) => (typeof index === 'number' && index >= 0 ? index : null));
  const text = object?.['proof'];
  const bytes = typeof text === 'string' ? fromBase64Url(text) : null;
  if (!indexes || !bytes || bytes.length % HASH_BYTES !== 0) return null;
  const proof = Array.from({ length: bytes.length / HASH_BYTES }, (_, at) =>
    bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
  return { indexes, proof };
}

function readArtifact(value: Json): Uint8Array | null {
  if (typeof value === 'string') return Buffer.from(value);
  const base64 = exactly(value, 'base64')?.['base64'];
  return typeof base64 === 'string' ? fromBase64Url(base64) : null;
}

/** The value, if it is an object with exactly these members. */
function exactly(value: Json | undefined, names: string): JsonObject | null {
  const object = objectIn(value);
  return object && Object.keys(object).sort().join() === names ? object : null;
}

function listOf<Item>(value: Json | undefined, read: (item: Json) => Item | null): readonly Item[] | null {
  if (value === undefined || !isList(value)) return null;
  const items = value.map(read);
  return items.every((item) => item !== null) ? items : null;
}

function textIn(value: Json): string | null {
  return typeof value === 'string' ? value : null;
}
