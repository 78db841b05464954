import type { ISql } from 'postgres';

type Key = { readonly organizationId: string; readonly contactId: string };

/** Holds on contacts, which keep all of them from being deleted. */
export interface LegalHolds {
  /** False where there is no such contact, or it was erased. */
  exists(contact: Key): Promise<boolean>;
  /** False where nothing changed: it is on hold already. */
  hold(contact: Key): Promise<boolean>;
  /** False where nothing changed: it is not on hold. */
  release(contact: Key): Promise<boolean>;
}

/** A hold is a new revision of the contact: whoever decides on the one before to erase it has to decide again. */
export function createLegalHolds(sql: ISql): LegalHolds {
  return {
    exists: async ({ organizationId, contactId }) => {
      const found = await sql`
        select from contacts where organization_id = ${organizationId} and id = ${contactId} and erased_at is null`;
      return found.count === 1;
    },
    hold: async ({ organizationId, contactId }) => {
      const held = await sql`
        update contacts set held_at = now(), revision = revision + 1
        where organization_id = ${organizationId} and id = ${contactId} and erased_at is null and held_at is null`;
      return held.count === 1;
    },
    release: async ({ organizationId, contactId }) => {
      const released = await sql`
        update contacts set held_at = null, revision = revision + 1
        where organization_id = ${organizationId} and id = ${contactId} and held_at is not null`;
      return released.count === 1;
    },
  };
}
