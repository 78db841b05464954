import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { createSecrets, KEY_BYTES } from './secrets.js';
import { serverKey } from './server-key.js';
import type { Secrets } from './secrets.js';

/** `keptIn` says where the key lives; in DATABASE it lies beside what it protects, which the operator should know. */
export type KeyRing = { readonly secrets: Secrets; readonly keptIn: 'SETTING' | 'FILE' | 'DATABASE' };

const SERVER_KEY = 'master';

/**
 * The keys of the setting; else, with the embedded database, one in a file of dataDir; else one in the database. The
 * latter two are made at first use, once, whoever comes at the same time. Keys that an earlier setting used still open.
 */
export async function loadKeyRing(options: {
  readonly encryptionKeys: readonly [Uint8Array, ...Uint8Array[]] | null;
  readonly dataDir: string;
  readonly embedded: boolean;
  readonly sql: Sql;
}): Promise<KeyRing> {
  const { encryptionKeys, sql } = options;
  const file = join(options.dataDir, 'keys', 'master.key');
  if (encryptionKeys === null && !options.embedded) {
    return { secrets: createSecrets([await serverKey(sql, SERVER_KEY, KEY_BYTES)]), keptIn: 'DATABASE' };
  }
  const [current, ...others] = encryptionKeys ?? [(await readKeyFile(file)) ?? (await makeKeyFile(file))];
  const earlier = [options.embedded ? await readKeyFile(file) : null, await readServerKey(sql)];
  return {
    secrets: createSecrets([current, ...others, ...earlier.filter((key) => key !== null)]),
    keptIn: encryptionKeys === null ? 'FILE' : 'SETTING',
  };
}

async function readKeyFile(file: string): Promise<Uint8Array | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES) throw new Error(`${file} should hold a key of ${KEY_BYTES} bytes in base64.`);
  return key;
}

async function makeKeyFile(file: string): Promise<Uint8Array> {
  const folder = join(file, '..');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `master.${randomBytes(6).toString('hex')}.new`);
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await handle.sync();
    await handle.close();
    // A link, unlike a rename, never replaces the key that another process has just made.
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await handle.close();
    await rm(draft, { force: true });
  }
  const key = await readKeyFile(file);
  if (key === null) throw new Error(`${file} was removed while it was being made.`);
  return key;
}

async function readServerKey(sql: Sql): Promise<Uint8Array | null> {
  const [row] = await sql<{ value: Uint8Array }[]>`select value from server_keys where name = ${SERVER_KEY}`;
  return row?.value ?? null;
}
