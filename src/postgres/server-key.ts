import { randomBytes } from 'node:crypto';
import type { Sql } from 'postgres';

/** A random key of the installation, made at first use and the same for every server of the database. */
export async function serverKey(sql: Sql, name: string, bytes: number): Promise<Uint8Array> {
  await sql`
    insert into server_keys (name, value) values (${name}, ${randomBytes(bytes)}) on conflict (name) do nothing`;
  const [row] = await sql<{ value: Uint8Array }[]>`select value from server_keys where name = ${name}`;
  if (!row) throw new Error(`the key "${name}" is missing from the database`);
  return row.value;
}
