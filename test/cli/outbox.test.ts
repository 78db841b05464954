import { userInfo } from 'node:os';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { v7 as newId } from 'uuid';
import { createCore } from '../../src/domain/core.js';
import type { SendOutcome } from '../../src/domain/conversation/delivery-facts.js';
import { parsePhoneNumber, type PhoneNumber } from '../../src/domain/phone-number.js';
import { createConsentStore } from '../../src/postgres/consent-store.js';
import { createErasure } from '../../src/postgres/erasure.js';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { toGlobalId } from '../../src/schema/global-id.js';
import { assent } from '../support/command-line.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { testPolicy } from '../support/policy.js';

const SECRET_BODY = 'What nobody but the contact may read';
const PHONE = '+16502530190';

let database: TestDatabase;
let connection: Database;
let env: Readonly<Record<string, string>>;
let organizationId: string;
let core: ReturnType<typeof createCore>;
let contactId: string;
let contacts = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url };
  connection = openDatabase(database.url, { connections: 4, role: database.role });
  await assent(env, 'org', 'create', '--slug', 'globex', '--name', 'Globex');
  const { out } = await assent(env, 'org', 'create', '--slug', 'acme', '--name', 'Acme', '--json');
  organizationId = JSON.parse(out).id;
  const secret = ['--access-token', 't', '--app-secret', 's'];
  await assent(env, 'channel', 'set', '--org', 'acme', '--phone-number-id', '1', ...secret);
  core = createCore({
    store: createConsentStore({ scoped: connection.scoped, smsForAll: true, committed: () => undefined }),
    clock: { now: () => new Date() },
    newId,
    digest: (text) => text,
    policy: testPolicy,
    erasure: createErasure(database.sql),
  });
});
afterAll(async () => {
  await connection.close();
  await database.close();
});
beforeEach(async () => {
  await database.sql`update messages set status = 'DELIVERED', held_reason = null where status <> 'RECEIVED'`;
  const phone = parsePhoneNumber(`${PHONE.slice(0, -2)}${10 + (contacts += 1)}`);
  if (!phone) throw new Error('the example is not a phone number');
  contactId = await optedIn(phone);
});

async function optedIn(phone: PhoneNumber): Promise<string> {
  const caller = { organizationId, id: 'u', name: 'Ana' };
  const created = await core.createContact(caller, { phone, name: 'Clara Secret', locale: null });
  if (created.refusal) throw new Error(created.refusal.code);
  const inbound = {
    providerMessageId: `in.${phone}`,
    at: new Date(),
    text: 'yes',
    content: { kind: 'WORDS' },
    contextId: null,
    opensWindow: true,
    inboxId: null,
  } as const;
  const from = { phone, identities: [], profileName: null };
  await core.news.record(organizationId, { kind: 'INBOUND', from, inbound });
  await handOver(created.contactId, { outcome: 'ACCEPTED', providerMessageId: `out.${phone}` });
  return created.contactId;
}

async function queue(): Promise<string> {
  const caller = { organizationId, id: 'u', name: 'Ana' };
  const given = { contactId, body: SECRET_BODY, channel: 'WHATSAPP', idempotencyKey: null } as const;
  const queued = await core.queueMessage(caller, given);
  if (queued.refusal || queued.messageId === null) throw new Error('the message was refused');
  return queued.messageId;
}

async function handOver(contact: string, outcome: SendOutcome): Promise<string> {
  const started = await core.startSend({ organizationId, contactId: contact, channel: 'WHATSAPP' });
  if (!started) throw new Error('nothing may leave');
  const { id: messageId, attempts: attempt } = started.message;
  await core.settleSend(organizationId, { messageId, attempt, outcome });
  return messageId;
}

const unknown: SendOutcome = { outcome: 'UNKNOWN', reason: 'No answer came.' };
const rejected: SendOutcome = {
  outcome: 'REFUSED',
  failure: { kind: 'REJECTED', code: 131051, reason: 'Not supported.', retryable: false },
};

async function statusOf(id: string) {
  const [row] = await database.sql`select status, held_reason from messages where id = ${id}`;
  return [row?.['status'], row?.['held_reason']];
}
const list = async (...args: readonly string[]) =>
  JSON.parse((await assent(env, 'outbox', 'list', '--org', 'acme', '--json', ...args)).out);
const idsOf = ({ messages }: { messages: { uuid: string }[] }) => messages.map(({ uuid }) => uuid);

describe('assent outbox list', () => {
  it('shows what waits or may not have arrived, the longest waiting first, and what has failed when asked', async () => {
    await queue();
    const lost = await handOver(contactId, unknown);
    await queue();
    const failed = await handOver(contactId, rejected);
    const waiting = await queue();
    const parked = await queue();
    await assent(env, 'outbox', 'park', '--org', 'acme', '--message', parked);

    expect(idsOf(await list())).toEqual([lost, waiting, parked]);
    expect(idsOf(await list('--status', 'queued'))).toEqual([waiting]);
    expect(idsOf(await list('--status', 'unconfirmed'))).toEqual([lost]);
    expect(idsOf(await list('--status', 'parked'))).toEqual([parked]);
    expect(idsOf(await list('--status', 'held'))).toEqual([parked]);
    expect(idsOf(await list('--status', 'failed'))).toEqual([failed]);
    expect(await list('--limit', '2')).toMatchObject({ more: true, messages: [{ uuid: lost }, { uuid: waiting }] });
    expect(await list('--limit', '3')).toMatchObject({ more: false });
    expect((await list('--status', 'failed')).messages).toEqual([
      {
        id: toGlobalId('Message', failed),
        uuid: failed,
        contactId: toGlobalId('Contact', contactId),
        channel: 'WHATSAPP',
        kind: 'TEXT',
        status: 'FAILED',
        heldReason: null,
        attempts: 1,
        failure: { code: 131051, reason: 'Not supported.', retryable: false },
        possibleDuplicate: false,
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
        statusChangedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        parkedBy: null,
      },
    ]);
  });

  it('tells people the same, and nobody what messages say or to whom', async () => {
    const id = await queue();
    await assent(env, 'outbox', 'park', '--org', 'acme', '--message', id, '--by', 'dana');
    for (const args of [[], ['--json']]) {
      const { code, out, err } = await assent(env, 'outbox', 'list', '--org', 'acme', ...args);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain(id);
      expect(out).toContain('dana');
      expect(out).not.toContain(SECRET_BODY);
      expect(out).not.toContain('Clara');
      expect(out).not.toContain(PHONE.slice(0, -2));
    }
  });

  it('shows nothing of another organization, and says so when there is none', async () => {
    await queue();
    expect(await assent(env, 'outbox', 'list', '--org', 'globex')).toEqual({ code: 0, out: 'There is none.', err: '' });
  });
});

describe('assent outbox park and retry', () => {
  it('keep a message from leaving and let it leave, each recorded with who did it', async () => {
    const id = await queue();
    const parked = await assent(env, 'outbox', 'park', '--org', 'acme', '--message', toGlobalId('Message', id));
    expect(parked).toEqual({ code: 0, out: `The message ${id} is parked.`, err: '' });
    expect(await statusOf(id)).toEqual(['HELD', 'PARKED']);

    const again = ['outbox', 'retry', '--org', 'acme', '--message', id, '--by', 'dana', '--json'];
    const { code, out } = await assent(env, ...again);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      organization: 'acme',
      by: 'dana',
      message: { uuid: id, status: 'QUEUED', heldReason: null },
    });
    const done = await database.sql`
      select status, held_reason, by from message_events where message_id = ${id} and by is not null order by revision`;
    expect(done).toEqual([
      { status: 'HELD', held_reason: 'PARKED', by: `operator:${userInfo().username}` },
      { status: 'QUEUED', held_reason: null, by: 'dana' },
    ]);
    expect(await handOver(contactId, unknown)).toBe(id);
  });

  it('retry what has failed, and what may or may not have left, which is marked then', async () => {
    await queue();
    const failed = await handOver(contactId, rejected);
    await queue();
    const lost = await handOver(contactId, unknown);
    for (const id of [failed, lost]) {
      const { code, out } = await assent(env, 'outbox', 'retry', '--org', 'acme', '--message', id);
      expect({ code, out }).toEqual({ code: 0, out: `The message ${id} is QUEUED and leaves when its turn comes.` });
    }
    expect((await list()).messages.map((one: { possibleDuplicate: boolean }) => one.possibleDuplicate)).toEqual([
      false,
      true,
    ]);
  });

  it('leave the rules in force: what is retried to somebody who has opted out is cancelled', async () => {
    await queue();
    const failed = await handOver(contactId, rejected);
    const caller = { organizationId, id: 'u', name: 'Ana' };
    const evidence = { source: 'PAPER', reference: null, note: null } as const;
    await core.withdrawConsent(caller, { contactId, at: null, evidence, idempotencyKey: null });
    expect(await assent(env, 'outbox', 'retry', '--org', 'acme', '--message', failed)).toEqual({
      code: 0,
      out: `The message ${failed} is CANCELLED.`,
      err: '',
    });
  });

  it('are refused with the reason where they make no sense, and nothing is recorded', async () => {
    const id = await queue();
    const refusal = async (action: string, message: string) => {
      const { code, out, err } = await assent(env, 'outbox', action, '--org', 'acme', '--message', message);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      return err;
    };
    expect(await refusal('retry', id)).toBe(
      'assent: It is QUEUED; only what is parked, FAILED or UNCONFIRMED can be retried.',
    );
    await assent(env, 'outbox', 'park', '--org', 'acme', '--message', id, '--by', 'dana');
    expect(await refusal('park', id)).toBe(
      'assent: It is HELD (PARKED); only what is HELD or QUEUED, and not parked, can be parked.',
    );
    const [confirmation] = await database.sql`
      select id from messages where contact_id = ${contactId} and kind = 'OPT_IN_CONFIRMATION'`;
    expect(await refusal('retry', confirmation?.['id'])).toContain('a message of the system (OPT_IN_CONFIRMATION)');
    const recorded =
      await database.sql`select by from message_events where contact_id = ${contactId} and by is not null`;
    expect(recorded).toEqual([{ by: 'dana' }]);
  });

  it('know no message of another organization, none that does not exist, and none that the contact wrote', async () => {
    const id = await queue();
    const [inbound] = await database.sql`
      select id from messages where contact_id = ${contactId} and direction = 'INBOUND'`;
    for (const [org, message] of [
      ['globex', id],
      ['acme', newId()],
      ['acme', inbound?.['id']],
    ]) {
      expect(await assent(env, 'outbox', 'park', '--org', org, '--message', message)).toEqual({
        code: 1,
        out: '',
        err: `assent: There is no message ${message} to a contact of "${org}".`,
      });
    }
    expect(await assent(env, 'outbox', 'retry', '--org', 'nobody', '--message', id)).toEqual({
      code: 1,
      out: '',
      err: 'assent: There is no organization "nobody".',
    });
  });
});

describe('assent outbox', () => {
  it.each([
    [['outbox'], 'Usage: assent outbox'],
    [['outbox', 'list'], "required option '--org <slug>' not specified"],
    [['outbox', 'list', '--org', 'acme', '--status', 'sent'], 'Allowed choices are held, queued'],
    [['outbox', 'list', '--org', 'acme', '--limit', '0'], 'It is a whole number from 1 to 1000.'],
    [['outbox', 'park', '--org', 'acme'], "required option '--message <id>' not specified"],
    [['outbox', 'park', '--org', 'acme', '--message', 'm1'], 'It is no id of a message.'],
    [['outbox', 'retry', '--org', 'acme', '--message', toGlobalId('Contact', newId())], 'It is no id of a message.'],
  ])('exits with 2 and says why when it is not understood: %s', async (args, reason) => {
    const { code, out, err } = await assent({}, ...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(reason);
  });
});
