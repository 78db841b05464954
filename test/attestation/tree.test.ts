import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencySubtrees,
  fullNodesOf,
  inclusionSubtrees,
  joinNodes,
  rootOver,
} from '../../src/attestation/prove.js';
import type { Hash } from '../../src/attestation/verifier/encoding.js';
import { verifyConsistency, verifyInclusion } from '../../src/attestation/verifier/proofs.js';
import { emptyFrontier, grow, leafHash, nodeHash, rootOf } from '../../src/attestation/verifier/tree.js';
import { createHashes, fillerLeaf, hashesOf, headOf } from '../support/attestation-scene.js';

const LARGEST = 257;
const leaves = Array.from({ length: LARGEST }, (_, index) => fillerLeaf(index));
const known = createHashes(leaves);
const heads = Array.from({ length: LARGEST + 1 }, (_, size) => headOf(leaves.slice(0, size)));

const hex = (hash: Hash): string => Buffer.from(hash).toString('hex');
const headAt = (size: number) => heads[size] ?? headOf([]);
const includes = (size: number, indexes: readonly number[]): readonly Hash[] => known(inclusionSubtrees(size, indexes));
const continues = (earlier: number, later: number): readonly Hash[] => known(consistencySubtrees(earlier, later));
const placedAt = (indexes: readonly number[]) => indexes.map((index) => ({ index, hash: fillerLeaf(index) }));

describe('the tree of RFC 6962', () => {
  // The leaves and roots that implementations of Certificate Transparency are tested with.
  const data = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
  const hashes = data.map((bytes) => leafHash(Buffer.from(bytes, 'hex')));
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];

  it('has the known roots of the known leaves', () => {
    expect(roots.map((_, size) => hex(headOf(hashes.slice(0, size)).root))).toEqual(roots);
    expect(hex(rootOf(grow(emptyFrontier, hashes)))).toBe(roots.at(-1));
  });

  it('has the known audit path of a leaf, and the known consistency proof', () => {
    expect(hashesOf(hashes, inclusionSubtrees(8, [0])).map(hex)).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
    expect(hashesOf(hashes, consistencySubtrees(6, 8)).map(hex)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  it('grows in batches to the same roots', () => {
    const batches = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(batches, (sizes) => {
        let frontier = emptyFrontier;
        for (const size of sizes) {
          frontier = grow(frontier, leaves.slice(frontier.size, frontier.size + size));
          expect(hex(rootOf(frontier))).toBe(hex(headAt(frontier.size).root));
        }
      }),
    );
  });

  it('is made of full subtrees, whose roots join to its own', () => {
    for (let size = 1; size <= LARGEST; size += 1) {
      const nodes = fullNodesOf({ from: 0, size });
      const parts = nodes.map(({ level, index }) =>
        rootOver(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
      );
      expect(hex(joinNodes(parts))).toBe(hex(headAt(size).root));
    }
  });
});

describe('a proof of inclusion', () => {
  it('holds for each leaf of each tree up to 257, and at no other place', () => {
    for (let size = 1; size <= LARGEST; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const proof = includes(size, [index]);
        if (!verifyInclusion(headAt(size), placedAt([index]), proof)) expect.fail(`leaf ${index} of ${size}`);
        const elsewhere = { index: (index + 1) % (size + 1), hash: fillerLeaf(index) };
        if (verifyInclusion(headAt(size), [elsewhere], proof)) expect.fail(`leaf ${index} of ${size}, elsewhere`);
      }
    }
  });

  const someLeaves = fc.integer({ min: 1, max: LARGEST }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      indexes: fc.uniqueArray(fc.nat(size - 1), { maxLength: 20 }).map((all) => all.sort((a, b) => a - b)),
    }),
  );

  it('holds for any leaves at once, and uses no more hashes than it needs', () => {
    fc.assert(
      fc.property(someLeaves, ({ size, indexes }) => {
        const proof = includes(size, indexes);
        expect(verifyInclusion(headAt(size), placedAt(indexes), proof)).toBe(true);
        expect(verifyInclusion(headAt(size), placedAt(indexes), [...proof, fillerLeaf(0)])).toBe(false);
        expect(proof.length === 0 || !verifyInclusion(headAt(size), placedAt(indexes), proof.slice(1))).toBe(true);
      }),
    );
  });

  it('does not hold with a leaf changed, left out, twice or out of order', () => {
    fc.assert(
      fc.property(someLeaves, fc.nat(), ({ size, indexes }, which) => {
        fc.pre(indexes.length > 0);
        const proof = includes(size, indexes);
        const at = which % indexes.length;
        const shown = placedAt(indexes);
        const changed = shown.map((leaf, one) => (one === at ? { ...leaf, hash: fillerLeaf(LARGEST) } : leaf));
        const twice = [...shown.slice(0, at + 1), ...shown.slice(at)];
        expect(verifyInclusion(headAt(size), changed, proof)).toBe(false);
        expect(verifyInclusion(headAt(size), shown.toSpliced(at, 1), proof)).toBe(false);
        expect(verifyInclusion(headAt(size), twice, proof)).toBe(false);
        if (shown.length > 1) expect(verifyInclusion(headAt(size), shown.toReversed(), proof)).toBe(false);
      }),
    );
  });

  it('does not take a node for a leaf', () => {
    const [left, right] = [fillerLeaf(0), fillerLeaf(1)];
    const forged = leafHash(Buffer.concat([left, right]));
    expect(hex(forged)).not.toBe(hex(nodeHash(left, right)));
    expect(verifyInclusion({ size: 1, root: headAt(2).root }, [{ index: 0, hash: forged }], [])).toBe(false);
  });

  it('is refused at once for sizes and indexes that no tree has', () => {
    const { root } = headAt(8);
    const huge = { size: Number.MAX_SAFE_INTEGER, root };
    const leaf = { index: Number.MAX_SAFE_INTEGER - 1, hash: fillerLeaf(0) };
    expect(verifyInclusion(huge, [leaf], includes(8, [0]))).toBe(false);
    expect(verifyInclusion(huge, [], [])).toBe(false);
    expect(verifyInclusion({ size: 8, root }, [{ index: -1, hash: fillerLeaf(0) }], includes(8, [0]))).toBe(false);
    expect(verifyInclusion({ size: 8, root }, [{ index: 8, hash: fillerLeaf(0) }], includes(8, [0]))).toBe(false);
  });
});

describe('a proof of consistency', () => {
  it('holds for each two trees up to 257, and for no other root', () => {
    for (let later = 0; later <= LARGEST; later += 1) {
      for (let earlier = 0; earlier <= later; earlier += 1) {
        const proof = continues(earlier, later);
        const [one, other] = [headAt(earlier), headAt(later)];
        if (!verifyConsistency(one, other, proof)) expect.fail(`${earlier} to ${later}`);
        const changed = { ...one, root: fillerLeaf(LARGEST) };
        if (verifyConsistency(changed, other, proof)) expect.fail(`${earlier} to ${later}, another root`);
      }
    }
  });

  it('does not hold backwards, or with a hash changed, missing or added', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: LARGEST }), fc.integer({ min: 1, max: LARGEST }));
    fc.assert(
      fc.property(sizes, fc.nat(), ([one, other], which) => {
        fc.pre(one < other);
        const proof = continues(one, other);
        const at = which % proof.length;
        expect(verifyConsistency(headAt(other), headAt(one), proof)).toBe(false);
        expect(verifyConsistency(headAt(one), headAt(other), proof.with(at, fillerLeaf(LARGEST)))).toBe(false);
        expect(verifyConsistency(headAt(one), headAt(other), proof.toSpliced(at, 1))).toBe(false);
        expect(verifyConsistency(headAt(one), headAt(other), [...proof, fillerLeaf(0)])).toBe(false);
        expect(verifyConsistency(headAt(one), headAt(other), [])).toBe(false);
      }),
    );
  });

  it('does not hold for a log that was written anew', () => {
    const rewritten = headOf(leaves.slice(0, 200).with(5, fillerLeaf(LARGEST)));
    expect(verifyConsistency(headAt(100), rewritten, continues(100, 200))).toBe(false);
  });
});
