import { fromGlobalId } from '../schema/global-id.js';
import { badUserInput } from './bad-user-input.js';
import type { Context } from './context.js';

/**
 * The contact that a subscription is about. A stream about nobody would stay silent for ever, so it is refused; in the
 * same words whether there is no such contact or it belongs to another organization.
 */
export async function subscribedContact(globalId: string, { loaders }: Pick<Context, 'loaders'>): Promise<string> {
  const id = fromGlobalId('Contact', globalId);
  const contact = id === null ? null : await loaders.contacts.load(id);
  if (!contact) throw badUserInput('contactId: there is no such contact. Use the id of a contact of the organization.');
  return contact.id;
}
