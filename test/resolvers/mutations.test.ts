import { describe, expect, it } from 'vitest';
import { toGlobalId } from '../../src/schema/global-id.js';
import { createMemory } from './memory.js';

const errors = 'userErrors { __typename code message path ... on RetryLaterError { retryAt } }';
const createContact = `mutation ($input: CreateContactInput!) {
  createContact(input: $input) { contact { id name phone consent { status } } replayed ${errors} } }`;
const sendOptIn = `mutation ($input: SendOptInInput!) {
  sendOptIn(input: $input) { contact { id name consent { status request { attempt delivery } } } replayed ${errors} } }`;
const resendOptIn = `mutation ($input: ResendOptInInput!) {
  resendOptIn(input: $input) { contact { consent { request { attempt } } } replayed ${errors} } }`;
const queueMessage = `mutation ($input: QueueMessageInput!) {
  queueMessage(input: $input) {
    message { id body status heldReason author contact { id } } contact { composer { heldCount } } replayed ${errors} } }`;
const cancelMessage = `mutation ($input: CancelMessageInput!) {
  cancelMessage(input: $input) { message { status } contact { id } replayed ${errors} } }`;
const recordConsent = `mutation ($input: RecordConsentInput!) {
  recordConsent(input: $input) { contact { id consent { status } } replayed ${errors} } }`;
const withdrawConsent = `mutation ($input: WithdrawConsentInput!) {
  withdrawConsent(input: $input) { contact { consent { status } } replayed ${errors} } }`;
const switchToSms = `mutation ($input: SwitchToSmsInput!) {
  switchToSms(input: $input) { contact { id } replayed ${errors} } }`;

const nobody = toGlobalId('Contact', '01900000-0000-7000-8000-ffffffffffff');

async function pendingContact() {
  const memory = createMemory();
  const { data } = await memory.ask(sendOptIn, { input: { phone: '+1 650 555 0123', name: 'Bo' } });
  return { ...memory, id: data.sendOptIn.contact.id as string, first: data.sendOptIn };
}

describe('sendOptIn', () => {
  it('makes a contact of a new number, asks it, and shows it', async () => {
    const { first } = await pendingContact();
    const consent = { status: 'PENDING', request: { attempt: 1, delivery: 'QUEUED' } };
    expect(first).toMatchObject({ contact: { name: 'Bo', consent }, replayed: false, userErrors: [] });
  });

  it('answers a repeated key as the first time, and another input under it with a mismatch', async () => {
    const { ask } = createMemory();
    const input = { phone: '+16505550123', idempotencyKey: 'k1' };
    const first = await ask(sendOptIn, { input });
    const again = await ask(sendOptIn, { input: { ...input, phone: '+1 (650) 555-0123' } });
    const other = await ask(sendOptIn, { input: { ...input, name: 'Else' } });
    expect(again.data.sendOptIn).toEqual({ ...first.data.sendOptIn, replayed: true });
    expect(other.data.sendOptIn.userErrors).toMatchObject([
      { code: 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH', path: ['input', 'idempotencyKey'] },
    ]);
  });

  it.each([
    ['a number that cannot exist', { phone: '+1' }, 'INVALID_PHONE_NUMBER', 'phone'],
    ['an id that is no contact', { contactId: nobody }, 'CONTACT_NOT_FOUND', 'contactId'],
    ['garbage for an id', { contactId: "'; drop table contacts" }, 'CONTACT_NOT_FOUND', 'contactId'],
    ['neither id nor phone', {}, 'INVALID_INPUT', 'contactId'],
    ['both id and phone', { contactId: nobody, phone: '+16505550123' }, 'INVALID_INPUT', 'phone'],
    ['an empty name', { phone: '+16505550123', name: ' ' }, 'INVALID_INPUT', 'name'],
    ['text that cannot be stored', { phone: '+16505550123', name: 'a\0b' }, 'INVALID_INPUT', 'name'],
    ['an empty key', { phone: '+16505550123', idempotencyKey: '' }, 'INVALID_INPUT', 'idempotencyKey'],
  ])('refuses %s', async (_case, input, code, field) => {
    const { data, errors: thrown } = await createMemory().ask(sendOptIn, { input });
    expect(thrown).toBeUndefined();
    expect(data.sendOptIn).toMatchObject({ contact: null, userErrors: [{ code, path: ['input', field] }] });
  });

  it('points at the phone where the contact was named by it', async () => {
    const { ask } = await pendingContact();
    const { data } = await ask(sendOptIn, { input: { phone: '+16505550123' } });
    expect(data.sendOptIn.userErrors).toMatchObject([
      { __typename: 'RefusedError', code: 'OPT_IN_PENDING', path: ['input', 'phone'] },
    ]);
  });

  it('answers a number of the wrong shape as an error of the request', async () => {
    const { errors: thrown } = await createMemory().ask(sendOptIn, { input: { phone: '650 555' } });
    expect(thrown?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(thrown?.[0]?.message).toContain('+16505550123');
  });
});

describe('resendOptIn', () => {
  it('says from when it is possible, and is possible from then on', async () => {
    const { ask, accept, passTime, id } = await pendingContact();
    const contactId = Buffer.from(id, 'base64url').toString().split(':')[1] ?? '';
    await accept(contactId);
    const early = await ask(resendOptIn, { input: { contactId: id } });
    expect(early.data.resendOptIn).toMatchObject({
      contact: null,
      userErrors: [{ __typename: 'RetryLaterError', code: 'RESEND_TOO_SOON', retryAt: '2026-03-02T09:00:00.000Z' }],
    });
    passTime(24 * 3_600_000);
    const late = await ask(resendOptIn, { input: { contactId: id } });
    expect(late.data.resendOptIn).toMatchObject({ contact: { consent: { request: { attempt: 2 } } }, userErrors: [] });
  });
});

describe('queueMessage and cancelMessage', () => {
  it('hold a message while the contact thinks, and take it back', async () => {
    const { ask, id } = await pendingContact();
    const queued = await ask(queueMessage, { input: { contactId: id, body: 'Hello' } });
    const { message, contact } = queued.data.queueMessage;
    expect(message).toMatchObject({ body: 'Hello', status: 'HELD', heldReason: 'AWAITING_CONSENT', author: 'Ana' });
    expect(message.contact.id).toBe(id);
    expect(contact.composer.heldCount).toBe(1);
    const cancel = await ask(cancelMessage, { input: { messageId: message.id } });
    expect(cancel.data.cancelMessage).toMatchObject({ message: { status: 'CANCELLED' }, contact: { id } });
    const again = await ask(cancelMessage, { input: { messageId: message.id } });
    expect(again.data.cancelMessage.userErrors).toMatchObject([{ code: 'MESSAGE_NOT_CANCELLABLE' }]);
  });

  it('see in each mutation of one operation what the one before changed', async () => {
    const { ask, id } = await pendingContact();
    const one = `queueMessage(input: { contactId: "${id}", body: "Hello" }) { contact { composer { heldCount } } }`;
    const { data } = await ask(`mutation { a: ${one} b: ${one} }`);
    expect(data.a.contact.composer.heldCount).toBe(1);
    expect(data.b.contact.composer.heldCount).toBe(2);
  });

  it.each([
    ['of spaces', ' \n ', 'MESSAGE_EMPTY'],
    ['that is too long', 'x'.repeat(4097), 'MESSAGE_TOO_LONG'],
    ['that cannot be stored', 'a\0b', 'INVALID_INPUT'],
    ['with half a character', 'a\ud83d', 'INVALID_INPUT'],
  ])('refuse a text %s', async (_case, body, code) => {
    const { ask, id } = await pendingContact();
    const { data } = await ask(queueMessage, { input: { contactId: id, body } });
    expect(data.queueMessage).toMatchObject({ message: null, userErrors: [{ code, path: ['input', 'body'] }] });
  });

  it('find no message behind garbage', async () => {
    const { data } = await createMemory().ask(cancelMessage, { input: { messageId: 'x' } });
    expect(data.cancelMessage.userErrors).toMatchObject([{ code: 'MESSAGE_NOT_FOUND', path: ['input', 'messageId'] }]);
  });
});

describe('recordConsent and withdrawConsent', () => {
  it('record what happened elsewhere, now or earlier but not in the future', async () => {
    const { ask, id } = await pendingContact();
    const input = { contactId: id, source: 'PAPER', reference: 'form 7' };
    const future = { ...input, occurredAt: '2026-03-01T09:00:01Z' };
    const refused = await ask(recordConsent, { input: future });
    expect(refused.data.recordConsent.userErrors).toMatchObject([
      { code: 'INVALID_INPUT', path: ['input', 'occurredAt'] },
    ]);
    const recorded = await ask(recordConsent, { input: { ...input, occurredAt: '2026-02-28T10:00:00+01:00' } });
    expect(recorded.data.recordConsent.contact.consent.status).toBe('OPTED_IN');
    const withdrawn = await ask(withdrawConsent, { input });
    expect(withdrawn.data.withdrawConsent.contact.consent.status).toBe('OPTED_OUT');
    const written = await ask(queueMessage, { input: { contactId: id, body: 'Hello' } });
    expect(written.data.queueMessage.userErrors).toMatchObject([{ code: 'CONTACT_OPTED_OUT' }]);
  });
});

describe('one organization', () => {
  it("cannot do anything to another's contact, and is not told that it exists", async () => {
    const memory = createMemory();
    const contactId = toGlobalId('Contact', await memory.addContact('Cy', '+16505550199', memory.otherOrganizationId));
    const given = { contactId, body: 'Hello', heldMessages: 'KEEP', source: 'PAPER' };
    for (const [source, fields] of [
      [sendOptIn, ['contactId']],
      [resendOptIn, ['contactId']],
      [queueMessage, ['contactId', 'body']],
      [switchToSms, ['contactId', 'heldMessages']],
      [recordConsent, ['contactId', 'source']],
      [withdrawConsent, ['contactId', 'source']],
    ] as const) {
      const ofContact = (id: string) =>
        Object.fromEntries(fields.map((field) => [field, { ...given, contactId: id }[field]]));
      const theirs = await memory.ask(source, { input: ofContact(contactId) });
      expect(theirs).toEqual(await memory.ask(source, { input: ofContact(nobody) }));
      expect(JSON.stringify(theirs)).toContain('CONTACT_NOT_FOUND');
    }
  });
});

describe('roles', () => {
  const inputs: Readonly<Record<string, object>> = {
    createContact: { phone: '+16505550123', name: 'Bo' },
    sendOptIn: { phone: '+16505550123' },
    resendOptIn: { contactId: nobody },
    queueMessage: { contactId: nobody, body: 'Hello' },
    cancelMessage: { messageId: nobody },
    switchToSms: { contactId: nobody, heldMessages: 'KEEP' },
    recordConsent: { contactId: nobody, source: 'PAPER' },
    withdrawConsent: { contactId: nobody, source: 'PAPER' },
  };

  it.each(Object.keys(inputs))('a supervisor may not run %s; an agent, an admin and a partner may', async (name) => {
    const { ask } = createMemory();
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const source = `mutation ($input: ${type}!) { ${name}(input: $input) { replayed } }`;
    const asSupervisor = await ask(source, { input: inputs[name] }, { role: 'supervisor' });
    expect(asSupervisor.errors?.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN']);
    for (const role of ['agent', 'admin', 'partner'] as const) {
      expect((await ask(source, { input: inputs[name] }, { role })).errors).toBeUndefined();
    }
  });

  it.each(['agent', 'supervisor', 'admin', 'partner'] as const)('a caller who is %s may read', async (role) => {
    const { ask } = createMemory();
    const { data, errors: thrown } = await ask('{ viewer { role } contacts { nodes { id } } }', {}, { role });
    expect(thrown).toBeUndefined();
    expect(data.viewer.role).toBe(role.toUpperCase());
  });
});

describe('createContact', () => {
  it('creates a contact that nobody has asked, once per number', async () => {
    const { ask } = createMemory();
    const input = { phone: '+16505550123', name: 'Bo', locale: 'es' };
    const created = await ask(createContact, { input });
    const consent = { status: 'NOT_ASKED' };
    expect(created.data.createContact.contact).toMatchObject({ name: 'Bo', phone: '+16505550123', consent });
    const again = await ask(createContact, { input });
    expect(again.data.createContact.userErrors).toMatchObject([
      { code: 'PHONE_NUMBER_TAKEN', path: ['input', 'phone'] },
    ]);
  });
});
