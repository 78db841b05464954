import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameHash, looksLikeKey, makePartnerKey, readPartnerKey } from '../../src/access/partner-keys.js';

const made = makePartnerKey(randomBytes);

describe('a key of a partner', () => {
  it('is read as what it was made as', () => {
    const read = readPartnerKey(made.key);

    expect(read?.keyId).toBe(made.keyId);
    expect(read !== null && isSameHash(read.hash, made.hash)).toBe(true);
    expect(looksLikeKey(made.key)).toBe(true);
  });

  it('has 190 random bits beside its id', () => {
    expect(made.key).toMatch(/^assent_[A-Za-z0-9]{12}_[A-Za-z0-9]{32}_[A-Za-z0-9]{6}$/);
    const keys = Array.from({ length: 200 }, () => makePartnerKey(randomBytes));
    expect(new Set(keys.map(({ key }) => key.slice(20, 52))).size).toBe(keys.length);
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(keys.length);
  });

  it('takes no character more often than any other', () => {
    // Of these bytes only those below 248 can be used; the others would favour the first characters.
    let next = 0;
    const bytes = (count: number) => Uint8Array.from({ length: count }, () => next++ % 256);
    const counts = new Map<string, number>();
    for (let index = 0; index < 400; index += 1) {
      const [, id = '', secret = ''] = makePartnerKey(bytes).key.split('_');
      for (const character of id + secret) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect(counts.size).toBe(62);
    expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(4);
  });

  it('is told from one with a typing error, without asking anybody', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: made.key.length - 1 }),
        fc.constantFrom(...'0aZ_-. é'),
        fc.constantFrom('replace', 'insert', 'drop'),
        (at, character, how) => {
          const { key } = made;
          const rest = key.slice(how === 'insert' ? at : at + 1);
          const changed = key.slice(0, at) + (how === 'drop' ? '' : character) + rest;
          expect(readPartnerKey(changed) === null).toBe(changed !== key);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is told from what is no key at all', () => {
    for (const text of ['', 'assent_', 'assent_a_b_c', `${made.key}\n`, ` ${made.key}`, made.key.toUpperCase()]) {
      expect(readPartnerKey(text)).toBeNull();
    }
  });
});
