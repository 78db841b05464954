import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCore } from '../../src/domain/core.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import { createConsentStore } from '../../src/postgres/consent-store.js';
import { createErasure } from '../../src/postgres/erasure.js';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { foldFunnelChanges } from '../../src/postgres/funnel.js';
import { createReaders } from '../../src/postgres/readers.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { testPolicy } from '../support/policy.js';

const CONTACTS = 60;
const organizationId = newId();
const caller = { organizationId, id: 'agent-1', name: 'Ada' };
const evidence = { source: 'PAPER', reference: null, note: null } as const;

let database: TestDatabase;
let servers: Database[];
beforeAll(async () => {
  database = await createTestDatabase();
  await database.sql`
    insert into organizations (id, slug, name, locale) values (${organizationId}, 'acme', 'Acme Ltd', 'en')`;
  await database.sql`
    insert into whatsapp_channels
      (organization_id, phone_number_id, access_token, app_secret, template_name, template_locale)
    values (${organizationId}, '1001', 'x', 'x', 'opt_in', 'en')`;
  servers = [1, 2].map(() => openDatabase(database.url, { connections: 8, role: database.role }));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await database.close();
});

it('counts each contact once, at any time, while two servers commit and fold', async () => {
  const cores = servers.map(({ sql, scoped }) =>
    createCore({
      store: createConsentStore({ scoped, smsForAll: false, committed: () => undefined }),
      clock: { now: () => new Date() },
      newId,
      digest: (text) => text,
      policy: testPolicy,
      erasure: createErasure(sql),
    }),
  );
  const [one, other] = servers;
  if (!one || !other) throw new Error('two servers are needed');
  const readers = createReaders(one.scoped, false);
  let writing = true;
  const seen: number[] = [];

  async function contact(index: number): Promise<void> {
    const core = cores[index % 2];
    const phone = parsePhoneNumber(`+1650253${1_000 + index}`);
    if (!core || !phone) throw new Error('no core or number');
    const asking = { contactId: null, phone, name: 'Clara', basis: null, locale: null, idempotencyKey: null };
    const asked = await core.sendOptIn(caller, asking);
    if (asked.refusal) throw new Error(asked.refusal.code);
    const { contactId } = asked;
    const message = { contactId, body: 'Hello', channel: 'WHATSAPP' as const, idempotencyKey: null };
    for (let n = 0; n <= index % 4; n += 1) await core.queueMessage(caller, message);
    const elsewhere = { contactId, at: null, evidence, idempotencyKey: null };
    if (index % 3 === 0) await core.recordConsent(caller, elsewhere);
    if (index % 3 === 1) await core.withdrawConsent(caller, elsewhere);
  }
  async function fold({ sql }: Database): Promise<void> {
    while (writing) await foldFunnelChanges(sql);
  }
  async function read(): Promise<void> {
    while (writing) {
      const { heldMessages: _, ...statuses } = await readers.funnel(organizationId);
      seen.push(Object.values(statuses).reduce((sum, count) => sum + count, 0));
    }
  }

  const beside = [fold(one), fold(other), read()];
  await Promise.all(Array.from({ length: CONTACTS }, (_, index) => contact(index)));
  writing = false;
  await Promise.all(beside);

  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  const counted = await database.sql<{ status: string; count: number; held: number }[]>`
    select status, count(*)::int as count, sum(held_count)::int as held from contacts group by status`;
  const funnel = await readers.funnel(organizationId);
  expect(funnel).toMatchObject(Object.fromEntries(counted.map(({ status, count }) => [status, count])));
  expect(funnel.heldMessages).toBe(counted.reduce((sum, { held }) => sum + held, 0));
  expect(funnel.heldMessages).toBeGreaterThan(0);
  expect(funnel.OPTED_IN + funnel.OPTED_OUT + funnel.PENDING).toBe(CONTACTS);
  await foldFunnelChanges(one.sql);
  expect(await readers.funnel(organizationId)).toEqual(funnel);
  expect(await database.sql`select 1 from funnel_changes`).toEqual([]);
});
