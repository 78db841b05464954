import { randomBytes } from 'node:crypto';
import type { RandomBytes } from './seal.js';

const POOL_BYTES = 4_096;

/** Random bytes as `randomBytes` gives them, asked for many at a time: asking costs more than what is given. */
export function pooledRandomBytes(more: RandomBytes = randomBytes): RandomBytes {
  let pool: Uint8Array = new Uint8Array();
  let given = 0;
  return (count) => {
    if (count > POOL_BYTES) return more(count);
    if (given + count > pool.length) [pool, given] = [more(POOL_BYTES), 0];
    given += count;
    // No byte is given twice.
    return pool.subarray(given - count, given);
  };
}
