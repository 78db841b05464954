import { fromGlobalId } from '../schema/global-id.js';

/** The id of a contact, given as the API has it or as the log has it. */
export function contactIdFrom(text: string): string {
  const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    ? text.toLowerCase()
    : fromGlobalId('Contact', text);
  if (id === null) throw new Error(`"${text}" is no id of a contact.`);
  return id;
}
