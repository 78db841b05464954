import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

type Journal = { readonly entries: readonly { readonly tag: string }[] };

/** Brings an empty database to what it was before the named migration. */
export async function migrateUpTo(url: string, tag: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-migrations-'));
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await cp(fileURLToPath(new URL('../../drizzle', import.meta.url)), folder, { recursive: true });
    const file = join(folder, 'meta', '_journal.json');
    const journal: Journal = JSON.parse(await readFile(file, 'utf8'));
    const index = journal.entries.findIndex((entry) => entry.tag === tag);
    if (index < 0) throw new Error(`There is no migration "${tag}".`);
    await writeFile(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, index) }));
    await migrate(drizzle(sql), { migrationsFolder: folder });
  } finally {
    await sql.end({ timeout: 5 });
    await rm(folder, { recursive: true, force: true });
  }
}
