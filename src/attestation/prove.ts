import type { Hash } from './verifier/encoding.js';
import { emptyFrontier, grow, rootOf, splitOf } from './verifier/tree.js';

/** The leaves from `from`, `size` of them: always one subtree of the tree of RFC 6962. */
export type Subtree = { readonly from: number; readonly size: number };

/** The subtrees whose roots prove that a tree has the leaves at these places (in order, none twice), from the left. */
export function inclusionSubtrees(size: number, indexes: readonly number[]): readonly Subtree[] {
  const subtrees: Subtree[] = [];
  let next = 0;

  function walk(from: number, count: number): void {
    const index = indexes[next];
    if (index === undefined || index >= from + count) {
      subtrees.push({ from, size: count });
    } else if (count === 1) {
      next += 1;
    } else {
      const split = splitOf(count);
      walk(from, split);
      walk(from + split, count - split);
    }
  }

  if (size > 0) walk(0, size);
  return subtrees;
}

/** The subtrees whose roots prove that the later tree begins with the earlier one: RFC 6962, section 2.1.2. */
export function consistencySubtrees(earlier: number, later: number): readonly Subtree[] {
  if (earlier === 0 || earlier >= later) return [];
  const proof: Subtree[] = [];
  let { from, size } = { from: 0, size: later };
  let rest = earlier;
  let isKnown = true;
  while (rest !== size) {
    const split = splitOf(size);
    if (rest <= split) {
      proof.push({ from: from + split, size: size - split });
      size = split;
    } else {
      proof.push({ from, size: split });
      from += split;
      size -= split;
      rest -= split;
      isKnown = false;
    }
  }
  if (!isKnown) proof.push({ from, size });
  return proof.reverse();
}

/** A full subtree of 2^level leaves, the `index`th of its level. */
export type FullNode = { readonly level: number; readonly index: number };

/** The full subtrees that a subtree is made of, the largest first; the roots of these, joined, are its root. */
export function fullNodesOf({ from, size }: Subtree): readonly FullNode[] {
  const nodes: FullNode[] = [];
  let [start, rest] = [from, size];
  for (let level = Math.floor(Math.log2(size)); rest > 0; level -= 1) {
    const width = 2 ** level;
    if (width > rest) continue;
    nodes.push({ level, index: start / width });
    start += width;
    rest -= width;
  }
  return nodes;
}

/** The root of a subtree, from those of the full subtrees that it is made of. */
export function joinNodes(hashes: readonly Hash[]): Hash {
  return rootOf({ nodes: hashes });
}

/** The root over these hashes, one or more, of leaves or of full subtrees of one level. */
export function rootOver(hashes: readonly Hash[]): Hash {
  return rootOf(grow(emptyFrontier, hashes));
}
