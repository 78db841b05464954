import { sameBytes, type Hash } from './encoding.js';
import { emptyRoot, nodeHash, splitOf, type TreeHead } from './tree.js';

/** A leaf at its place; the first is at 0. */
export type PlacedLeaf = { readonly index: number; readonly hash: Hash };

/**
 * Whether the tree has these leaves at these places (in order, none twice). The proof holds the roots of the largest
 * subtrees without any of them, from the left; each is used once and none is left over.
 */
export function verifyInclusion(head: TreeHead, leaves: readonly PlacedLeaf[], proof: readonly Hash[]): boolean {
  const inOrder = leaves.every(({ index }, at) => index >= 0 && index > (leaves[at - 1]?.index ?? -1));
  if (!inOrder || (leaves.at(-1)?.index ?? -1) >= head.size) return false;
  if (head.size === 0) return proof.length === 0 && sameBytes(head.root, emptyRoot);
  let nextLeaf = 0;
  let nextNode = 0;

  function rootOver(from: number, size: number): Hash | null {
    const leaf = leaves[nextLeaf];
    if (leaf === undefined || leaf.index >= from + size) return proof[nextNode++] ?? null;
    if (size === 1) {
      nextLeaf += 1;
      return leaf.hash;
    }
    const split = splitOf(size);
    const left = rootOver(from, split);
    const right = left && rootOver(from + split, size - split);
    return left && right && nodeHash(left, right);
  }

  const root = rootOver(0, head.size);
  return root !== null && nextNode === proof.length && sameBytes(root, head.root);
}

/** Whether the later tree begins with all of the earlier one; proof and algorithm of RFC 9162, section 2.1.4. */
export function verifyConsistency(earlier: TreeHead, later: TreeHead, proof: readonly Hash[]): boolean {
  if (earlier.size > later.size) return false;
  if (earlier.size === later.size) return proof.length === 0 && sameBytes(earlier.root, later.root);
  if (earlier.size === 0) return proof.length === 0 && sameBytes(earlier.root, emptyRoot);
  const path = isPowerOfTwo(earlier.size) ? [earlier.root, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let [fn, sn] = [earlier.size - 1, later.size - 1];
  const shift = (): void => void ([fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]);
  while (fn % 2 === 1) shift();
  let [earlierRoot, laterRoot] = [first, first];
  for (const node of rest) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      earlierRoot = nodeHash(node, earlierRoot);
      laterRoot = nodeHash(node, laterRoot);
      while (fn % 2 === 0 && fn !== 0) shift();
    } else {
      laterRoot = nodeHash(laterRoot, node);
    }
    shift();
  }
  return sn === 0 && sameBytes(earlierRoot, earlier.root) && sameBytes(laterRoot, later.root);
}

function isPowerOfTwo(size: number): boolean {
  let rest = size;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}
