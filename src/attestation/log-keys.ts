import type { LogKey } from '../domain/attestation-log.js';
import type { KeyWrap } from './notary.js';
import type { RandomBytes } from './seal.js';
import { signRotation } from './sign-statements.js';
import { createSigner, type Signer } from './signer.js';
import { sameBytes } from './verifier/encoding.js';
import { formatVerifierKey, isSameKey, openNote, parseVerifierKey, type VerifierKey } from './verifier/note.js';
import { parseCheckpoint, parseRotation } from './verifier/statements.js';
import type { TreeHead } from './verifier/tree.js';

const SEED_BYTES = 32;

/** The keys of one log, each of which follows on the one before. */
export type KeyChain = {
  /** The oldest first. */
  readonly keys: readonly VerifierKey[];
  /** Notes of all that took over, in that order. */
  readonly rotations: readonly string[];
  /** The head that each of `keys` answers for at most; null for the last. */
  readonly until: readonly (TreeHead | null)[];
};

export type LogKeys = ReturnType<typeof createLogKeys>;

/** Makes the keys of logs and opens them. */
export function createLogKeys(options: { readonly seeds: KeyWrap; readonly randomBytes: RandomBytes }) {
  const { seeds, randomBytes } = options;
  const opened = new Map<string, { readonly seed: Uint8Array; readonly signer: Signer }>();

  function make(organizationId: string, origin: string): { readonly signer: Signer; readonly sealed: Uint8Array } {
    const seed = randomBytes(SEED_BYTES);
    return { signer: createSigner(origin, seed), sealed: seeds.wrap(seed, organizationId) };
  }

  return {
    /** The first key of an organization. */
    first(organizationId: string, origin: string, at: Date): LogKey {
      const { signer, sealed } = make(organizationId, origin);
      return { verifierKey: formatVerifierKey(signer.key), seed: sealed, createdAt: at, rotation: null };
    },
    /** Another key, which takes over from the signer after this tree head. */
    next(organizationId: string, from: Signer, head: TreeHead, at: Date): LogKey {
      const { signer, sealed } = make(organizationId, from.key.name);
      const rotation = signRotation(from, signer, head, at);
      return { verifierKey: formatVerifierKey(signer.key), seed: sealed, createdAt: at, rotation };
    },
    /** Who signs now; null where no key can, or where the secret is not that of the key. */
    signer(organizationId: string, origin: string, keys: readonly LogKey[]): Signer | null {
      const current = keys.find(({ seed }) => seed !== null);
      if (!current?.seed) return null;
      const known = opened.get(organizationId);
      const signer =
        known && sameBytes(known.seed, current.seed)
          ? known.signer
          : createSigner(origin, seeds.unwrap(current.seed, organizationId));
      opened.set(organizationId, { seed: current.seed, signer });
      return formatVerifierKey(signer.key) === current.verifierKey ? signer : null;
    },
  };
}

/** The keys in their order, if each is of this log and took over from the one before by the word of both. */
export function readKeyChain(origin: string, stored: readonly LogKey[]): KeyChain | null {
  const keys: VerifierKey[] = [];
  const rotations: string[] = [];
  const until: (TreeHead | null)[] = [];
  for (const { verifierKey, rotation } of stored) {
    const key = parseVerifierKey(verifierKey);
    const before = keys.at(-1);
    if (key?.name !== origin || (before === undefined) !== (rotation === null)) return null;
    if (before !== undefined && rotation !== null) {
      const said = parseRotation(openNote(rotation, [before, key]) ?? '');
      if (said?.origin !== origin || !isSameKey(said.oldKey, before) || !isSameKey(said.newKey, key)) return null;
      until.push(said.checkpoint);
      rotations.push(rotation);
    }
    keys.push(key);
  }
  return { keys, rotations, until: [...until, null] };
}

/** The tree head that a note is about, if the key that answers for it signed it. */
export function openCheckpoint(note: string, { keys, until }: KeyChain): TreeHead | null {
  for (const [index, key] of keys.entries()) {
    const head = parseCheckpoint(openNote(note, [key]) ?? '');
    if (head?.origin !== key.name) continue;
    const last = until[index] ?? null;
    const first = until[index - 1] ?? null;
    const isItsOwn = (last === null || head.size <= last.size) && (first === null || head.size >= first.size);
    return isItsOwn ? { size: head.size, root: head.root } : null;
  }
  return null;
}
