import { digestOf } from './verifier/commitment.js';
import { toBase64Url } from './verifier/encoding.js';
import { canonicalJson, type Json } from './verifier/json.js';

/** Random bytes; injected so that tests can repeat them. */
export type RandomBytes = (count: number) => Uint8Array;

export const SALT_BYTES = 16;

/** A value that is committed to: the digest goes into the entry, the disclosure beside it, where it can be erased. */
export type Sealed = { readonly disclosure: string; readonly digest: string };

/** Commits to a value with a salt of its own, so that nobody can guess it from the digest. */
export function seal(name: string, value: Json, randomBytes: RandomBytes): Sealed {
  const salt = toBase64Url(randomBytes(SALT_BYTES));
  const disclosure = Buffer.from(canonicalJson([salt, name, value])).toString('base64url');
  return { disclosure, digest: digestOf(disclosure) };
}
