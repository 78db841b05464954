import { describe, expect, it } from 'vitest';
import type { SendOptInCommand } from '../../src/domain/agent-operations.js';
import type { OrganizationSettings } from '../../src/domain/conversation/conversation.js';
import { createCore } from '../../src/domain/core.js';
import type { Caller } from '../../src/domain/deciding.js';
import { parsePhoneNumber, type PhoneNumber } from '../../src/domain/phone-number.js';
import type { ProviderItem } from '../../src/domain/ports/provider-news.js';
import { DAY, failures, MINUTE, policy } from '../support/conversation-spec.js';
import { createMemoryStore } from '../support/memory-store.js';

const organization = (id: string): OrganizationSettings => ({
  id,
  name: 'Acme',
  locale: 'en',
  whatsappEnabled: true,
  whatsappHealthy: true,
  whatsappRetryAt: null,
  templateRetryAt: null,
  continuesWindow: false,
  smsEnabled: true,
  texts: {},
});
const dana: Caller = { organizationId: 'acme', id: 'dana', name: 'Dana' };
const stranger: Caller = { organizationId: 'rival', id: 'dana', name: 'Dana' };

function number(text: string): PhoneNumber {
  const phone = parsePhoneNumber(text);
  if (!phone) throw new Error('the number does not parse');
  return phone;
}
const phone = number('+14155550100');

const asking = (given: Partial<SendOptInCommand> = {}): SendOptInCommand => ({
  contactId: null,
  phone,
  name: 'Ana',
  basis: null,
  locale: null,
  idempotencyKey: null,
  ...given,
});

function start() {
  let now = new Date('2026-03-02T09:00:00.000Z');
  let ids = 0;
  const memory = createMemoryStore([organization('acme'), organization('rival')]);
  const make = () =>
    createCore({
      store: memory.store,
      clock: { now: () => now },
      newId: () => `id-${++ids}`,
      digest: (text) => text,
      policy,
      erasure: { purge: () => Promise.resolve() },
    });
  const core = make();
  const inbound = (text: string, given: { readonly id?: string; readonly from?: PhoneNumber } = {}): ProviderItem => ({
    kind: 'INBOUND',
    from: { phone: given.from ?? phone, identities: ['wa-1'], profileName: 'Ana' },
    inbound: {
      providerMessageId: given.id ?? `wamid.${++ids}`,
      at: now,
      text,
      content: { kind: 'WORDS' },
      contextId: null,
      opensWindow: true,
      inboxId: null,
    },
  });
  return {
    ...memory,
    core,
    restarted: make,
    inbound,
    now: () => now,
    pass: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    only: () => {
      const [conversation, ...others] = memory.conversations.values();
      if (!conversation || others.length > 0) throw new Error('there is not exactly one contact');
      return conversation;
    },
  };
}

async function asked() {
  const world = start();
  const outcome = await world.core.sendOptIn(dana, asking());
  if (outcome.refusal) throw new Error(outcome.refusal.code);
  return { ...world, contactId: outcome.contactId };
}

describe('contacts', () => {
  it('asking a number that is not yet a contact makes it one, under the name given', async () => {
    const world = await asked();
    expect(world.only()).toMatchObject({
      contact: { name: 'Ana', phone },
      revision: 1,
      consent: { status: 'PENDING' },
    });
  });

  it('asking the same number again, however it is written, is about the same contact', async () => {
    const world = start();
    await world.core.sendOptIn(dana, asking({ phone: number('+5511987654321') }));
    const outcome = await world.core.sendOptIn(dana, asking({ phone: number('+551187654321') }));
    expect(outcome.refusal?.code).toBe('OPT_IN_PENDING');
    expect(world.conversations.size).toBe(1);
  });

  it('a refusal makes no contact', async () => {
    const world = start();
    await world.core.sendOptIn({ ...dana, organizationId: 'nobody' }, asking());
    await world.core.sendOptIn(dana, asking({ name: '' }));
    await world.core.sendOptIn(dana, asking({ locale: 'not a locale' }));
    expect(world.conversations.size).toBe(0);
  });

  it.each([
    ['both an id and a number', { contactId: 'id', phone }, 'INVALID_INPUT', ['phone']],
    ['neither', { phone: null }, 'INVALID_INPUT', ['contactId']],
    ['an empty name', { name: ' ' }, 'INVALID_INPUT', ['name']],
    ['an id that is not there', { contactId: 'nobody', phone: null }, 'CONTACT_NOT_FOUND', ['contactId']],
  ] as const)('sendOptIn with %s is refused', async (_, given, code, path) => {
    const outcome = await start().core.sendOptIn(dana, asking(given));
    expect(outcome.refusal).toEqual({ code, path });
  });

  it('createContact: a number that is taken is refused, and nothing is asked of the contact', async () => {
    const { core, only } = start();
    const input = { phone, name: ' Ana ', locale: 'pt-BR' };
    expect((await core.createContact(dana, input)).refusal).toBeNull();
    expect(await core.createContact(dana, input)).toEqual({ refusal: { code: 'PHONE_NUMBER_TAKEN', path: ['phone'] } });
    expect(only()).toMatchObject({ contact: { name: 'Ana', locale: 'pt-BR' }, consent: { status: 'NOT_ASKED' } });
  });

  it('another organization’s contact does not exist', async () => {
    const { core, contactId, only } = await asked();
    await core.queueMessage(dana, { contactId, body: 'hello', channel: 'WHATSAPP', idempotencyKey: null });
    const messageId = only().messages.at(-1)?.id ?? '';
    const outcomes = await Promise.all([
      core.sendOptIn(stranger, asking({ contactId, phone: null })),
      core.resendOptIn(stranger, { contactId, idempotencyKey: null }),
      core.queueMessage(stranger, { contactId, body: 'hello', channel: 'WHATSAPP', idempotencyKey: null }),
      core.switchToSms(stranger, { contactId, heldMessages: 'KEEP', idempotencyKey: null }),
      core.cancelMessage(stranger, { messageId }),
    ]);
    expect(outcomes.map(({ refusal }) => refusal?.code)).toEqual([
      'CONTACT_NOT_FOUND',
      'CONTACT_NOT_FOUND',
      'CONTACT_NOT_FOUND',
      'CONTACT_NOT_FOUND',
      'MESSAGE_NOT_FOUND',
    ]);
  });
});

describe('an idempotency key', () => {
  it('with the same input answers as the first time, also after a restart, and does it once', async () => {
    const { core, contactId, restarted, only } = await asked();
    const input = { contactId, body: 'hello', channel: 'WHATSAPP', idempotencyKey: 'k' } as const;
    const first = await core.queueMessage(dana, input);
    expect(first).toMatchObject({ refusal: null, replayed: false });
    expect(await core.queueMessage(dana, input)).toEqual({ ...first, replayed: true });
    expect(await restarted().queueMessage(dana, input)).toEqual({ ...first, replayed: true });
    expect(only().messages.filter(({ kind }) => kind === 'TEXT')).toHaveLength(1);
  });

  it('used at the same time is carried out once', async () => {
    const { core, contactId, only } = await asked();
    const input = { contactId, body: 'hello', channel: 'WHATSAPP', idempotencyKey: 'k' } as const;
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => core.queueMessage(dana, input)));
    expect(outcomes.filter((outcome) => outcome.refusal === null && !outcome.replayed)).toHaveLength(1);
    expect(only().messages.filter(({ kind }) => kind === 'TEXT')).toHaveLength(1);
  });

  it('with another input is refused', async () => {
    const { core, contactId } = await asked();
    const input = { contactId, body: 'hello', channel: 'WHATSAPP', idempotencyKey: 'k' } as const;
    await core.queueMessage(dana, input);
    const other = await core.queueMessage(dana, { ...input, body: 'bye' });
    expect(other.refusal?.code).toBe('IDEMPOTENCY_KEY_PARAMETER_MISMATCH');
  });

  it('belongs to its caller and its operation', async () => {
    const { core, contactId } = await asked();
    const input = { contactId, body: 'hello', channel: 'WHATSAPP', idempotencyKey: 'k' } as const;
    await core.queueMessage(dana, input);
    const others = await core.queueMessage({ ...dana, id: 'eli' }, { ...input, body: 'bye' });
    expect(others).toMatchObject({ refusal: null, replayed: false });
    const resend = await core.resendOptIn(dana, { contactId, idempotencyKey: 'k' });
    expect(resend.refusal?.code).toBe('RESEND_TOO_SOON');
  });

  it('of a command that was refused may be used again', async () => {
    const { core, contactId, pass } = await asked();
    const input = { contactId, idempotencyKey: 'k' };
    expect((await core.resendOptIn(dana, input)).refusal?.code).toBe('RESEND_TOO_SOON');
    pass(DAY);
    expect(await core.resendOptIn(dana, input)).toMatchObject({ refusal: null, replayed: false });
  });
});

describe('what the provider tells', () => {
  it('a message from an unknown number makes a contact, and nothing is sent to it', async () => {
    const { core, inbound, only } = start();
    await core.news.record('acme', inbound('hello'));
    expect(only()).toMatchObject({
      contact: { name: 'Ana', phone },
      identities: ['wa-1'],
      consent: { status: 'NOT_ASKED' },
      sendAfter: { WHATSAPP: null, SMS: null },
    });
  });

  it('told twice takes effect once, and appends nothing the second time', async () => {
    const { core, inbound, appended, only } = await asked();
    const item = inbound('yes');
    await core.news.record('acme', item);
    const known = appended.length;
    await core.news.record('acme', item);
    expect(appended).toHaveLength(known);
    expect(only().consent.status).toBe('OPTED_IN');
  });

  it('a message whose sender is known by another name only reaches the contact', async () => {
    const { core, inbound, only } = await asked();
    await core.news.record('acme', inbound('hello'));
    await core.news.record('acme', {
      ...inbound('yes'),
      from: { phone: null, identities: ['wa-1'], profileName: null },
    } as ProviderItem);
    expect(only().consent.status).toBe('OPTED_IN');
  });

  it('for an organization that is not there changes nothing', async () => {
    const { core, inbound, conversations } = start();
    await core.news.record('nobody', inbound('yes'));
    expect(conversations.size).toBe(0);
  });

  it('a status finds its message by the attempt that it names, or by the provider’s id', async () => {
    const { core, contactId, now, only } = await asked();
    const started = await core.startSend({ organizationId: 'acme', contactId, channel: 'WHATSAPP' });
    const messageId = started?.message.id ?? '';
    const outcome = { outcome: 'ACCEPTED', providerMessageId: 'wamid.out' } as const;
    await core.settleSend('acme', { messageId, attempt: 1, outcome });
    const told = (status: 'DELIVERED' | 'READ', attempt: { messageId: string; attempt: number } | null) =>
      core.news.record('acme', {
        kind: 'STATUS',
        attempt,
        providerMessageId: 'wamid.out',
        report: { status, at: now(), providerMessageId: 'wamid.out' },
      });
    await told('DELIVERED', { messageId, attempt: 1 });
    expect(only().messages[0]?.status).toBe('DELIVERED');
    await told('READ', null);
    expect(only().messages[0]?.status).toBe('READ');
  });

  it('that an earlier attempt failed, told again, does not send the message twice', async () => {
    const { core, contactId, inbound, now, only } = await asked();
    const claim = { organizationId: 'acme', contactId, channel: 'WHATSAPP' } as const;
    await core.startSend(claim);
    await core.news.record('acme', inbound('yes'));
    await core.queueMessage(dana, { contactId, body: 'hello', channel: 'WHATSAPP', idempotencyKey: null });
    await core.startSend(claim);
    const messageId = (await core.startSend(claim))?.message.id ?? '';
    const failed = (): Promise<void> =>
      core.news.record('acme', {
        kind: 'STATUS',
        attempt: { messageId, attempt: 1 },
        providerMessageId: 'wamid.1',
        report: { status: 'FAILED', at: now(), providerMessageId: 'wamid.1', failure: failures[131047] },
      });
    await failed();
    await core.news.record('acme', inbound('hi'));
    await core.startSend(claim);
    await core.settleSend('acme', {
      messageId,
      attempt: 2,
      outcome: { outcome: 'ACCEPTED', providerMessageId: 'wamid.2' },
    });
    await failed();
    expect(only().messages.find(({ id }) => id === messageId)).toMatchObject({ status: 'ACCEPTED', attempts: 2 });
  });

  it('a new number moves the contact, unless it is another contact’s', async () => {
    const { core, inbound, conversations, now } = start();
    const other = number('+14155550111');
    await core.news.record('acme', inbound('yes'));
    const move = (to: PhoneNumber, at: Date): ProviderItem => ({
      kind: 'IDENTITY_CHANGED',
      change: 'NUMBER_CHANGED',
      at,
      from: { phone: null, identities: ['wa-1'], profileName: null },
      to: { phone: to, identities: ['wa-2'], profileName: null },
    });
    await core.news.record('acme', move(other, now()));
    const [moved] = conversations.values();
    expect(moved).toMatchObject({
      contact: { phone: other },
      identities: ['wa-1', 'wa-2'],
      consent: { status: 'SUSPENDED' },
    });
    await core.createContact(dana, { phone, name: 'Bea', locale: null });
    await core.news.record('acme', move(phone, now()));
    expect([...conversations.values()].map(({ contact }) => contact.phone)).toEqual([other, phone]);
  });
});

describe('what happens by itself', () => {
  it('a claimed conversation hands over one message, with what is needed to send it', async () => {
    const { core, contactId } = await asked();
    const claim = { organizationId: 'acme', contactId, channel: 'WHATSAPP' } as const;
    expect(await core.startSend(claim)).toMatchObject({
      organization: { name: 'Acme' },
      contact: { phone },
      message: { kind: 'OPT_IN_REQUEST', attempts: 1 },
    });
    expect(await core.startSend({ ...claim, channel: 'SMS' })).toBeNull();
    expect(await core.startSend({ ...claim, contactId: 'nobody' })).toBeNull();
  });

  it('the change says when the request becomes unanswered', async () => {
    const { core, contactId, appended, now, pass, only } = await asked();
    expect(appended.at(-1)?.answerDueAt).toBeNull();
    const claim = { organizationId: 'acme', contactId, channel: 'WHATSAPP' } as const;
    const messageId = (await core.startSend(claim))?.message.id ?? '';
    const outcome = { outcome: 'ACCEPTED', providerMessageId: 'wamid.out' } as const;
    await core.settleSend('acme', { messageId, attempt: 1, outcome });
    const due = new Date(now().getTime() + DAY);
    expect(appended.at(-1)?.answerDueAt).toEqual(due);
    pass(DAY - 1);
    await core.noteNoAnswer('acme', contactId);
    expect(only().consent.status).toBe('PENDING');
    pass(1);
    await core.noteNoAnswer('acme', contactId);
    expect(only().consent.status).toBe('NO_RESPONSE');
    expect(appended.at(-1)?.answerDueAt).toBeNull();
  });

  it('what changes nothing is not appended', async () => {
    const { core, contactId, appended } = await asked();
    const known = appended.length;
    await core.noteNoAnswer('acme', contactId);
    await core.settleSend('acme', { messageId: 'nothing', attempt: 1, outcome: { outcome: 'UNKNOWN', reason: '' } });
    expect(appended).toHaveLength(known);
  });

  it('the clock is read once for a decision: everything of it has one time', async () => {
    const world = await asked();
    world.pass(MINUTE);
    await world.core.news.record('acme', world.inbound('yes'));
    const draft = world.appended.at(-1)?.draft;
    expect(new Set(draft?.messages.map(({ at }) => at.getTime()))).toEqual(new Set([world.now().getTime()]));
  });
});
