import { describe, expect, it } from 'vitest';
import { beforeFirst, judgeNext } from '../../src/attestation/next-checkpoint.js';
import { consistencySubtrees } from '../../src/attestation/prove.js';
import { fillerLeaf, hashesOf, headOf } from '../support/attestation-scene.js';

const leaves = Array.from({ length: 20 }, (_, index) => fillerLeaf(index));
const proof = (earlier: number, later: number) => hashesOf(leaves.slice(0, later), consistencySubtrees(earlier, later));

describe('what may be signed next', () => {
  const seven = headOf(leaves.slice(0, 7));

  it('is the first tree head, and one that follows on the last', () => {
    expect(judgeNext(beforeFirst, seven, [])).toEqual({ verdict: 'SIGN' });
    expect(judgeNext(seven, headOf(leaves), proof(7, 20))).toEqual({ verdict: 'SIGN' });
  });

  it('is nothing when nothing has come', () => {
    expect(judgeNext(seven, seven, [])).toEqual({ verdict: 'SAME' });
    expect(judgeNext(beforeFirst, beforeFirst, [])).toEqual({ verdict: 'SAME' });
  });

  it('is never a smaller tree, or another one', () => {
    const rewritten = leaves.with(3, fillerLeaf(99));
    expect(judgeNext(headOf(leaves), seven, [])).toEqual({ verdict: 'REFUSED', reason: 'SMALLER' });
    expect(judgeNext(seven, headOf(rewritten.slice(0, 7)), [])).toEqual({ verdict: 'REFUSED', reason: 'INCONSISTENT' });
    const forged = hashesOf(rewritten, consistencySubtrees(7, 20));
    expect(judgeNext(seven, headOf(rewritten), forged)).toEqual({ verdict: 'REFUSED', reason: 'INCONSISTENT' });
  });
});
