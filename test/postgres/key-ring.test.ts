import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadKeyRing } from '../../src/postgres/key-ring.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

let database: TestDatabase;
let dataDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'key-ring-'));
});
afterEach(async () => {
  await database.sql`delete from server_keys`;
  await rm(dataDir, { recursive: true });
});

const load = (options: { encryptionKeys?: readonly [Uint8Array, ...Uint8Array[]]; embedded: boolean }) =>
  loadKeyRing({
    encryptionKeys: options.encryptionKeys ?? null,
    embedded: options.embedded,
    dataDir,
    sql: database.sql,
  });

describe('the key ring', () => {
  it('beside the embedded database lives in a file for its owner alone', async () => {
    const first = await load({ embedded: true });
    const again = await load({ embedded: true });

    expect(first.keptIn).toBe('FILE');
    expect(again.secrets.open(first.secrets.seal('hunter2', 'here'), 'here')).toBe('hunter2');
    expect((await stat(join(dataDir, 'keys', 'master.key'))).mode & 0o077).toBe(0);
    expect(await database.sql`select 1 from server_keys`).toHaveLength(0);
  });

  it.each([true, false])('is one and the same for processes that start at once (embedded: %s)', async (embedded) => {
    const rings = await Promise.all(Array.from({ length: 8 }, () => load({ embedded })));

    const sealed = rings.map(({ secrets }) => secrets.seal('hunter2', 'here'));
    for (const { secrets } of rings) {
      expect(sealed.map((secret) => secrets.open(secret, 'here'))).toEqual(sealed.map(() => 'hunter2'));
    }
    expect(embedded ? await readdir(join(dataDir, 'keys')) : ['master.key']).toEqual(['master.key']);
  });

  it('of a database of one’s own lives in that database, and tells so', async () => {
    const first = await load({ embedded: false });
    const again = await load({ embedded: false });

    expect(first.keptIn).toBe('DATABASE');
    expect(again.secrets.open(first.secrets.seal('hunter2', 'here'), 'here')).toBe('hunter2');
    expect(await readdir(dataDir)).toEqual([]);
  });

  it.each([true, false])('of the setting takes over from the key before (embedded: %s)', async (embedded) => {
    const before = await load({ embedded });
    const after = await load({ encryptionKeys: [randomBytes(32)], embedded });

    expect(after.keptIn).toBe('SETTING');
    expect(after.secrets.open(before.secrets.seal('hunter2', 'here'), 'here')).toBe('hunter2');
    expect(() => before.secrets.open(after.secrets.seal('hunter2', 'here'), 'here')).toThrow('another key');
  });

  it('of the setting opens what those named after it have sealed', async () => {
    const [old, next] = [randomBytes(32), randomBytes(32)];
    const before = await load({ encryptionKeys: [old], embedded: false });
    const after = await load({ encryptionKeys: [next, old], embedded: false });
    expect(after.secrets.open(before.secrets.seal('hunter2', 'here'), 'here')).toBe('hunter2');
    expect(() => before.secrets.open(after.secrets.seal('hunter2', 'here'), 'here')).toThrow('another key');
  });

  it('names a key file that holds no key, and leaves it as it is', async () => {
    await load({ embedded: true });
    const file = join(dataDir, 'keys', 'master.key');
    await writeFile(file, 'oops');

    await expect(load({ embedded: true })).rejects.toThrow(`${file} should hold a key of 32 bytes`);
    expect(await readFile(file, 'utf8')).toBe('oops');
  });
});
