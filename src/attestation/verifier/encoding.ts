import { hash } from 'node:crypto';

/** A SHA-256 hash: 32 bytes. */
export type Hash = Uint8Array;

export const HASH_BYTES = 32;

export function sha256(...parts: readonly (Uint8Array | string)[]): Hash {
  const [first = '', ...others] = parts;
  return hash('sha256', others.length === 0 ? first : Buffer.concat(parts.map(bytesOf)), 'buffer');
}

const bytesOf = (part: Uint8Array | string): Uint8Array => (typeof part === 'string' ? Buffer.from(part) : part);

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** Base64 for URLs, without padding: how hashes and bytes stand in JSON. */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
}

/** Standard base64 with padding: how hashes stand in signed notes. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Null for anything but the one spelling of some bytes. */
export function fromBase64Url(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

/** Null for anything but the one spelling of some bytes. */
export function fromBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

/** Null for anything but the one spelling of 32 bytes. */
export function hashFromBase64Url(text: string): Hash | null {
  const bytes = fromBase64Url(text);
  return bytes?.length === HASH_BYTES ? bytes : null;
}

/** Null for anything but the one spelling of 32 bytes. */
export function hashFromBase64(text: string): Hash | null {
  const bytes = fromBase64(text);
  return bytes?.length === HASH_BYTES ? bytes : null;
}

/** Null for bytes that are no UTF-8; a byte order mark stays. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
