import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pooledRandomBytes } from '../../src/attestation/random-pool.js';

describe('random bytes from a pool', () => {
  it('are those of the source, in their order, each given once and never changed later', () => {
    const source: Buffer[] = [];
    const next = pooledRandomBytes((count) => {
      const bytes = randomBytes(count);
      source.push(Buffer.from(bytes));
      return bytes;
    });
    const counts = Array.from({ length: 2_000 }, (_, at) => [16, 12, 32][at % 3] ?? 0);
    const given = counts.map((count) => next(count));

    expect(given.map(({ length }) => length)).toEqual(counts);
    const texts = given.map((bytes) => Buffer.from(bytes).toString('hex'));
    expect(new Set(texts).size).toBe(texts.length);
    let rest = source.map((bytes) => bytes.toString('hex')).join('');
    for (const text of texts) {
      const at = rest.indexOf(text);
      expect(at >= 0 && at < 64).toBe(true);
      rest = rest.slice(at + text.length);
    }
  });

  it('are as many as are asked for, however many', () => {
    const next = pooledRandomBytes();
    expect(next(10_000)).toHaveLength(10_000);
    expect(next(4_096)).toHaveLength(4_096);
    expect(next(0)).toHaveLength(0);
  });
});
