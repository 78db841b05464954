import type { ISql } from 'postgres';
import { v7 as newId } from 'uuid';

/**
 * What somebody did to an organization or to the installation, not to its contacts. It names what was meant and never
 * holds a secret, a phone number or the text of a message.
 */
export type Act = {
  /** Null for what concerns the installation. */
  readonly organizationId: string | null;
  /** Who did it, as far as the place where they did it can tell. */
  readonly actor: string;
  /** As the command is called, with a dot: `channel.set`. */
  readonly action: string;
  /** What it was done to, within the organization; null where the organization itself is meant. */
  readonly target: string | null;
  readonly details: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
};

export type AuditEvent = Act & { readonly id: string; readonly at: Date };

/** Records an act for good. Handed a transaction, it is recorded if and only if that commits. */
export async function recordAct(sql: ISql, act: Act): Promise<void> {
  const { organizationId, actor, action, target, details } = act;
  await sql`
    insert into audit_events (id, organization_id, actor, action, target, details)
    values (${newId()}, ${organizationId}, ${actor}, ${action}, ${target}, ${JSON.stringify(details)}::text::jsonb)`;
}

/** What was recorded, the newest first: of one organization, or with null of the installation. */
export async function listActs(
  sql: ISql,
  filter: { readonly organizationId: string | null; readonly since: Date | null; readonly limit: number },
): Promise<readonly AuditEvent[]> {
  const { organizationId, since, limit } = filter;
  return sql<AuditEvent[]>`
    select id, organization_id as "organizationId", at, actor, action, target, details
    from audit_events
    where organization_id is not distinct from ${organizationId}::uuid
      and at >= coalesce(${since}::timestamptz, '-infinity')
    order by at desc, id desc limit ${limit}`;
}
