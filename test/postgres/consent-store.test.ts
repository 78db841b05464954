import { v7 as newId } from 'uuid';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import type { ConsentEvent } from '../../src/domain/consent/events.js';
import { evolve, initialConsent } from '../../src/domain/consent/state.js';
import { queueMessage, recordObtained, sendOptIn } from '../../src/domain/conversation/agent-commands.js';
import { draftOf, type Conversation, type Draft } from '../../src/domain/conversation/conversation.js';
import type { Decision } from '../../src/domain/conversation/refusal.js';
import { createCore } from '../../src/domain/core.js';
import { canStep, type MessageStatus } from '../../src/domain/message/message.js';
import { parsePhoneNumber, type PhoneNumber } from '../../src/domain/phone-number.js';
import type { Change, ConsentStore, Target } from '../../src/domain/ports/consent-store.js';
import type { ProviderItem } from '../../src/domain/ports/provider-news.js';
import { createConsentStore } from '../../src/postgres/consent-store.js';
import { createErasure } from '../../src/postgres/erasure.js';
import { openDatabase, type Database } from '../../src/postgres/database.js';
import { createOutbox } from '../../src/postgres/outbox.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { testPolicy } from '../support/policy.js';

const organizationId = newId();
const caller = { organizationId, id: 'agent-1', name: 'Ada' };
let now = new Date('2026-05-01T10:00:00Z');
const clock = { now: () => (now = new Date(now.getTime() + 1)) };

let database: TestDatabase;
let connections: Database[];
let stores: ConsentStore[];
let cores: ReturnType<typeof createCore>[];
let committed: number;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.sql`
    insert into organizations (id, slug, name, locale) values (${organizationId}, 'acme', 'Acme Ltd', 'en')`;
  await database.sql`
    insert into whatsapp_channels
      (organization_id, phone_number_id, access_token, app_secret, template_name, template_locale)
    values (${organizationId}, '1001', 'x', 'x', 'opt_in', 'en')`;
  connections = [1, 2].map(() => openDatabase(database.url, { connections: 4, role: database.role }));
  stores = connections.map(({ scoped }) =>
    createConsentStore({ scoped, smsForAll: false, committed: (wakes) => (committed += wakes.length) }),
  );
  cores = stores.map((store) =>
    createCore({
      store,
      clock,
      newId,
      digest: (text) => text,
      policy: testPolicy,
      erasure: createErasure(database.sql),
    }),
  );
  committed = 0;
});
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
  await database.close();
});

let line = 1000;
function phoneOf(text = `+1650253${(line += 1)}`): PhoneNumber {
  const phone = parsePhoneNumber(text);
  if (!phone) throw new Error(`${text} is no number`);
  return phone;
}

const first = <Item>(items: readonly Item[]): Item => {
  const [item] = items;
  if (item === undefined) throw new Error('nothing there');
  return item;
};

async function load(target: Target, store = first(stores)): Promise<Conversation> {
  const request = { organizationId, target, messageIds: [], providerMessageIds: [], idempotencyKey: null };
  const { conversation } = first(await store.load([request]));
  if (!conversation) throw new Error('no such contact');
  return conversation;
}

/** A conversation that is not stored yet. */
async function newcomer(phone: PhoneNumber): Promise<Conversation> {
  const request = { organizationId, target: { contactId: newId() }, messageIds: [], providerMessageIds: [] };
  const { organization } = first(await first(stores).load([{ ...request, idempotencyKey: null }]));
  if (!organization) throw new Error('no such organization');
  const contact = { id: newId(), name: 'Clara', phone, locale: null };
  const empty = { revision: 0, consent: initialConsent, windowOpenedAt: null, messageCount: 0, messages: [] };
  return {
    organization,
    contact,
    ...empty,
    sendAfter: { WHATSAPP: null, SMS: null },
    identities: [],
    pace: null,
    continueAskedAt: null,
    onHold: false,
    log: null,
  };
}

function change(
  conversation: Conversation,
  decide: (draft: Draft) => Decision<unknown>,
  idempotency: Change['idempotency'] = null,
): Change {
  const decision = decide(draftOf(conversation, clock.now(), newId));
  if (decision.refusal) throw new Error(decision.refusal.code);
  return { draft: decision.draft, revision: conversation.revision, answerDueAt: null, idempotency };
}

const asks = (draft: Draft) => sendOptIn({ by: 'Ada', basis: null, locale: null }, draft);
const writes = (body: string) => (draft: Draft) =>
  queueMessage({ body, channel: 'WHATSAPP', author: 'Ada' }, draft, testPolicy);
const keyed = (key: string) => ({ caller: 'agent-1', operation: 'sendOptIn', key, inputHash: 'h' });

async function askedContact(): Promise<string> {
  const conversation = await newcomer(phoneOf());
  await first(stores).append([change(conversation, asks)]);
  return conversation.contact.id;
}

function said(phone: PhoneNumber, text: string): ProviderItem {
  const at = clock.now();
  return {
    kind: 'INBOUND',
    from: { phone, identities: [phone.slice(1)], profileName: null },
    inbound: {
      providerMessageId: `wamid.${newId()}`,
      at,
      text,
      content: { kind: 'WORDS' },
      contextId: null,
      opensWindow: true,
      inboxId: null,
    },
  };
}

/** How many rows there are of everything, and how often rows were changed. */
async function footprint() {
  const { sql } = database;
  const [row] = await sql`
    select (select count(*) from consent_events) as events, (select count(*) from message_events) as steps,
      (select count(*) from messages) as messages, (select sum(revision) from contacts) as revisions,
      (select array_agg(xmin::text order by id) from contacts) as contacts,
      (select array_agg(xmin::text order by id) from messages) as versions,
      (select array_agg(xmin::text order by contact_id) from outbox) as sends,
      (select count(*) from contact_identities) as identities, (select count(*) from feed_pending) as pending`;
  return row;
}

describe('two stores that race', () => {
  it('on one contact: one commits, the other has a conflict and finds what was committed', async () => {
    const contactId = await askedContact();
    const loaded = await Promise.all(stores.map((store) => load({ contactId }, store)));
    const changes = loaded.map((conversation, index) => change(conversation, writes(`from store ${index}`)));
    const outcomes = await Promise.all(stores.map((store, index) => store.append(changes.slice(index, index + 1))));
    expect(outcomes.flat().sort()).toEqual(['COMMITTED', 'CONFLICT']);
    const after = await load({ contactId });
    expect(after.revision).toBe(2);
    expect(after.messages.map(({ kind }) => kind)).toEqual(['OPT_IN_REQUEST', 'TEXT']);
  });

  it.each([
    ['the same number', '+16502532001', '+16502532001'],
    ["Brazil's ninth digit", '+5511987654321', '+551187654321'],
    ["Mexico's 1", '+5215512345678', '+525512345678'],
    ["Argentina's 9", '+5491123456789', '+541123456789'],
  ])('on a new contact, with %s: there is one contact', async (_name, one, other) => {
    const newcomers = await Promise.all([newcomer(phoneOf(one)), newcomer(phoneOf(other))]);
    const outcomes = await Promise.all(
      stores.map((store, index) => store.append(newcomers.slice(index, index + 1).map((who) => change(who, asks)))),
    );
    expect(outcomes.flat().sort()).toEqual(['COMMITTED', 'CONFLICT']);
    const winner = newcomers[outcomes[0]?.[0] === 'COMMITTED' ? 0 : 1];
    for (const { contact } of newcomers) {
      const [found] = await database.sql`select id from contacts where id = ${contact.id}`;
      expect(found?.['id']).toBe(contact.id === winner?.contact.id ? contact.id : undefined);
    }
  });

  it('on a new contact through two cores: both answer, one was first', async () => {
    const phones = [phoneOf('+5521998765432'), phoneOf('+552198765432')];
    const input = { contactId: null, name: null, basis: null, locale: null, idempotencyKey: null };
    const outcomes = await Promise.all(
      cores.map((core, index) => core.sendOptIn(caller, { ...input, phone: phones[index] ?? null })),
    );
    const codes = outcomes.map(({ refusal }) => refusal?.code ?? 'DONE').sort();
    expect(codes).toEqual(['DONE', 'OPT_IN_PENDING']);
  });

  it('with one idempotency key: the effect happens once and both answers are the same', async () => {
    const input = { contactId: null, phone: phoneOf(), name: null, basis: null, locale: null, idempotencyKey: 'race' };
    const outcomes = await Promise.all([...cores, ...cores, ...cores].map((core) => core.sendOptIn(caller, input)));
    const ids = outcomes.map((outcome) => (outcome.refusal ? outcome.refusal.code : outcome.contactId));
    expect(new Set(ids).size).toBe(1);
    expect(outcomes.filter((outcome) => outcome.refusal === null && !outcome.replayed)).toHaveLength(1);
    const requests = await database.sql`select 1 from opt_in_requests where contact_id = ${first(ids)}`;
    expect(requests).toHaveLength(1);
  });

  it('with one idempotency key on two contacts: one commits, the other has a conflict and leaves nothing', async () => {
    const newcomers = await Promise.all([newcomer(phoneOf()), newcomer(phoneOf())]);
    const changes = newcomers.map((who) =>
      change(who, asks, { ...keyed('two contacts'), result: { contactId: who.contact.id, messageId: null } }),
    );
    const outcomes = await Promise.all(stores.map((store, index) => store.append(changes.slice(index, index + 1))));
    expect(outcomes.flat().sort()).toEqual(['COMMITTED', 'CONFLICT']);
    const ids = newcomers.map(({ contact }) => contact.id);
    expect(await database.sql`select 1 from contacts where id = any(${ids})`).toHaveLength(1);
    expect(await database.sql`select 1 from messages where contact_id = any(${ids})`).toHaveLength(1);
  });
});

describe('a batch', () => {
  it('of 128 changes is committed by one call', async () => {
    const template = await newcomer(phoneOf());
    const changes = Array.from({ length: 128 }, () => {
      const contact = { ...template.contact, id: newId(), phone: phoneOf() };
      return change({ ...template, contact }, asks);
    });
    const before = committed;
    expect(await first(stores).append(changes)).toEqual(changes.map(() => 'COMMITTED'));
    expect(committed - before).toBe(128);
    const ids = changes.map(({ draft }) => draft.conversation.contact.id);
    const [rows] = await database.sql`
      select (select count(*)::int from contacts where id = any(${ids})) as contacts,
        (select count(*)::int from consent_events where contact_id = any(${ids})) as events,
        (select count(*)::int from messages where contact_id = any(${ids})) as messages,
        (select count(*)::int from opt_in_requests where contact_id = any(${ids})) as requests,
        (select count(*)::int from outbox where contact_id = any(${ids})) as sends,
        (select count(*)::int from feed_pending where contact_id = any(${ids})) as pending`;
    expect(rows).toEqual({ contacts: 128, events: 128, messages: 128, requests: 128, sends: 128, pending: 128 });
  });

  it('commits those that can be and says which could not', async () => {
    const [stale, fresh] = await Promise.all([askedContact(), askedContact()]);
    const conversations = await Promise.all([stale, fresh].map((contactId) => load({ contactId })));
    const changes = conversations.map((conversation) => change(conversation, writes('late')));
    await first(stores).append([change(await load({ contactId: stale }), writes('early'))]);
    expect(await first(stores).append(changes)).toEqual(['CONFLICT', 'COMMITTED']);
    const rows = await database.sql`
      select body from messages where contact_id = ${stale} and kind = 'TEXT' order by number`;
    expect(rows.map(({ body }) => body)).toEqual(['early']);
  });

  it('with a change that breaks a rule of the database commits nothing, and the core commits the rest one by one', async () => {
    const phones = [phoneOf(), phoneOf(), phoneOf()];
    await database.sql`alter table contacts add constraint no_mallory check (name <> 'Mallory')`;
    try {
      const results = await Promise.allSettled(
        phones.map((phone, index) =>
          first(cores).createContact(caller, { phone, name: index === 1 ? 'Mallory' : 'Clara', locale: null }),
        ),
      );
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await database.sql`select 1 from contacts where phone = any(${phones})`).toHaveLength(2);
    } finally {
      await database.sql`alter table contacts drop constraint no_mallory`;
    }
  });
});

describe('a lease', () => {
  const rates = { WHATSAPP: 100_000, SMS: 100_000 };

  async function twoQueued() {
    const [core] = cores;
    const [connection] = connections;
    if (!core || !connection) throw new Error('nothing is set up');
    const contactId = await askedContact();
    const { contact } = await load({ contactId });
    await core.queueMessage(caller, { contactId, body: 'one', channel: 'WHATSAPP', idempotencyKey: null });
    await core.news.record(organizationId, said(contact.phone, 'yes'));
    const outbox = createOutbox(connection.sql, rates);
    /** What a sender finds so long after what was last. */
    const claimAfter = async (ms: number) => {
      now = new Date(now.getTime() + ms);
      const claims = await outbox.claim({ now, leaseMs: 60_000, limit: 1_000, laneLimit: 1_000, underWay: [] });
      return claims.find((one) => one.contactId === contactId) ?? null;
    };
    // The first claim makes the lanes that it finds; from then on they are taken from.
    await outbox.claim({ now: new Date(0), leaseMs: 60_000, limit: 1_000, laneLimit: 1_000, underWay: [] });
    const send = async () => {
      const claimed = await claimAfter(10_000);
      const started = claimed && (await core.startSend(claimed));
      if (!claimed || !started) throw new Error('nothing to send');
      return { claimed, started };
    };
    const settle = ({ claimed, started }: Awaited<ReturnType<typeof send>>, conversation = started.conversation) => {
      const { id: messageId, attempts: attempt } = started.message;
      const outcome = { outcome: 'ACCEPTED' as const, providerMessageId: `wamid.${messageId}` };
      return core.settleSend(organizationId, { messageId, attempt, outcome }, { claim: claimed, conversation });
    };
    return { core, contactId, claimAfter, send, settle };
  }

  it('ends in the commit that settles what was sent under it', async () => {
    const { claimAfter, send, settle } = await twoQueued();
    const sent = await send();
    expect(await claimAfter(10_000)).toBeNull();
    expect(await settle(sent)).toBe(true);
    expect(await claimAfter(10_000)).not.toBeNull();
  });

  it('that ran out does not end the next one', async () => {
    const { claimAfter, send, settle } = await twoQueued();
    const sent = await send();
    expect(await claimAfter(90_000)).not.toBeNull();
    expect(await settle(sent)).toBe(true);
    expect(await claimAfter(10_000)).toBeNull();
  });

  it('ends though the conversation has moved on since it was sent: then it is read again', async () => {
    const { core, contactId, claimAfter, send, settle } = await twoQueued();
    const sent = await send();
    await core.queueMessage(caller, { contactId, body: 'two', channel: 'WHATSAPP', idempotencyKey: null });
    expect(await settle(sent)).toBe(true);
    const statuses = await database.sql`
      select status from messages where contact_id = ${contactId} and body = 'two'`;
    expect(statuses).toEqual([{ status: 'QUEUED' }]);
    expect(await claimAfter(10_000)).not.toBeNull();
  });
});

describe('what changes nothing', () => {
  it('writes nothing: an answer told twice, a status told twice, a silence that is not due', async () => {
    const [core] = cores;
    const contactId = await askedContact();
    const { contact, messages } = await load({ contactId });
    const request = first(messages);
    const report = {
      kind: 'STATUS' as const,
      attempt: { messageId: request.id, attempt: 1 },
      providerMessageId: 'wamid.request',
      report: { status: 'DELIVERED' as const, at: clock.now(), providerMessageId: 'wamid.request' },
    };
    await core?.startSend({ organizationId, contactId, channel: 'WHATSAPP' });
    const yes = said(contact.phone, 'yes');
    await core?.news.record(organizationId, report);
    await core?.news.record(organizationId, yes);
    const before = await footprint();
    await core?.news.record(organizationId, report);
    await core?.news.record(organizationId, yes);
    await core?.noteNoAnswer(organizationId, contactId);
    expect(await footprint()).toEqual(before);
  });

  it('writes nothing: a refused command', async () => {
    const [core] = cores;
    const contactId = await askedContact();
    const before = await footprint();
    const input = { contactId, phone: null, name: null, basis: null, locale: null, idempotencyKey: null };
    expect((await core?.sendOptIn(caller, input))?.refusal?.code).toBe('OPT_IN_PENDING');
    expect(await footprint()).toEqual(before);
  });
});

describe('what was recorded', () => {
  it.each(['consent_events', 'message_events', 'feed'])(
    'in %s can not be changed, deleted or emptied',
    async (table) => {
      await askedContact();
      const { sql } = database;
      const refused = { code: '23001', message: expect.stringContaining('append-only') };
      await expect(sql`update ${sql(table)} set contact_id = contact_id`).rejects.toMatchObject(refused);
      await expect(sql`delete from ${sql(table)}`).rejects.toMatchObject(refused);
      await expect(sql`truncate ${sql(table)} cascade`).rejects.toMatchObject(refused);
    },
  );

  it('counts the held messages of each contact', async () => {
    const [core] = cores;
    const contactId = await askedContact();
    const { contact } = await load({ contactId });
    const held = async () => {
      const [row] = await database.sql`
        select held_count, (select count(*)::int from messages where contact_id = c.id and status = 'HELD') as held
        from contacts c where id = ${contactId}`;
      expect(row?.['held_count']).toBe(row?.['held']);
      return Number(row?.['held_count']);
    };
    expect(await held()).toBe(0);
    const written = ['one', 'two', 'three'].map((body) =>
      first(cores).queueMessage(caller, { contactId, body, channel: 'WHATSAPP', idempotencyKey: null }),
    );
    const answers = await Promise.all(written);
    expect(await held()).toBe(3);
    const [answer] = answers;
    if (!answer || answer.refusal || answer.messageId === null) throw new Error('refused');
    await core?.cancelMessage(caller, { messageId: answer.messageId });
    expect(await held()).toBe(2);
    await core?.news.record(organizationId, said(contact.phone, 'yes'));
    expect(await held()).toBe(0);
  });

  it('tells the steps of every message in order, and the last is where the message is', async () => {
    const [core] = cores;
    const contactId = await askedContact();
    const { contact } = await load({ contactId });
    for (const body of ['one', 'two']) {
      await core?.queueMessage(caller, { contactId, body, channel: 'WHATSAPP', idempotencyKey: null });
    }
    await core?.news.record(organizationId, said(contact.phone, 'yes'));
    for (const attempt of [1, 2, 3]) {
      const started = await core?.startSend({ organizationId, contactId, channel: 'WHATSAPP' });
      if (!started) throw new Error(`nothing left to send at ${attempt}`);
      const outcome = { outcome: 'ACCEPTED' as const, providerMessageId: `wamid.${started.message.id}` };
      await core?.settleSend(organizationId, { messageId: started.message.id, attempt: 1, outcome });
    }
    await core?.news.record(organizationId, said(contact.phone, 'stop'));

    const steps = await database.sql<{ message_id: string; status: MessageStatus; revision: number }[]>`
      select message_id, status, revision from message_events where contact_id = ${contactId}
      order by revision, ordinal`;
    const messages = await database.sql<{ id: string; status: MessageStatus }[]>`
      select id, status from messages where contact_id = ${contactId} order by number`;
    for (const { id, status } of messages) {
      const own = steps.filter(({ message_id }) => message_id === id).map((step) => step.status);
      expect(own.at(-1)).toBe(status);
      for (const [index, to] of own.slice(1).entries()) {
        expect(canStep(own[index] ?? 'READ', to), `${own[index]} to ${to}`).toBe(true);
      }
    }
    const { revision } = await load({ contactId });
    expect(new Set(steps.map((step) => step.revision)).size).toBeLessThanOrEqual(revision);
    expect(steps.at(-1)?.revision).toBe(revision);
  });

  it('folds to the state that the contact has', async () => {
    const [core] = cores;
    const contactId = await askedContact();
    const { contact } = await load({ contactId });
    await core?.startSend({ organizationId, contactId, channel: 'WHATSAPP' });
    for (const text of ['hm, let me think', 'stop', 'yes', 'please stop maybe?']) {
      await core?.news.record(organizationId, said(contact.phone, text));
    }
    const evidence = { source: 'letter', reference: null, note: null };
    const letter = { at: clock.now(), by: 'Ada', granted: false, evidence };
    await first(stores).append([change(await load({ contactId }), (draft) => recordObtained(letter, draft))]);

    const contacts = await database.sql<{ id: string; consent: unknown }[]>`select id, consent from contacts`;
    expect(contacts.length).toBeGreaterThan(1);
    for (const { id, consent } of contacts) {
      const rows = await database.sql<{ data: object; version: number; contact_version: number | null }[]>`
        select data, version, contact_version from consent_events where contact_id = ${id} order by version`;
      const state = rows.map(({ data }) => eventFrom(data)).reduce(evolve, initialConsent);
      expect(JSON.parse(JSON.stringify(state))).toEqual(consent);
      expect(rows.map(({ version }) => version)).toEqual(rows.map((_row, index) => index + 1));
      const places = rows.flatMap(({ contact_version }) => contact_version ?? []);
      expect(places).toEqual(places.map((_place, index) => index + 1));
    }
  });
});

const times = new Set(['at', 'retryAt']);

function eventFrom(data: object): ConsentEvent {
  return JSON.parse(JSON.stringify(data), (name, value: unknown) =>
    times.has(name) && typeof value === 'string' ? new Date(value) : value,
  );
}
