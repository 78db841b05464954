import { expect, it } from 'vitest';
import { v7 as newId } from 'uuid';
import { createCore } from '../../src/domain/core.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import { createConsentStore } from '../../src/postgres/consent-store.js';
import { openDatabase } from '../../src/postgres/database.js';
import { createErasure } from '../../src/postgres/erasure.js';
import { createLegalHolds } from '../../src/postgres/legal-holds.js';
import { createTestDatabase } from '../support/database.js';
import { testPolicy } from '../support/policy.js';

it('refuses an erasure that was decided before the contact was put on hold', async ({ onTestFinished }) => {
  const database = await createTestDatabase();
  const connection = openDatabase(database.url, { connections: 2, role: database.role });
  onTestFinished(async () => {
    await connection.close();
    await database.close();
  });
  const organizationId = newId();
  await database.sql`insert into organizations (id, slug, name, locale) values (${organizationId}, 'acme', 'Acme', 'en')`;
  const store = createConsentStore({ scoped: connection.scoped, smsForAll: false, committed: () => undefined });
  const holds = createLegalHolds(connection.sql);
  let contactId = '';
  let appends = 0;
  const core = createCore({
    store: {
      ...store,
      append: async (changes, origins) => {
        appends += 1;
        if (contactId !== '') await holds.hold({ organizationId, contactId });
        return store.append(changes, origins);
      },
    },
    clock: { now: () => new Date() },
    newId,
    digest: (text) => text,
    policy: testPolicy,
    erasure: createErasure(connection.sql),
  });
  const caller = { organizationId, id: 'dana', name: 'Dana' };
  const phone = parsePhoneNumber('+16502530190');
  if (!phone) throw new Error('the example is not a phone number');
  const created = await core.createContact(caller, { phone, name: 'Clara', locale: null });
  if (created.refusal) throw new Error(created.refusal.code);

  ({ contactId } = created);
  const erased = await core.eraseContact(caller, { contactId });
  expect(erased.refusal).toEqual({ code: 'CONTACT_ON_HOLD', path: ['contactId'] });
  expect(appends).toBe(2);
  expect(await holds.release({ organizationId, contactId })).toBe(true);
  expect(await holds.hold({ organizationId: newId(), contactId })).toBe(false);
});
