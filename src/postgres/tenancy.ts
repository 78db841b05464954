import type { Sql } from 'postgres';

/** What a connection is told at its start to see all organizations. */
export const everyOrganization = { 'assent.organizations': '*' };

const SERVER_ROLE = 'assent_server';

/** A database that would show one organization what is another's; the message says why. */
class TenancyError extends Error {
  override readonly name = 'TenancyError';
}

/**
 * The role to work as; null where the user of the url is one that policies hold for. A superuser gets one made, with the
 * rights that the server needs on every table there is now.
 */
export async function admitServer(sql: Sql): Promise<string | null> {
  const [user] = await sql<{ name: string; bypasses: boolean }[]>`
    select rolname as name, rolsuper or rolbypassrls as bypasses from pg_roles where rolname = current_user`;
  if (user?.bypasses !== true) return null;
  try {
    await sql`select assent_admit_server()`;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TenancyError(
      `The user "${user.name}" of the database bypasses row-level security, and a role that doesn't can't be made: ` +
        `${reason}. Connect as an ordinary user that owns the tables.`,
      { cause },
    );
  }
  return SERVER_ROLE;
}

/** Throws unless what these connections see of each table of organizations is up to its policy, and to that alone. */
export async function requireTenancy(sql: Sql): Promise<void> {
  const [user] = await sql<{ name: string; bypasses: boolean }[]>`
    select rolname as name, rolsuper or rolbypassrls as bypasses from pg_roles where rolname = current_user`;
  if (user?.bypasses !== false) {
    throw new TenancyError(
      `The server would work as "${user?.name ?? 'nobody'}", which row-level security does not hold for; ` +
        'connect as a user that is neither superuser nor has BYPASSRLS.',
    );
  }
  const unprotected = await sql<{ name: string }[]>`
    select c.relname as name
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
      and a.attname = case c.relname when 'organizations' then 'id' else 'organization_id' end
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and (not c.relrowsecurity or not c.relforcerowsecurity or not coalesce((
        select bool_and(p.polname = 'tenancy' and p.polpermissive and p.polcmd = '*' and p.polroles = '{0}'
          and p.polwithcheck is null
          and replace(pg_get_expr(p.polqual, p.polrelid), a.attname, 'id') = (
            select pg_get_expr(o.polqual, o.polrelid) from pg_policy o
            where o.polrelid = 'public.organizations'::regclass and o.polname = 'tenancy'))
        from pg_policy p where p.polrelid = c.oid), false))
    order by c.relname`;
  if (unprotected.length > 0) {
    throw new TenancyError(
      `Organizations are not kept apart in ${unprotected.map(({ name }) => `"${name}"`).join(', ')}: row-level security ` +
        'is not enabled and forced there, with the policy of tenancy alone. A migration that makes a table of ' +
        'organizations ends with "select assent_protect_tables();".',
    );
  }
}
