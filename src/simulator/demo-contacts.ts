import { parsePhoneNumber } from '../domain/phone-number.js';
import type { Core } from '../domain/core.js';

/** One contact for each outcome; the last digits of the number decide what the simulated phone does. */
const contacts = [
  { name: 'Nadia Not-On-WhatsApp', phone: '+16505550101' },
  { name: 'Alma Accepts', phone: '+16505550102' },
  { name: 'Dario Declines', phone: '+16505550103' },
  { name: 'Silas Silent', phone: '+16505550104' },
  { name: 'Hanna By-Hand', phone: '+16505550105' },
] as const;

/** Gives the organization its contacts to try; those that are there already stay as they are. */
export async function addDemoContacts(core: Pick<Core, 'createContact'>, organizationId: string): Promise<void> {
  const caller = { organizationId, id: 'demo', name: 'Demo' };
  await Promise.all(
    contacts.map(async ({ name, phone }) => {
      const parsed = parsePhoneNumber(phone);
      if (parsed) await core.createContact(caller, { phone: parsed, name, locale: null });
    }),
  );
}
