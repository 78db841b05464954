import type { Sql } from 'postgres';

/** How durable what this database says is committed is: what its settings say of it. */
export async function durabilityOf(
  sql: Sql,
): Promise<{ readonly database: string; readonly fsync: string; readonly synchronousCommit: string }> {
  const [row] = await sql<{ version: string; fsync: string; synchronous_commit: string }[]>`
    select current_setting('server_version') as version, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as synchronous_commit`;
  if (!row) throw new Error('the settings of the database can not be read');
  return {
    database: `PostgreSQL ${row.version}`,
    fsync: row.fsync,
    synchronousCommit: row.synchronous_commit,
  };
}
