import { hash } from 'node:crypto';
import { fromBase64Url, fromUtf8 } from './encoding.js';
import { isList, readJson, type Json } from './json.js';

/** A salt has at least 128 bits: 22 characters of base64url. */
export const MIN_SALT_CHARACTERS = 22;

/** The digest of a disclosure, as in RFC 9901: over its characters, not over what they encode. */
export function digestOf(disclosure: string): string {
  return hash('sha256', disclosure, 'base64url');
}

/** What a disclosure says, or null where it is none. */
export function openDisclosure(disclosure: string): { readonly name: string; readonly value: Json } | null {
  const bytes = fromBase64Url(disclosure);
  const text = bytes && fromUtf8(bytes);
  const read = text === null ? null : readJson(text);
  if (read === null || !isList(read.value) || read.value.length !== 3) return null;
  const [salt, name, value] = read.value;
  if (typeof salt !== 'string' || typeof name !== 'string' || value === undefined) return null;
  return salt.length < MIN_SALT_CHARACTERS ? null : { name, value };
}
