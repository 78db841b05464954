import { consistencySubtrees, inclusionSubtrees } from '../../src/attestation/prove.js';
import { signCheckpoint, signRotation } from '../../src/attestation/sign-statements.js';
import { toBase64Url } from '../../src/attestation/verifier/encoding.js';
import { formatVerifierKey } from '../../src/attestation/verifier/note.js';
import { histories, word } from './attestation-histories.js';
import { bundleOf, createHashes, fillerLeaf, headOf, minute, seededBytes, signerOf } from './attestation-scene.js';

/** For each size up to 257: the checkpoint, a proof for some leaves, and that it follows on an earlier size. */
export type TreeVectors = {
  readonly key: string;
  readonly vectors: readonly {
    readonly size: number;
    readonly checkpoint: string;
    /** The leaf with index i is the entry `leaf i`. */
    readonly indexes: readonly number[];
    readonly inclusion: string;
    /** An earlier size, whose checkpoint is that of its own vector. */
    readonly from: number;
    readonly consistency: string;
  }[];
};

export type BundleVectors = readonly {
  readonly name: string;
  readonly exit: number;
  readonly key: string;
  readonly file: string;
}[];

export const LARGEST = 257;

type Cut = {
  readonly entries: unknown[];
  readonly disclosures: unknown[];
  readonly inclusion: { readonly indexes: number[] };
};

export function treeVectors(): TreeVectors {
  const signer = signerOf('vectors', 'vectors.example/trees');
  const randomBytes = seededBytes('places');
  const below = (limit: number): number => Buffer.from(randomBytes(6)).readUIntBE(0, 6) % limit;
  const leaves = Array.from({ length: LARGEST }, (_, index) => fillerLeaf(index));
  const hashes = createHashes(leaves);
  const joined = (subtrees: Parameters<typeof hashes>[0]): string => toBase64Url(Buffer.concat(hashes(subtrees)));
  const vectors = Array.from({ length: LARGEST + 1 }, (_, size) => {
    const some = size === 0 ? [] : Array.from({ length: 1 + below(4) }, () => below(size));
    const indexes = [...new Set(some)].sort((a, b) => a - b);
    const from = below(size + 1);
    return {
      size,
      checkpoint: signCheckpoint(signer, headOf(leaves.slice(0, size))),
      indexes,
      inclusion: joined(inclusionSubtrees(size, indexes)),
      from,
      consistency: joined(consistencySubtrees(from, size)),
    };
  });
  return { key: formatVerifierKey(signer.key), vectors };
}

export function bundleVectors(): BundleVectors {
  const outcomes = Object.entries(histories).map(([name, steps]) => ({ name, exit: 0, ...bundleOf(name, steps) }));
  const withdrawn = [...(histories['accepted'] ?? []), word('ConsentWithdrawn', 9)];
  const undisclosed = bundleOf('undisclosed', withdrawn, { keep: () => false, locale: 'de' });
  const [old, renewed] = [signerOf('key'), signerOf('renewed')];
  const rotations = [signRotation(old, renewed, headOf([]), minute(1))];
  const rotated = bundleOf('rotated', withdrawn, { signer: renewed, trusted: old, rotations, locale: 'es' });
  const unrotated = bundleOf('unrotated', withdrawn, { signer: renewed, trusted: old });
  const { file, entries } = bundleOf('cut', withdrawn);
  const cut = JSON.parse(file) as Cut;
  cut.disclosures.splice(-(entries.at(-1)?.disclosures.length ?? 0));
  cut.entries.pop();
  cut.inclusion.indexes.pop();
  return [
    ...outcomes,
    { name: 'committed, undisclosed', exit: 0, ...undisclosed },
    { name: 'the key has changed', exit: 0, ...rotated },
    { name: 'the key has changed and nobody says so', exit: 1, ...unrotated },
    { name: 'the withdrawal is cut off', exit: 1, key: formatVerifierKey(old.key), file: JSON.stringify(cut) },
    { name: 'no bundle', exit: 2, key: formatVerifierKey(old.key), file: '{"format":"assent-attestation/2"}' },
  ].map(({ name, exit, key, file }) => ({ name, exit, key, file }));
}
