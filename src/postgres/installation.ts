import { createHash } from 'node:crypto';
import type { Sql } from 'postgres';
import { serverKey } from './server-key.js';

const DIGITS = 16;

/**
 * The name by which servers of this database know each other elsewhere. A copy of the database that was restored into
 * another PostgreSQL, or under another name, has another.
 */
export async function installationOf(sql: Sql): Promise<string> {
  const key = await serverKey(sql, 'installation', 32);
  const [row] = await sql<{ place: string }[]>`
    select system_identifier::text || ' ' || current_database() as place from pg_control_system()`;
  return createHash('sha256')
    .update(key)
    .update(row?.place ?? '')
    .digest('hex')
    .slice(0, DIGITS);
}
