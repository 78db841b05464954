import { sha256, type Hash } from './encoding.js';

/** The Merkle tree of RFC 6962, section 2.1. Sizes and indexes are whole numbers up to 2^53 - 1. */
export type TreeHead = { readonly size: number; readonly root: Hash };

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(bytes: Uint8Array): Hash {
  return sha256(LEAF, bytes);
}

export function nodeHash(left: Hash, right: Hash): Hash {
  return sha256(NODE, left, right);
}

export const emptyRoot: Hash = sha256();

/** Where a tree of so many leaves, more than one, divides: the largest power of two below the size. */
export function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** The roots of the full subtrees that a tree is made of, from the left, the largest first: all that growing needs. */
export type Frontier = { readonly size: number; readonly nodes: readonly Hash[] };

export const emptyFrontier: Frontier = { size: 0, nodes: [] };

/** The frontier after more leaves. */
export function grow({ size, nodes }: Frontier, leaves: readonly Hash[]): Frontier {
  const grown = [...nodes];
  leaves.forEach((leaf, index) => {
    let node = leaf;
    // As many full subtrees end here as the number of leaves before it has ones at its end.
    for (let before = size + index; before % 2 === 1; before = (before - 1) / 2) {
      node = nodeHash(grown.pop() as Hash, node);
    }
    grown.push(node);
  });
  return { size: size + leaves.length, nodes: grown };
}

/** The root of the tree with this frontier. */
export function rootOf({ nodes }: Pick<Frontier, 'nodes'>): Hash {
  const last = nodes.at(-1);
  return last === undefined ? emptyRoot : nodes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}
