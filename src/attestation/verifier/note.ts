import { createPublicKey, verify } from 'node:crypto';
import { fromBase64, sameBytes, sha256, toBase64 } from './encoding.js';

/** Who may have signed: a name and an Ed25519 public key, and the first four bytes of their hash. */
export type VerifierKey = { readonly name: string; readonly id: string; readonly publicKey: Uint8Array };

/** Whether the signature of the text is by the key. Replaceable where many notes are checked again and again. */
export type VerifySignature = (publicKey: Uint8Array, text: Uint8Array, signature: Uint8Array) => boolean;

export const ED25519 = 0x01;
const MAX_SIGNATURES = 100;
const keyName = /^[^\p{White_Space}+]+$/u;
const unfit = /[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u;

/** The id of a key in its notes: 8 hexadecimal digits. */
export function keyIdOf(name: string, publicKey: Uint8Array): string {
  const hash = sha256(name, Uint8Array.of(0x0a, ED25519), publicKey);
  return Buffer.from(hash.subarray(0, 4)).toString('hex');
}

/** Whether it may be the name of a key, and the origin of a log: no space, no plus, no control character. */
export function isKeyName(name: string): boolean {
  return keyName.test(name) && !unfit.test(name);
}

export function formatVerifierKey({ name, id, publicKey }: VerifierKey): string {
  return `${name}+${id}+${toBase64(Buffer.concat([Uint8Array.of(ED25519), publicKey]))}`;
}

/** Reads `name+id+key`; null for anything else, or where the id is not the key's. */
export function parseVerifierKey(text: string): VerifierKey | null {
  const [name, id, ...rest] = text.split('+');
  const encoded = fromBase64(rest.join('+'));
  if (name === undefined || id === undefined || encoded?.length !== 33 || encoded[0] !== ED25519) return null;
  const publicKey = encoded.subarray(1);
  return isKeyName(name) && id === keyIdOf(name, publicKey) ? { name, id, publicKey } : null;
}

/** A note that can be read: what it says, and its signatures, not yet verified. */
export type Note = {
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly id: string; readonly signature: Uint8Array }[];
};

/** Reads a signed note of C2SP; null where it is none. */
export function parseNote(note: string): Note | null {
  if (unfit.test(note)) return null;
  const end = note.lastIndexOf('\n\n');
  if (end < 1 || !note.endsWith('\n')) return null;
  const lines = note.slice(end + 2, -1).split('\n');
  const signatures = lines.map(parseSignature);
  if (lines.length > MAX_SIGNATURES || !signatures.every((signature) => signature !== null)) return null;
  return { text: note.slice(0, end + 1), signatures };
}

function parseSignature(line: string): Note['signatures'][number] | null {
  const [dash, name, encoded, ...rest] = line.split(' ');
  const bytes = fromBase64(encoded ?? '');
  if (dash !== '—' || name === undefined || !isKeyName(name) || rest.length > 0 || !bytes || bytes.length < 5)
    return null;
  return { name, id: Buffer.from(bytes.subarray(0, 4)).toString('hex'), signature: bytes.subarray(4) };
}

/**
 * What the note says, if all of the keys have signed it; signatures of others don't matter. Null where one is missing
 * or wrong.
 */
export function openNote(
  note: string,
  keys: readonly VerifierKey[],
  verifySignature: VerifySignature = verifyEd25519,
): string | null {
  const parsed = parseNote(note);
  if (!parsed) return null;
  const text = Buffer.from(parsed.text);
  const allSigned = keys.every((key) => {
    const own = parsed.signatures.filter(({ name, id }) => name === key.name && id === key.id);
    return own.length > 0 && own.every(({ signature }) => verifySignature(key.publicKey, text, signature));
  });
  return allSigned ? parsed.text : null;
}

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export const verifyEd25519: VerifySignature = (publicKey, text, signature) => {
  if (signature.length !== 64) return false;
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
    return verify(null, text, key, signature);
  } catch {
    return false;
  }
};

/** Whether both are the same key under the same name. */
export function isSameKey(one: VerifierKey, other: VerifierKey): boolean {
  return one.name === other.name && sameBytes(one.publicKey, other.publicKey);
}
