import { createHash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What every key begins with, so that whoever finds one knows whose it is. */
const PREFIX = 'assent_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 71 random bits that name a key, and 190 that make it one. */
const ID_LENGTH = 12;
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(
  `^${PREFIX}([A-Za-z0-9]{${ID_LENGTH}})_[A-Za-z0-9]{${SECRET_LENGTH}}_([A-Za-z0-9]{${CHECKSUM_LENGTH}})$`,
);

/** A key as its bearer shows it: which it claims to be, and the hash that must be the one kept. */
export type ShownKey = { readonly keyId: string; readonly hash: Uint8Array };

/** A new key: `assent_<id>_<secret>_<checksum>`. The key itself is shown once; the rest is what may be kept. */
export function makePartnerKey(randomBytes: (count: number) => Uint8Array): ShownKey & { readonly key: string } {
  const keyId = randomText(ID_LENGTH, randomBytes);
  const body = `${PREFIX}${keyId}_${randomText(SECRET_LENGTH, randomBytes)}`;
  const key = `${body}_${checksumOf(body)}`;
  return { key, keyId, hash: hashOf(key) };
}

/** Whether somebody means a key with this, be it a good one or not. */
export function looksLikeKey(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** Null for what can't be a key: mistyped, cut off or made up. No store needs to be asked about that. */
export function readPartnerKey(token: string): ShownKey | null {
  const [, keyId, checksum] = SHAPE.exec(token) ?? [];
  if (keyId === undefined || checksum !== checksumOf(token.slice(0, -CHECKSUM_LENGTH - 1))) return null;
  return { keyId, hash: hashOf(token) };
}

/** Takes as long for any two hashes. */
export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.byteLength === other.byteLength && timingSafeEqual(one, other);
}

const hashOf = (key: string): Uint8Array => createHash('sha256').update(key).digest();

/** Against typing errors, not against attackers. */
function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}

/** Each character as likely as any other: a byte that would favour some is thrown again. */
function randomText(length: number, randomBytes: (count: number) => Uint8Array): string {
  const fair = 256 - (256 % ALPHABET.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length))
      if (byte < fair) text += ALPHABET.charAt(byte % ALPHABET.length);
  }
  return text;
}
