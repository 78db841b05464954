import { describe, expect, it } from 'vitest';
import { asked, reply } from '../support/attestation-histories.js';
import {
  endOfNotes,
  judgeByAssent,
  judgeByPython,
  treeDocument,
  type Document,
} from '../support/attestation-judges.js';
import { bundleOf, seededBytes } from '../support/attestation-scene.js';
import { LARGEST, treeVectors } from '../support/attestation-vectors.js';

const PER_TREE = 300;
/** Turned over in signed notes: both verifiers check a signature for most of these. */
const PER_NOTES = 10;

const trees = treeVectors();

/** Bits of a tree's vector, all that there are where these are few. */
function bitsOf(data: Uint8Array, size: number): readonly number[] {
  const randomBytes = seededBytes(`bits ${size}`);
  const between = (from: number, to: number, count: number): readonly number[] =>
    to - from <= count
      ? Array.from({ length: to - from }, (_, at) => from + at)
      : Array.from({ length: count }, () => from + (Buffer.from(randomBytes(6)).readUIntBE(0, 6) % (to - from)));
  const notes = endOfNotes(data) * 8;
  return [...new Set([...between(0, notes, PER_NOTES), ...between(notes, data.length * 8, PER_TREE)])];
}

/** A whole file, every bit of it. */
function wholeFile(): Document {
  const { file, key } = bundleOf('short', [asked(1), reply('ConsentGiven', 2)], { apart: 2 });
  const data = Buffer.from(JSON.stringify({ ...JSON.parse(file), readable: null }));
  return { kind: 'bundle', key, data, bits: Array.from({ length: data.length * 8 }, (_, bit) => bit) };
}

describe('a single bit that is turned over', () => {
  it('is refused by both verifiers, wherever it is', { timeout: 600_000 }, async () => {
    const ofTrees = Array.from({ length: LARGEST + 1 }, (_, size) => {
      const document = treeDocument(trees, size);
      return { ...document, bits: bitsOf(document.data, size) };
    });
    const documents = [...ofTrees, wholeFile()];
    const asked = judgeByPython(documents);
    const codes = judgeByAssent(documents);
    const { codes: others, signatures, openssl } = await asked;

    expect(codes.map((all) => all[0])).toEqual(documents.map(() => '0'));
    const accepted = codes.flatMap((all, at) =>
      [...all.slice(1)].flatMap((code, which) => (code === '0' ? [`bit ${documents[at]?.bits[which]} of ${at}`] : [])),
    );
    expect(accepted).toEqual([]);
    expect(others).toEqual(codes);
    expect(codes.join('').length - documents.length).toBeGreaterThanOrEqual(100_000);
    expect(signatures).toBeGreaterThan(2_000);
    expect(openssl).toBeGreaterThan(30);
  });
});
