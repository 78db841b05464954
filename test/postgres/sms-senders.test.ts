import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePhoneNumber, phoneKey } from '../../src/domain/phone-number.js';
import type { SmsSender, SmsSenders } from '../../src/domain/ports/sms-senders.js';
import { createConsentStore } from '../../src/postgres/consent-store.js';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { createInbox } from '../../src/postgres/inbox.js';
import { createOrganizations } from '../../src/postgres/organizations.js';
import { createReaders } from '../../src/postgres/readers.js';
import { createSecrets } from '../../src/postgres/secrets.js';
import { createSmsSenders } from '../../src/postgres/sms-senders.js';
import { createSmsSetup, type SmsSetup } from '../../src/postgres/sms-setup.js';
import { recordingLog } from '../support/channel-fakes.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const secrets = createSecrets([randomBytes(32)]);
const shared: SmsSender = { organizationId: null, accountSid: 'AC0', authToken: 'shared', from: '+15005550000' };
const theirs = { accountSid: 'AC1', authToken: 'token of acme', from: '+15005550001' };

let database: TestDatabase;
let connected: Database;
let setup: SmsSetup;
let acme: string;
let globex: string;
const log = recordingLog();
const sendersWith = (all: SmsSender | null): SmsSenders =>
  createSmsSenders({ sql: database.sql, secrets, shared: all, log });

beforeAll(async () => {
  database = await createTestDatabase();
  connected = openDatabase(database.url, { connections: 2, role: database.role });
  const organizations = createOrganizations({ sql: database.sql, secrets });
  setup = createSmsSetup({ sql: database.sql, secrets, organizations });
  acme = (await organizations.create({ slug: 'acme', name: 'Acme', locale: 'en' })).id;
  globex = (await organizations.create({ slug: 'globex', name: 'Globex', locale: 'en' })).id;
});
afterAll(async () => {
  await connected.close();
  await database.close();
});
beforeEach(async () => {
  await database.sql`delete from sms_senders`;
  await setup.setSender('acme', theirs);
});

const refused = (part: string) =>
  expect.objectContaining({ name: 'SetupError', message: expect.stringContaining(part) });

describe('the SMS sender of an organization', () => {
  it('is its own, or else the one for all', async () => {
    expect(await sendersWith(shared).byOrganization(acme)).toEqual({ ...theirs, organizationId: acme });
    expect(await sendersWith(shared).byOrganization(globex)).toBe(shared);
    expect(await sendersWith(null).byOrganization(globex)).toBeNull();
  });

  it('is kept unreadable, and replaced as a whole', async () => {
    const [row] = await database.sql`select auth_token from sms_senders`;
    expect(Buffer.from(row?.auth_token).toString('latin1')).not.toContain('of acme');
    await setup.setSender('acme', { accountSid: 'AC2', authToken: 'next', from: '+1 (500) 555-0002' });
    expect(await sendersWith(null).byOrganization(acme)).toEqual({
      organizationId: acme,
      accountSid: 'AC2',
      authToken: 'next',
      from: '+15005550002',
    });
    expect(await setup.setSender('acme', { ...theirs, from: '12345' })).toBe('12345');
  });

  it('that is disabled sends no more, but is still found for what comes in, until it is set again', async () => {
    await setup.disableSender('acme');
    expect(await sendersWith(shared).byOrganization(acme)).toBe(shared);
    expect(await sendersWith(null).enabled()).toEqual([]);
    expect(await sendersWith(null).named({ accountSid: 'AC1', number: '' })).toHaveLength(1);
    await setup.setSender('acme', theirs);
    expect(await sendersWith(null).enabled()).toHaveLength(1);
  });

  it('is found by its account and by its number, beside the one for all', async () => {
    await setup.setSender('globex', { ...theirs, authToken: 'other', from: '+15005550002' });
    const named = async (accountSid: string, number: string) =>
      (await sendersWith(shared).named({ accountSid, number })).map(({ from }) => from).sort();
    expect(await named('AC1', '')).toEqual(['+15005550001', '+15005550002']);
    expect(await named('AC9', '+15005550002')).toEqual(['+15005550002']);
    expect(await named('AC0', '')).toEqual(['+15005550000']);
    expect(await named('AC1', '+15005550000')).toEqual(['+15005550000', '+15005550001', '+15005550002']);
    expect(await named('', '')).toEqual([]);
  });

  it('whose token can’t be read is reported, and does not hide the others', async () => {
    await setup.setSender('globex', { ...theirs, from: '+15005550002' });
    await database.sql`
      update sms_senders set auth_token = (select auth_token from sms_senders where organization_id = ${globex})
      where organization_id = ${acme}`;
    expect(await sendersWith(null).named({ accountSid: 'AC1', number: '' })).toMatchObject([
      { organizationId: globex },
    ]);
    expect(log.lines.join()).toContain(acme);
    await expect(sendersWith(null).byOrganization(acme)).rejects.toThrow('moved');
  });

  it('is refused when something is missing or taken', async () => {
    const set = (slug: string, change: object) => setup.setSender(slug, { ...theirs, ...change });
    await expect(set('nobody', {})).rejects.toEqual(refused('no organization "nobody"'));
    await expect(set('globex', {})).rejects.toEqual(refused('Another organization'));
    await expect(set('acme', { accountSid: '../AC1' })).rejects.toEqual(refused('account SID'));
    await expect(set('acme', { authToken: ' ' })).rejects.toEqual(refused('auth token'));
    await expect(set('acme', { from: '5550001' + '0000' })).rejects.toEqual(refused('E.164'));
    await expect(setup.disableSender('nobody')).rejects.toEqual(refused('no organization "nobody"'));
    await expect(setup.disableSender('globex')).rejects.toEqual(refused('no SMS sender'));
  });
});

describe('whether an organization has SMS', () => {
  async function enabled(organizationId: string, smsForAll: boolean): Promise<readonly (boolean | undefined)[]> {
    const store = createConsentStore({ scoped: connected.scoped, smsForAll, committed: () => undefined });
    const target = { phoneKey: '+14155550000', identities: [] };
    const [loaded] = await store.load([
      { organizationId, target, messageIds: [], providerMessageIds: [], idempotencyKey: null },
    ]);
    const read = await createReaders(connected.scoped, smsForAll).organization(organizationId);
    return [loaded?.organization?.smsEnabled, read?.smsEnabled];
  }

  it('comes from a sender of its own that is enabled, or from the one for all', async () => {
    expect(await enabled(acme, false)).toEqual([true, true]);
    expect(await enabled(globex, false)).toEqual([false, false]);
    expect(await enabled(globex, true)).toEqual([true, true]);
    await setup.disableSender('acme');
    expect(await enabled(acme, false)).toEqual([false, false]);
    expect(await enabled(acme, true)).toEqual([true, true]);
  });
});

it('the organizations that know a number are found by any form of it', async () => {
  const phone = (text: string) => {
    const parsed = parsePhoneNumber(text);
    if (!parsed) throw new Error('not a number');
    return parsed;
  };
  const known = phone('+5215512345678');
  for (const organizationId of [acme, globex]) {
    await database.sql`
      insert into contacts (organization_id, id, revision, name, phone, phone_key, status, consent, message_count,
        held_count, created_at)
      values (${organizationId}, gen_random_uuid(), 1, 'Ana', ${known}, ${phoneKey(known)}, 'NOT_ASKED', '{}', 0, 0,
        now())`;
  }
  expect(await sendersWith(null).organizationsKnowing(phone('+525512345678'))).toEqual([acme, globex].sort());
  expect(await sendersWith(null).organizationsKnowing(phone('+525512345679'))).toEqual([]);
});

it('the inbox keeps whose request it was and where it was posted to', async () => {
  const inbox = createInbox(database.sql);
  const receivedAt = new Date('2026-05-01T10:00:00Z');
  const entry = {
    organizationId: acme,
    id: '019ab000-0000-7000-8000-000000000001',
    channel: 'SMS' as const,
    receivedAt,
    url: 'https://assent.test/webhooks/sms',
    body: Buffer.from('Body=STOP'),
    signature: 's',
  };
  await inbox.store([entry]);
  expect(await inbox.claim({ now: receivedAt, leaseMs: 1000, limit: 10 })).toEqual([entry]);
});
