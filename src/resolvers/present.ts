import type { ContactView } from '../domain/ports/readers.js';

/** The contact, unless it was erased: then only its transitions still name it. */
export function present(contact: ContactView | null): ContactView | null {
  return contact?.consent.erasedAt ? null : contact;
}
