import { v7 as newId } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProviderFailure, SendOutcome } from '../../src/domain/conversation/delivery-facts.js';
import { createCore, type Core } from '../../src/domain/core.js';
import { parsePhoneNumber, type PhoneNumber } from '../../src/domain/phone-number.js';
import type { Change, ConsentStore } from '../../src/domain/ports/consent-store.js';
import type { ProviderItem } from '../../src/domain/ports/provider-news.js';
import { movesIn } from '../../src/postgres/append-moves.js';
import { createConsentStore } from '../../src/postgres/consent-store.js';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { createErasure } from '../../src/postgres/erasure.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { testPolicy } from '../support/policy.js';

const organizationId = newId();
const caller = { organizationId, id: 'agent-1', name: 'Ada' };
const REASON = 'It said "no", {NULL}, \\back, and ’twas that.';
const noon = new Date('2026-05-01T12:00:00Z');

let database: TestDatabase;
let connection: Database;
let store: ConsentStore;
let appended: Change[];

beforeAll(async () => {
  database = await createTestDatabase();
  await database.sql`
    insert into organizations (id, slug, name, locale) values (${organizationId}, 'acme', 'Acme Ltd', 'en')`;
  await database.sql`
    insert into whatsapp_channels
      (organization_id, phone_number_id, access_token, app_secret, template_name, template_locale)
    values (${organizationId}, '1001', 'x', 'x', 'opt_in', 'en')`;
  connection = openDatabase(database.url, { connections: 2, role: database.role });
  store = createConsentStore({ scoped: connection.scoped, smsForAll: true, committed: () => undefined });
  appended = [];
});
afterAll(async () => {
  await connection.close();
  await database.close();
});

/** A core over the store, with its own time, and what becomes of a change before it is appended. */
function coreOver(seen: (change: Change) => Change): Core {
  let now = noon;
  return createCore({
    store: { ...store, append: (changes) => store.append(changes.map(seen)) },
    clock: { now: () => (now = new Date(now.getTime() + 1_000)) },
    newId,
    digest: (text) => text,
    policy: testPolicy,
    erasure: createErasure(database.sql),
  });
}

const byMoves = (change: Change): Change => {
  appended.push(change);
  return change;
};
/** As one that nobody knows the state before of, which goes the way of everything else. */
const byAll = ({ before: _before, ...change }: Change): Change => change;

let line = 3000;
function phoneOf(): PhoneNumber {
  const phone = parsePhoneNumber(`+1650253${(line += 1)}`);
  if (!phone) throw new Error('no number');
  return phone;
}

const said = (phone: PhoneNumber, text: string): ProviderItem => ({
  kind: 'INBOUND',
  from: { phone, identities: [], profileName: null },
  inbound: {
    providerMessageId: `wamid.${newId()}`,
    at: noon,
    text,
    content: { kind: 'WORDS' },
    contextId: null,
    opensWindow: true,
    inboxId: null,
  },
});

const failure = (kind: ProviderFailure['kind']): SendOutcome => ({
  outcome: 'REFUSED',
  failure: { kind, code: 131_000, reason: REASON, retryable: true },
});

/** Three messages that leave, or don't, in every way there is. Resolves to the contact's id. */
async function live(core: Core, phone: PhoneNumber): Promise<string> {
  const asked = await core.sendOptIn(caller, {
    contactId: null,
    phone,
    name: 'Clara',
    basis: null,
    locale: null,
    idempotencyKey: null,
  });
  if (asked.refusal) throw new Error(asked.refusal.code);
  const { contactId } = asked;
  const queue = async (body: string, channel: 'WHATSAPP' | 'SMS' = 'WHATSAPP'): Promise<string> => {
    const queued = await core.queueMessage(caller, { contactId, body, channel, idempotencyKey: null });
    if (queued.refusal || queued.messageId === null) throw new Error('not queued');
    return queued.messageId;
  };
  const claim = { organizationId, contactId, channel: 'WHATSAPP', fence: '0' } as const;
  const send = async (outcome: SendOutcome): Promise<string> => {
    const started = await core.startSend(claim);
    if (!started) throw new Error('nothing to send');
    const { message, conversation } = started;
    await core.settleSend(
      organizationId,
      { messageId: message.id, attempt: message.attempts, outcome },
      { claim, conversation },
    );
    return message.id;
  };
  const accepted = (): SendOutcome => ({ outcome: 'ACCEPTED', providerMessageId: `wamid.${newId()}` });
  const texts = [await queue('one'), await queue('two'), await queue('three')];
  await send(accepted());
  await core.news.record(organizationId, said(phone, 'yes'));
  const confirmation = await send({ outcome: 'UNKNOWN', reason: REASON });
  const report = { status: 'DELIVERED', at: noon, providerMessageId: `wamid.${newId()}` } as const;
  const attempt = { messageId: confirmation, attempt: 1 };
  await core.news.record(organizationId, { kind: 'STATUS', providerMessageId: 'x', attempt, report });
  await send(failure('RETRY_LATER'));
  await send(failure('WINDOW_CLOSED'));
  await core.news.record(organizationId, said(phone, 'hello'));
  await core.operate(organizationId, { action: 'PARK', messageId: texts[2] ?? '', by: 'operator:"O’Hara", \\' });
  await send(failure('RETRY_LATER'));
  // Its sender died: the next finds it.
  await core.startSend(claim);
  await core.startSend(claim);
  await queue('by SMS', 'SMS');
  await core.startSend({ ...claim, channel: 'SMS' });
  return contactId;
}

/** Everything that moves write, with numbers of messages for their ids. */
async function rowsOf(contactId: string): Promise<object> {
  const { sql } = database;
  return {
    contact: await sql`
      select revision, status, window_opened_at, message_count, held_count, pace, continue_asked_at, answer_due_at
      from contacts where id = ${contactId}`,
    messages: await sql`
      select number, channel, kind, status, held_reason, failure, attempts, provider_message_id is null as unnamed,
        possible_duplicate, status_changed_at
      from messages where contact_id = ${contactId} order by number`,
    steps: await sql`
      select e.revision, e.ordinal, m.number, e.status, e.channel, e.held_reason, e.failure, e.attempts, e.by, e.occurred_at
      from message_events e join messages m on m.id = e.message_id
      where e.contact_id = ${contactId} order by e.revision, e.ordinal`,
    sends:
      await sql`select channel, due_at, fence, leased_until from outbox where contact_id = ${contactId} order by 1`,
  };
}

describe('moves', () => {
  it('leave the rows that they leave as part of everything else', async () => {
    const counted = () => database.sql`
      select counter, sum(change)::int as change from funnel_changes group by counter order by counter`;
    const one = await live(coreOver(byMoves), phoneOf());
    const after = await counted();
    const other = await live(coreOver(byAll), phoneOf());
    expect(await rowsOf(one)).toEqual(await rowsOf(other));
    expect(await counted()).toEqual(after.map(({ counter, change }) => ({ counter, change: change * 2 })));
  });

  it('are most of what is written of deliveries', () => {
    const kinds = appended.map((change) => (movesIn(change) ? 'moves' : 'more'));
    expect(kinds.filter((kind) => kind === 'moves').length).toBeGreaterThanOrEqual(10);
    expect(kinds.filter((kind) => kind === 'more').length).toBeGreaterThanOrEqual(6);
  });
});

describe('a batch of moves and of other changes', () => {
  it('is committed together, but for those whose contact has moved on', async () => {
    const phones = [phoneOf(), phoneOf(), phoneOf(), phoneOf()];
    const changes: Change[] = [];
    const held: Core = coreOver((change) => {
      changes.push(change);
      throw new Error('kept back');
    });
    const core = coreOver((change) => change);
    const contacts = await Promise.all(
      phones.map(async (phone) => {
        const input = { contactId: null, phone, name: 'Clara', basis: null, locale: null, idempotencyKey: null };
        const asked = await core.sendOptIn(caller, input);
        if (asked.refusal) throw new Error(asked.refusal.code);
        return asked.contactId;
      }),
    );
    const [sends, sendsLate, writes, writesLate] = contacts;
    const start = (by: Core, contactId = '') => by.startSend({ organizationId, contactId, channel: 'WHATSAPP' });
    const write = (by: Core, contactId = '') =>
      by.queueMessage(caller, { contactId, body: 'late', channel: 'WHATSAPP', idempotencyKey: null });
    await Promise.allSettled([
      start(held, sends),
      start(held, sendsLate),
      write(held, writes),
      write(held, writesLate),
    ]);
    await Promise.all([write(core, sendsLate), write(core, writesLate)]);
    const outcomes = new Map(
      [...(await store.append(changes.slice(-4)))].map((outcome, index) => [
        changes.slice(-4)[index]?.draft.conversation.contact.id,
        outcome,
      ]),
    );
    expect(contacts.map((id) => outcomes.get(id))).toEqual(['COMMITTED', 'CONFLICT', 'COMMITTED', 'CONFLICT']);
    const statuses = await database.sql`
      select contact_id as id, array_agg(status order by number) as statuses from messages
      where contact_id = any(${contacts}) group by contact_id`;
    expect(Object.fromEntries(statuses.map((row) => [row['id'], row['statuses']]))).toEqual({
      [sends ?? '']: ['SENDING'],
      [sendsLate ?? '']: ['QUEUED', 'HELD'],
      [writes ?? '']: ['QUEUED', 'HELD'],
      [writesLate ?? '']: ['QUEUED', 'HELD'],
    });
  });
});
