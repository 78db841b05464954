import { artifactName } from './artifact.js';
import { writeReadable } from './readable/readable.js';
import { signContactHead } from './sign-statements.js';
import type { Signer } from './signer.js';
import type { Hash } from './verifier/encoding.js';
import { hashOfEntry, readEntry } from './verifier/entry.js';
import { objectIn, readJson, type JsonObject } from './verifier/json.js';
import type { TreeHead } from './verifier/tree.js';
import { writeBundle } from './write-bundle.js';

/** All that is known of one contact as of a checkpoint. */
export type BundleInput = {
  readonly signer: Signer;
  readonly organizationName: string;
  readonly locale: string;
  /** Notes, the oldest first. */
  readonly rotations: readonly string[];
  /** The signed note, and the tree head that it signs. */
  readonly checkpoint: { readonly note: string; readonly head: TreeHead };
  /** All entries of the contact whose transitions are in that tree, the first first; without what was erased. */
  readonly entries: readonly { readonly bytes: Uint8Array; readonly disclosures: readonly string[] }[];
  /** Where its transitions lie in the tree: their positions in the feed, less one. */
  readonly indexes: readonly number[];
  /** The roots of `inclusionSubtrees(size, indexes)`. */
  readonly proof: readonly Hash[];
  /** Bytes that the disclosures speak of, as far as they are there. */
  readonly artifacts: readonly Uint8Array[];
  readonly at: Date;
};

/** The file that proves it. The contact needs at least one entry. */
export function assembleBundle(input: BundleInput): string {
  const { signer, checkpoint, entries, indexes, proof, at } = input;
  const last = entries.at(-1);
  const contact = last && readEntry(last.bytes)?.contact;
  if (last === undefined || contact === undefined) throw new Error('There is no entry that can be attested.');
  const { size } = checkpoint.head;
  const readable = writeReadable({ ...input, size });
  const lastHash = hashOfEntry(last.bytes);
  const statement = { contact, entries: entries.length, lastHash, checkpoint: checkpoint.head, at, readable };
  return writeBundle({
    rotations: input.rotations,
    checkpoint: checkpoint.note,
    head: signContactHead(signer, statement),
    entries: entries.map(({ bytes }) => objectOf(bytes)),
    disclosures: entries.flatMap(({ disclosures }) => disclosures),
    inclusion: { indexes, proof },
    artifacts: withoutRepeats(input.artifacts),
    readable,
  });
}

function objectOf(entry: Uint8Array): JsonObject {
  const object = objectIn(readJson(Buffer.from(entry).toString('utf8'))?.value);
  if (!object) throw new Error('A stored entry can not be read.');
  return object;
}

/** The same bytes may be needed by many entries; they are bundled once. */
function withoutRepeats(artifacts: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(artifacts.map((bytes) => [artifactName(bytes), bytes])).values()];
}
