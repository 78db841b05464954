import { sameBytes, type Hash } from './verifier/encoding.js';
import { verifyConsistency } from './verifier/proofs.js';
import { emptyRoot, type TreeHead } from './verifier/tree.js';

/** SIGN it, nothing to do (SAME), or it must never be signed. */
export type NextCheckpoint =
  { readonly verdict: 'SIGN' | 'SAME' } | { readonly verdict: 'REFUSED'; readonly reason: 'SMALLER' | 'INCONSISTENT' };

/** The first tree head that a log may sign follows on this one. */
export const beforeFirst: TreeHead = { size: 0, root: emptyRoot };

/**
 * Whether a tree head may be signed after the last one that was. The last must be the one written down durably before
 * it was signed; the next must have been computed from entries just read.
 */
export function judgeNext(last: TreeHead, next: TreeHead, proof: readonly Hash[]): NextCheckpoint {
  if (next.size < last.size) return { verdict: 'REFUSED', reason: 'SMALLER' };
  if (!verifyConsistency(last, next, proof)) return { verdict: 'REFUSED', reason: 'INCONSISTENT' };
  return { verdict: next.size === last.size && sameBytes(next.root, last.root) ? 'SAME' : 'SIGN' };
}
