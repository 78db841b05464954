import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Keeps secrets unreadable in the database. A secret opens only in the place that it was sealed for. */
export interface Secrets {
  seal(plain: string, place: string): Uint8Array;
  /** Throws when no key of the ring opens it, or when it was changed or moved. */
  open(sealed: Uint8Array, place: string): string;
}

export const KEY_BYTES = 32;

const VERSION = 1;
const KEY_ID = { from: 1, to: 5 };
const NONCE = { from: 5, to: 17 };
const TAG = { from: 17, to: 33 };

/**
 * AES-256-GCM. The first key seals; any key of the ring opens, so that a new key can take over from an old one.
 * Sealed: one byte of version, four that tell the key, the nonce, the tag, and what is kept secret.
 */
export function createSecrets(keyRing: readonly [Uint8Array, ...Uint8Array[]]): Secrets {
  const keys = new Map(keyRing.map((key) => [idOf(key), key]));
  const [current] = keyRing;

  return {
    seal(plain, place) {
      const nonce = randomBytes(NONCE.to - NONCE.from);
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(Buffer.from(place));
      const hidden = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(VERSION), Buffer.from(idOf(current), 'hex'), nonce, cipher.getAuthTag(), hidden]);
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed);
      if (bytes[0] !== VERSION || bytes.length < TAG.to) throw new Error('A stored secret has an unknown form.');
      const key = keys.get(bytes.toString('hex', KEY_ID.from, KEY_ID.to));
      if (key === undefined) {
        throw new Error(
          'A stored secret was sealed with another key: add that key to ENCRYPTION_KEY after a comma, or store it anew.',
        );
      }
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(NONCE.from, NONCE.to))
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(TAG.from, TAG.to));
      try {
        const plain = decipher.update(bytes.subarray(TAG.to));
        // All is there by now; it is true once this has not thrown.
        decipher.final();
        return plain.toString('utf8');
      } catch (cause) {
        throw new Error('A stored secret was changed, or moved from another place.', { cause });
      }
    },
  };
}

const idOf = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex').slice(0, 8);
