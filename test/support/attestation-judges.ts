import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Hash } from '../../src/attestation/verifier/encoding.js';
import {
  openNote,
  parseVerifierKey,
  verifyEd25519,
  type VerifySignature,
} from '../../src/attestation/verifier/note.js';
import { verifyConsistency, verifyInclusion } from '../../src/attestation/verifier/proofs.js';
import { parseCheckpoint, type Checkpoint } from '../../src/attestation/verifier/statements.js';
import { leafHash } from '../../src/attestation/verifier/tree.js';
import { verifyBundle } from '../../src/attestation/verifier/verify-bundle.js';
import type { TreeVectors } from './attestation-vectors.js';

/** Something to be judged as it is, and with each of some bits turned over. */
export type Document = {
  readonly kind: 'tree' | 'bundle';
  readonly key: string;
  readonly data: Uint8Array;
  readonly bits: readonly number[];
};

/** A vector of a tree as bytes without slack: notes, leaves with their places, both proofs. */
export function treeDocument({ key, vectors }: TreeVectors, size: number): Omit<Document, 'bits'> {
  const vector = vectors[size];
  const older = vector && vectors[vector.from];
  if (!vector || !older) throw new Error(`there is no vector for ${size}`);
  const counted = (count: number, ...parts: readonly Uint8Array[]): Uint8Array => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(count);
    return Buffer.concat([length, ...parts]);
  };
  const textOf = (text: string): Uint8Array => counted(Buffer.byteLength(text), Buffer.from(text));
  const hashesOf = (joined: string): Uint8Array => {
    const bytes = Buffer.from(joined, 'base64url');
    return counted(bytes.length / 32, bytes);
  };
  const leaves = vector.indexes.map((index) => {
    const place = Buffer.alloc(8);
    place.writeBigUInt64BE(BigInt(index));
    return Buffer.concat([place, textOf(`leaf ${index}`)]);
  });
  const notes = [textOf(vector.checkpoint), textOf(older.checkpoint)];
  const proofs = [hashesOf(vector.inclusion), hashesOf(vector.consistency)];
  return { kind: 'tree', key, data: Buffer.concat([...notes, counted(leaves.length, ...leaves), ...proofs]) };
}

/** Where the notes of such a document end. */
export function endOfNotes(data: Uint8Array): number {
  const view = Buffer.from(data);
  const first = 2 + view.readUInt16BE(0);
  return first + 2 + view.readUInt16BE(first);
}

/** Exit codes by Assent's own verifier, in the form of `judgeByPython`. */
export function judgeByAssent(documents: readonly Document[]): readonly string[] {
  const known = new Map<string, boolean>();
  const verifySignature: VerifySignature = (publicKey, text, signature) => {
    const name = Buffer.concat([publicKey, signature, text]).toString('latin1');
    const verdict = known.get(name) ?? verifyEd25519(publicKey, text, signature);
    known.set(name, verdict);
    return verdict;
  };
  const heads = new Map<string, Checkpoint | null>();
  const headOf = (note: string, keyText: string): Checkpoint | null => {
    const key = parseVerifierKey(keyText);
    const opened = heads.get(note) ?? (key && parseCheckpoint(openNote(note, [key], verifySignature) ?? ''));
    heads.set(note, opened);
    return opened?.origin === key?.name ? opened : null;
  };
  const judge = (kind: Document['kind'], data: Uint8Array, key: string): number =>
    kind === 'tree'
      ? judgeTree(data, (note) => headOf(note, key))
      : { TRUE: 0, FALSE: 1, UNUSABLE: 2 }[verifyBundle(data, key, verifySignature).outcome];
  return documents.map(({ kind, key, data, bits }) => {
    const copy = Buffer.from(data);
    const codes = [judge(kind, copy, key)];
    for (const bit of bits) {
      const [byte, mask] = [bit >> 3, 1 << (bit & 7)];
      copy.writeUInt8(copy.readUInt8(byte) ^ mask, byte);
      codes.push(judge(kind, copy, key));
      copy.writeUInt8(copy.readUInt8(byte) ^ mask, byte);
    }
    return codes.join('');
  });
}

const script = fileURLToPath(new URL('../attestation/judge.py', import.meta.url));

/** For each document the exit codes of examples/verifier: as it is, then for each bit. */
export async function judgeByPython(
  documents: readonly Document[],
): Promise<{ readonly codes: readonly string[]; readonly signatures: number; readonly openssl: number }> {
  const child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output.out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.err += chunk));
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(output.err))));
  });
  const job = documents.map(({ data, ...rest }) => ({ ...rest, data: Buffer.from(data).toString('base64') }));
  child.stdin.end(JSON.stringify({ documents: job }));
  await ended;
  return JSON.parse(output.out);
}

function judgeTree(data: Uint8Array, headOf: (note: string) => Checkpoint | null): number {
  const bytes = Buffer.from(data);
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new RangeError('the document ends too soon');
    at += count;
    return bytes.subarray(at - count, at);
  };
  const count = (): number => take(2).readUInt16BE();
  const text = (): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(take(count()));
  const times = <Item>(read: () => Item): Item[] => Array.from({ length: count() }, read);
  let notes: string[];
  let leaves: { readonly index: number; readonly hash: Hash }[];
  let proofs: Hash[][];
  try {
    notes = [text(), text()];
    leaves = times(() => ({ index: Number(take(8).readBigUInt64BE()), hash: leafHash(take(count())) }));
    proofs = [times(() => take(32)), times(() => take(32))];
    if (at !== bytes.length) return 2;
  } catch {
    return 2;
  }
  const [newer, older] = notes.map(headOf);
  const [inclusion = [], consistency = []] = proofs;
  if (!newer || !older) return 1;
  return verifyInclusion(newer, leaves, inclusion) && verifyConsistency(older, newer, consistency) ? 0 : 1;
}
