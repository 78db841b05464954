import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { RandomBytes } from './seal.js';

export const CONTACT_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is encrypted with a contact's key: AES-256-GCM; nonce, tag, and what is hidden. */
export function sealWith(key: Uint8Array, plain: Uint8Array, randomBytes: RandomBytes): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const hidden = cipher.update(plain);
  // In this mode all is hidden by then; what comes last is the tag.
  cipher.final();
  return Buffer.concat([nonce, cipher.getAuthTag(), hidden]);
}

/** Throws when it was sealed with another key, or changed since. */
export function openWith(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}
