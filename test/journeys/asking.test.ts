import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ContactByPhoneDocument,
  CreateContactDocument,
  QueueMessageDocument,
  ResendOptInDocument,
  SendOptInDocument,
} from '../support/gql/graphql.js';
import { callbackOf, payloadsOf, startJourney, textsOf, type Journey } from '../support/journey.js';
import { reactionMessage } from '../support/provider-stand-in.js';

let journey: Journey;

beforeAll(async () => {
  journey = await startJourney();
});
afterAll(() => journey.close());

describe('asking a contact for consent', () => {
  it('sends the template with two buttons that name the request, and waits', async () => {
    const { agent } = journey;
    const phone = journey.nextPhone();
    const created = await agent.ask(CreateContactDocument, { input: { phone, name: 'Nora New' } });
    expect(created.createContact.contact).toMatchObject({
      name: 'Nora New',
      consent: { status: 'NOT_ASKED', changedAt: null, request: null },
      composer: { mode: 'OPT_IN_REQUIRED', canSendOptIn: true, canQueueMessage: false },
    });

    const nora = await journey.asked({ phone });

    expect(nora.id).toBe(created.createContact.contact?.id);
    expect(nora.request.path).toBe('/v25.0/acme-number/messages');
    expect(nora.request.headers.authorization).toBe('Bearer acme-token');
    expect(nora.request.body).toMatchObject({ to: phone, type: 'template', template: { language: { code: 'en' } } });
    expect(callbackOf(nora.request)).toMatch(/^1\..+\.1$/);
    expect(nora.accept).not.toBe(nora.decline);
    const contact = await journey.contact(nora);
    expect(contact).toMatchObject({
      name: 'Nora New',
      consent: { status: 'PENDING', request: { attempt: 1, delivery: 'ACCEPTED', failure: null } },
      composer: { mode: 'HOLDING', canSendOptIn: false, canResendOptIn: false, canQueueMessage: true },
    });
    expect(contact.consent.request?.acceptedAt).not.toBeNull();
    expect(contact.consent.resendAvailableAt).toBe(
      new Date(Date.parse(contact.consent.request?.acceptedAt ?? '') + 24 * 60 * 60 * 1000).toISOString(),
    );
  });

  it('shows how far the request came', async () => {
    const omar = await journey.asked();
    await journey.reports(omar.request, 'delivered');
    await journey.settled();
    expect((await journey.contact(omar)).consent.request?.delivery).toBe('DELIVERED');
    await journey.reports(omar.request, 'read');
    await journey.settled();
    expect((await journey.contact(omar)).consent).toMatchObject({ status: 'PENDING', request: { delivery: 'READ' } });
  });

  it('refuses to ask twice, to ask again too soon and to write before anyone was asked', async () => {
    const { agent } = journey;
    const pia = await journey.asked();
    const again = await agent.ask(SendOptInDocument, { input: { contactId: pia.id } });
    expect(again.sendOptIn).toMatchObject({ contact: null, userErrors: [{ code: 'OPT_IN_PENDING' }] });
    const resent = await agent.ask(ResendOptInDocument, { input: { contactId: pia.id } });
    expect(resent.resendOptIn.userErrors).toMatchObject([
      { code: 'RESEND_TOO_SOON', retryAt: (await journey.contact(pia)).consent.resendAvailableAt },
    ]);

    const input = { phone: journey.nextPhone(), name: 'Not Asked' };
    const { createContact } = await agent.ask(CreateContactDocument, { input });
    const contactId = createContact.contact?.id ?? '';
    const written = await agent.ask(QueueMessageDocument, { input: { contactId, body: 'Hello' } });
    expect(written.queueMessage).toMatchObject({ message: null, userErrors: [{ code: 'OPT_IN_REQUIRED' }] });
    const resend = await agent.ask(ResendOptInDocument, { input: { contactId } });
    expect(resend.resendOptIn.userErrors).toMatchObject([{ code: 'NOT_REQUESTED' }]);
    expect(journey.provider.sendsTo(input.phone)).toEqual([]);
    expect(journey.provider.sendsTo(pia.phone)).toHaveLength(1);
  });
});

describe('a contact who accepts', () => {
  it('by button gets a confirmation and the held messages, in the order they were queued', async () => {
    const clara = await journey.asked();
    for (const body of ['first', 'second', 'third']) {
      expect(await journey.queue(clara, body)).toMatchObject({ status: 'HELD', heldReason: 'AWAITING_CONSENT' });
    }
    expect((await journey.contact(clara)).composer.heldCount).toBe(3);
    expect(journey.provider.sendsTo(clara.phone)).toHaveLength(1);

    await journey.presses(clara, clara.accept);

    const contact = await journey.becomes(clara, 'OPTED_IN');
    expect(contact.composer).toMatchObject({ mode: 'OPEN', heldCount: 0, canQueueMessage: true });
    expect(textsOf(await journey.sends(clara.phone, 5))).toEqual([
      '[template]',
      'Thank you. acme Ltd may now write to you here. Reply STOP at any time to stop.',
      'first',
      'second',
      'third',
    ]);
    const third = await journey.message(clara, 'third', 'ACCEPTED');
    expect(third).toMatchObject({ author: 'Ada Agent', heldReason: null, failure: null });
    expect((await journey.history(clara)).map(({ from, to, cause }) => [from, to, cause])).toEqual([
      ['NOT_ASKED', 'PENDING', 'OPT_IN_REQUESTED'],
      ['PENDING', 'OPTED_IN', 'ACCEPTED'],
    ]);
  });

  it('by words gets the held messages, and is written to at once from then on', async () => {
    const walt = await journey.asked();
    await journey.queue(walt, 'held for Walt');
    await journey.says(walt, 'Yes please!');
    await journey.becomes(walt, 'OPTED_IN');
    await journey.message(walt, 'held for Walt', 'ACCEPTED');
    expect((await journey.queue(walt, 'now')).status).toBe('QUEUED');
    await journey.message(walt, 'now', 'ACCEPTED');
    expect(await journey.message(walt, 'Yes please!', 'RECEIVED')).toMatchObject({
      direction: 'INBOUND',
      author: null,
    });
  });

  it('counts by the time the contact did it', async () => {
    const tina = await journey.asked();
    const at = tina.next();
    await journey.presses(tina, tina.accept, { at });
    const contact = await journey.becomes(tina, 'OPTED_IN');
    expect(contact.consent.changedAt).toBe(at.toISOString());
  });

  it('needs no request: a yes out of the blue opts in', async () => {
    const phone = journey.nextPhone();
    const eve = journey.person('', phone);
    await journey.says(eve, 'I agree');
    await journey.settled();
    const { contactByPhone } = await journey.agent.ask(ContactByPhoneDocument, { phone });
    expect(contactByPhone).toMatchObject({ phone, consent: { status: 'OPTED_IN' } });
    expect(textsOf(await journey.sends(phone, 1))[0]).toMatch(/^Thank you\./);
  });

  it('is asked, understood and thanked in their own language', async () => {
    const elena = await journey.asked({ locale: 'es' });
    expect(elena.request.body.template.language.code).toBe('es');
    await journey.queue(elena, 'Hola');
    await journey.says(elena, 'sí, acepto');
    await journey.becomes(elena, 'OPTED_IN');
    expect(textsOf(await journey.sends(elena.phone, 3))).toEqual([
      '[template]',
      'Gracias. acme Ltd ya puede escribirle aquí. Responda BAJA cuando quiera para detenerlo.',
      'Hola',
    ]);
    await journey.says(elena, 'baja');
    await journey.becomes(elena, 'OPTED_OUT');
    expect(textsOf(await journey.sends(elena.phone, 4))[3]).toMatch(/^Se ha dado de baja/);
  });

  it('is the one who was asked: a button of somebody else’s request grants nothing', async () => {
    const [ann, ben] = [await journey.asked(), await journey.asked()];
    await journey.presses(ann, ben.accept);
    await journey.settled();
    expect((await journey.contact(ann)).consent.status).toBe('PENDING');
    expect((await journey.contact(ben)).consent.status).toBe('PENDING');
  });
});

describe('a contact who does not quite accept', () => {
  it.each(['yes but not before Friday', 'Who is this?', 'yes?', 'maybe', '👍'])(
    'waits on after “%s”, which the agent sees',
    async (body) => {
      const mia = await journey.asked();
      await journey.queue(mia, 'still held');
      await journey.says(mia, body);
      await journey.message(mia, body, 'RECEIVED');
      expect((await journey.contact(mia)).consent.status).toBe('PENDING');
      await journey.message(mia, 'still held', 'HELD');
      expect(journey.provider.sendsTo(mia.phone)).toHaveLength(1);
    },
  );

  it('has not agreed with a thumbs-up reaction', async () => {
    const tom = await journey.asked();
    await journey.queue(tom, 'still held');
    const to = await journey.wamidOf(tom.request);
    await journey.post({ messages: [reactionMessage({ from: tom.phone, at: tom.next(), to, emoji: '👍' })] });
    await journey.message(tom, '👍', 'RECEIVED');
    expect((await journey.contact(tom)).consent.status).toBe('PENDING');
    await journey.message(tom, 'still held', 'HELD');
  });
});

describe('a contact who declines', () => {
  it.each([
    ['by button', null],
    ['with “no thanks”', 'no thanks'],
    ['with “STOP”', 'STOP'],
  ])('%s is told how to return, and nothing more can be sent', async (_how, words) => {
    const { agent } = journey;
    const dora = await journey.asked();
    await journey.queue(dora, 'never sent');
    await (words === null ? journey.presses(dora, dora.decline) : journey.says(dora, words));

    const contact = await journey.becomes(dora, 'OPTED_OUT');

    expect(contact.composer).toMatchObject({
      mode: 'BLOCKED',
      canSendOptIn: false,
      canQueueMessage: false,
      heldCount: 0,
    });
    await journey.message(dora, 'never sent', 'CANCELLED');
    expect(textsOf(await journey.sends(dora.phone, 2))).toEqual([
      '[template]',
      'You are opted out: acme Ltd will not write to you here. Reply YES at any time to opt in.',
    ]);
    const contactId = dora.id;
    const refusals = [
      (await agent.ask(QueueMessageDocument, { input: { contactId, body: 'Please!' } })).queueMessage,
      (await agent.ask(SendOptInDocument, { input: { contactId } })).sendOptIn,
      (await agent.ask(ResendOptInDocument, { input: { contactId } })).resendOptIn,
    ];
    for (const { contact, userErrors } of refusals) {
      expect(contact).toBeNull();
      expect(userErrors).toMatchObject([{ code: 'CONTACT_OPTED_OUT', path: ['input', 'contactId'] }]);
    }
    expect((await journey.history(dora)).at(-1)).toMatchObject({ from: 'PENDING', to: 'OPTED_OUT', cause: 'DECLINED' });
    expect(journey.provider.sendsTo(dora.phone)).toHaveLength(2);
  });
});

it('a prompt’s and a request’s buttons are read the same way', async () => {
  const rita = await journey.optedOut();
  await journey.says(rita, 'What is this about?');
  const prompt = (await journey.sends(rita.phone, 3))[2];
  if (!prompt) throw new Error('no prompt');
  expect(payloadsOf(prompt).accept).not.toBe(rita.accept);
});
