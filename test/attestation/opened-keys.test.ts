import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rememberingKeys } from '../../src/attestation/opened-keys.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wrapped = Buffer.from('wrapped');

function keysOf() {
  const unwrap = vi.fn((stored: Uint8Array) => Buffer.from(`key of ${Buffer.from(stored).toString()}`));
  return { unwrap, keys: rememberingKeys({ wrap: (key) => key, unwrap }) };
}

describe('keys of contacts that were just opened', () => {
  it('are not opened again, and of each contact there is its own', () => {
    const { unwrap, keys } = keysOf();
    const key = keys.unwrap(wrapped, 'hanna');
    expect(keys.unwrap(Buffer.from('wrapped'), 'hanna')).toBe(key);
    expect(keys.unwrap(Buffer.from('another'), 'maria').toString()).toBe('key of another');
    expect(unwrap).toHaveBeenCalledTimes(2);
  });

  it('are opened again where what is stored is not what was opened', () => {
    const { keys } = keysOf();
    keys.unwrap(wrapped, 'hanna');
    expect(keys.unwrap(Buffer.from('another'), 'hanna').toString()).toBe('key of another');
  });

  it('are overwritten when the contact is erased, and only that one', () => {
    const { unwrap, keys } = keysOf();
    const [hanna, maria] = ['hanna', 'maria'].map((contact) => keys.unwrap(wrapped, contact));
    keys.forget('hanna');
    expect(hanna?.every((byte) => byte === 0)).toBe(true);
    expect(keys.unwrap(wrapped, 'maria')).toBe(maria);
    keys.unwrap(wrapped, 'hanna');
    expect(unwrap).toHaveBeenCalledTimes(3);
  });

  it('are overwritten after a minute, whatever they were used for since', () => {
    const { unwrap, keys } = keysOf();
    const key = keys.unwrap(wrapped, 'hanna');
    vi.advanceTimersByTime(59_000);
    expect(keys.unwrap(wrapped, 'hanna')).toBe(key);
    vi.advanceTimersByTime(1_000);
    expect(key.every((byte) => byte === 0)).toBe(true);
    keys.unwrap(wrapped, 'hanna');
    expect(unwrap).toHaveBeenCalledTimes(2);
  });

  it('are no more than a few thousand', () => {
    const { keys } = keysOf();
    const first = keys.unwrap(wrapped, 'contact 0');
    for (let at = 1; at <= 4_096; at += 1) keys.unwrap(wrapped, `contact ${at}`);
    expect(first.every((byte) => byte === 0)).toBe(true);
  });
});
