import type { ISql } from 'postgres';
import type { Erasure } from '../domain/ports/deletion.js';
import type { Tombstone } from '../domain/tombstone.js';

type Row = { readonly organization_id: string; readonly id: string; readonly erased_at: Date };

/** What is deleted, and where, is said by `purge_contact` in the database, which alone may change what was recorded. */
export function createErasure(sql: ISql): Erasure & {
  /** Null unless the contact was erased and is not purged yet. */
  readonly tombstoneOf: (contact: Pick<Tombstone, 'organizationId' | 'contactId'>) => Promise<Tombstone | null>;
  /** Of all contacts of an organization that were erased, the first one first. */
  readonly tombstonesOf: (organizationId: string) => Promise<readonly Tombstone[]>;
} {
  return {
    purge: async ({ organizationId, contactId }) => {
      await sql`select purge_contact(${organizationId}, ${contactId})`;
    },
    unpurged: async ({ limit }) => {
      const rows = await sql<Row[]>`
        select organization_id, id, erased_at from contacts
        where erased_at is not null and purged_at is null order by erased_at limit ${limit}`;
      return rows.map(tombstoneFrom);
    },
    tombstoneOf: async ({ organizationId, contactId }) => {
      const [row] = await sql<Row[]>`
        select organization_id, id, erased_at from contacts
        where organization_id = ${organizationId} and id = ${contactId} and erased_at is not null and purged_at is null`;
      return row ? tombstoneFrom(row) : null;
    },
    tombstonesOf: async (organizationId) => {
      const rows = await sql<Row[]>`
        select organization_id, id, erased_at from contacts
        where organization_id = ${organizationId} and erased_at is not null order by erased_at, id`;
      return rows.map(tombstoneFrom);
    },
  };
}

const tombstoneFrom = ({ organization_id: organizationId, id: contactId, erased_at: erasedAt }: Row): Tombstone => ({
  organizationId,
  contactId,
  erasedAt,
});
