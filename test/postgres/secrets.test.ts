import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecrets } from '../../src/postgres/secrets.js';

const key = randomBytes(32);
const secrets = createSecrets([key]);

describe('a sealed secret', () => {
  it('opens in the place that it was sealed for', () => {
    expect(secrets.open(secrets.seal('s3crét', 'here'), 'here')).toBe('s3crét');
    expect(secrets.open(secrets.seal('', 'here'), 'here')).toBe('');
  });

  it('shows nothing of itself, and is never sealed the same way twice', () => {
    const sealed = secrets.seal('hunter2', 'here');

    expect(Buffer.from(sealed).includes('hunter2')).toBe(false);
    expect(sealed).not.toEqual(secrets.seal('hunter2', 'here'));
  });

  it('does not open elsewhere, changed, cut or in an unknown form', () => {
    const sealed = secrets.seal('hunter2', 'here');
    const changed = Uint8Array.from(sealed);
    changed[changed.length - 1]! ^= 1;

    expect(() => secrets.open(sealed, 'there')).toThrow('changed, or moved');
    expect(() => secrets.open(changed, 'here')).toThrow('changed, or moved');
    expect(() => secrets.open(sealed.subarray(0, 20), 'here')).toThrow('unknown form');
    expect(() => secrets.open(Uint8Array.from(sealed).fill(9, 0, 1), 'here')).toThrow('unknown form');
  });

  it('opens with an earlier key of the ring, while new ones are sealed with the first', () => {
    const newKey = randomBytes(32);
    const both = createSecrets([newKey, key]);

    expect(both.open(secrets.seal('old', 'here'), 'here')).toBe('old');
    expect(createSecrets([newKey]).open(both.seal('new', 'here'), 'here')).toBe('new');
  });

  it('says what to do when no key of the ring is its own', () => {
    const stranger = createSecrets([randomBytes(32)]);

    expect(() => stranger.open(secrets.seal('hunter2', 'here'), 'here')).toThrow('add that key to ENCRYPTION_KEY');
  });
});
