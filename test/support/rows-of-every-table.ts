import type { Sql } from 'postgres';

/** A table of organizations and the column that names them there. */
export type TenantTable = { readonly name: string; readonly organization: string; readonly isRecord: boolean };

/** Every table there is that names an organization, whichever migration made it; records can only be added to. */
export async function tenantTables(sql: Sql): Promise<readonly TenantTable[]> {
  return sql<TenantTable[]>`
    select c.table_name as name, c.column_name as organization, exists (
      select from pg_trigger t
      where t.tgrelid = format('%I.%I', c.table_schema, c.table_name)::regclass and t.tgfoid = 'refuse_change'::regproc
    ) as "isRecord"
    from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
      and c.column_name = case c.table_name when 'organizations' then 'id' else 'organization_id' end
    order by c.table_name`;
}

/** What goes into a column that must have something. */
const VALUES: Readonly<Record<string, string>> = {
  uuid: 'gen_random_uuid()',
  text: 'gen_random_uuid()::text',
  'character varying': 'left(gen_random_uuid()::text, 30)',
  integer: '(random() * 1e9)::int',
  smallint: '1',
  bigint: '(random() * 1e9)::bigint',
  'double precision': '1',
  numeric: '1',
  boolean: 'true',
  date: 'current_date',
  'timestamp with time zone': 'now()',
  jsonb: "'{}'",
  bytea: "'\\x00'",
  ARRAY: "'{}'",
};

/** The statement that adds a row of an organization to a table; what the row is about need not exist. */
export async function insertInto(sql: Sql, table: TenantTable, organizationId: string): Promise<string> {
  const columns = await sql<{ name: string; type: string }[]>`
    select column_name as name, data_type as type from information_schema.columns
    where table_schema = 'public' and table_name = ${table.name} and is_nullable = 'NO' and column_default is null
      and is_identity = 'NO' and column_name <> ${table.organization}
    union all select ${table.organization}, 'organization'`;
  const values = columns.map(({ type }) => (type === 'organization' ? `'${organizationId}'` : VALUES[type]));
  const unknown = columns.find((_, index) => values[index] === undefined);
  if (unknown) throw new Error(`what goes into ${table.name}.${unknown.name} of type ${unknown.type}?`);
  return `insert into "${table.name}" (${columns.map(({ name }) => `"${name}"`).join(', ')}) values (${values.join(', ')})`;
}
