import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from 'postgres';

/** Where in all tables of a database the words can be found, as text or as bytes. */
export async function tracesInTables(sql: Sql, words: readonly string[]): Promise<readonly string[]> {
  const columns = await sql<{ table_name: string; column_name: string; data_type: string }[]>`
    select table_name, column_name, data_type from information_schema.columns c
    where table_schema = 'public' and exists (select from information_schema.tables t
      where t.table_schema = 'public' and t.table_name = c.table_name and t.table_type = 'BASE TABLE')`;
  const found: string[] = [];
  for (const { table_name: table, column_name: column, data_type: type } of columns) {
    for (const word of words) {
      const [row] =
        type === 'bytea'
          ? await sql`select count(*)::int as n from ${sql(table)}
              where position(convert_to(${word}, 'UTF8') in ${sql(column)}) > 0`
          : await sql`select count(*)::int as n from ${sql(table)} where position(${word} in ${sql(column)}::text) > 0`;
      if (row?.['n'] > 0) found.push(`${table}.${column}`);
    }
  }
  return [...new Set(found)].sort();
}

/** Which files of a folder, and of the folders in it, hold the bytes of one of the words. */
export async function tracesInFiles(folder: string, words: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found: string[] = [];
  for (const file of files) {
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    if (words.some((word) => bytes.includes(word))) found.push(file.slice(folder.length + 1));
  }
  return found.sort();
}
