import { signByAll, type Signer } from './signer.js';
import { sha256, type Hash } from './verifier/encoding.js';
import { canonicalJson, type JsonObject } from './verifier/json.js';
import { formatCheckpoint, formatContactHead, formatRotation } from './verifier/statements.js';
import type { TreeHead } from './verifier/tree.js';

/** A tree head, signed by the log: a C2SP checkpoint. Whether it may be signed is judged before. */
export function signCheckpoint(signer: Signer, head: TreeHead): string {
  return signer.sign(formatCheckpoint({ origin: signer.key.name, ...head }));
}

/** The log's word on a contact as of a checkpoint, so that no later entry up to it can be left out. */
export function signContactHead(
  signer: Signer,
  statement: {
    readonly contact: string;
    readonly entries: number;
    readonly lastHash: Hash;
    readonly checkpoint: TreeHead;
    readonly at: Date;
    readonly readable: JsonObject | null;
  },
): string {
  const { at, readable, ...rest } = statement;
  const shown = readable && sha256(canonicalJson(readable));
  return signer.sign(formatContactHead({ origin: signer.key.name, ...rest, at: at.toISOString(), readable: shown }));
}

/** The word of both keys that the new one signs after this tree head. */
export function signRotation(from: Signer, to: Signer, checkpoint: TreeHead, at: Date): string {
  const keys = { oldKey: from.key, newKey: to.key };
  const text = formatRotation({ origin: from.key.name, ...keys, checkpoint, at: at.toISOString() });
  return signByAll(text, [from, to]);
}
