import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CancelMessageDocument,
  RecordConsentDocument,
  SendOptInDocument,
  WithdrawConsentDocument,
} from '../support/gql/graphql.js';
import { payloadsOf, startJourney, textsOf, type Journey } from '../support/journey.js';
import { accept, gate, interactiveMessage, refuse, systemMessage } from '../support/provider-stand-in.js';

let journey: Journey;

beforeAll(async () => {
  journey = await startJourney();
});
afterAll(() => journey.close());

describe('a contact who says stop', () => {
  it('after agreeing is opted out, and what has not left is cancelled', async () => {
    const clara = await journey.optedIn();
    const slow = gate();
    const release = journey.provider.answerWhen(
      ({ body }) => body.text?.body === 'under way',
      accept({ until: slow.opened }),
    );
    await journey.queue(clara, 'under way');
    await journey.sends(clara.phone, 3);
    await journey.queue(clara, 'waits 1');
    await journey.queue(clara, 'waits 2');

    await journey.says(clara, 'stop');

    await journey.becomes(clara, 'OPTED_OUT');
    await journey.message(clara, 'waits 1', 'CANCELLED');
    await journey.message(clara, 'waits 2', 'CANCELLED');
    slow.open();
    await journey.message(clara, 'under way', 'ACCEPTED');
    release();
    expect(textsOf(await journey.sends(clara.phone, 4)).slice(2)).toEqual([
      'under way',
      'You are opted out: acme Ltd will not write to you here. Reply YES at any time to opt in.',
    ]);
    expect((await journey.history(clara)).at(-1)).toMatchObject({
      from: 'OPTED_IN',
      to: 'OPTED_OUT',
      cause: 'WITHDRAWN',
    });
  });

  it('to marketing alone, in WhatsApp itself, has not withdrawn; nor does resuming it undo a stop', async () => {
    const [mia, noah] = [await journey.optedIn(), await journey.optedIn()];
    await journey.says(noah, 'stop');
    await journey.becomes(noah, 'OPTED_OUT');
    await journey.prefers(mia, 'stop');
    await journey.prefers(noah, 'resume');
    await journey.settled();

    await journey.queue(mia, 'still welcome');
    await journey.message(mia, 'still welcome', 'ACCEPTED');
    expect((await journey.contact(mia)).consent.status).toBe('OPTED_IN');
    expect((await journey.contact(noah)).consent.status).toBe('OPTED_OUT');
    expect((await journey.history(noah)).at(-1)).toMatchObject({ to: 'OPTED_OUT', cause: 'WITHDRAWN' });
    const kept = await journey.database.sql`
      select convert_from(body, 'UTF8') as body from webhook_inbox
      where position('user_preferences'::bytea in body) > 0`;
    expect(
      kept.map(({ body }) => JSON.parse(String(body)).entry[0].changes[0].value.user_preferences[0].value),
    ).toEqual(['stop', 'resume']);
  });

  it('with a bare “no” in a conversation has not withdrawn', async () => {
    const nick = await journey.optedIn();
    await journey.says(nick, 'no');
    await journey.message(nick, 'no', 'RECEIVED');
    expect((await journey.contact(nick)).consent.status).toBe('OPTED_IN');
  });

  it('before being asked is opted out too, and can not be asked', async () => {
    const phone = journey.nextPhone();
    await journey.says(journey.person('', phone), 'unsubscribe');
    await journey.settled();
    const { sendOptIn } = await journey.agent.ask(SendOptInDocument, { input: { phone } });
    expect(sendOptIn.userErrors).toMatchObject([{ code: 'CONTACT_OPTED_OUT', path: ['input', 'phone'] }]);
  });

  it('and yes in the same second is opted out', async () => {
    const sam = await journey.optedIn();
    const at = sam.next();
    await journey.says(sam, 'stop', { at });
    await journey.becomes(sam, 'OPTED_OUT');
    await journey.says(sam, 'yes', { at });
    await journey.settled();
    expect((await journey.contact(sam)).consent.status).toBe('OPTED_OUT');
  });

  it('is not undone by an older yes that was heard later', async () => {
    const lara = await journey.asked();
    const [earlier, later] = [lara.next(), lara.next()];
    await journey.says(lara, 'stop', { at: later });
    await journey.becomes(lara, 'OPTED_OUT');
    await journey.says(lara, 'yes', { at: earlier });
    await journey.message(lara, 'yes', 'RECEIVED');
    expect((await journey.contact(lara)).consent.status).toBe('OPTED_OUT');
  });
});

describe('a contact who returns', () => {
  it('with a yes is opted in again, and messages cancelled before are not sent', async () => {
    const rosa = await journey.asked();
    await journey.queue(rosa, 'from before');
    await journey.presses(rosa, rosa.decline);
    await journey.becomes(rosa, 'OPTED_OUT');
    await journey.sends(rosa.phone, 2);

    await journey.says(rosa, 'Yes');

    await journey.becomes(rosa, 'OPTED_IN');
    await journey.queue(rosa, 'from now on');
    await journey.message(rosa, 'from now on', 'ACCEPTED');
    await journey.message(rosa, 'from before', 'CANCELLED');
    expect(textsOf(journey.provider.sendsTo(rosa.phone)).slice(2)).toEqual([
      expect.stringMatching(/^Thank you\./),
      'from now on',
    ]);
    expect((await journey.history(rosa)).at(-1)).toMatchObject({ cause: 'OPTED_IN_AGAIN', from: 'OPTED_OUT' });
  });

  it('with other words gets one prompt whose buttons work, and the agent sees the words', async () => {
    const paul = await journey.optedOut();
    await journey.says(paul, 'What are your opening hours?');
    const prompt = (await journey.sends(paul.phone, 3))[2];
    await journey.says(paul, 'Hello? Anybody there?');
    await journey.message(paul, 'What are your opening hours?', 'RECEIVED');
    await journey.message(paul, 'Hello? Anybody there?', 'RECEIVED');
    expect((await journey.contact(paul)).consent.status).toBe('OPTED_OUT');
    expect(journey.provider.sendsTo(paul.phone)).toHaveLength(3);
    expect((await journey.conversation(paul)).filter(({ kind }) => kind === 'PROMPT')).toHaveLength(1);
    if (!prompt) throw new Error('no prompt');
    expect(prompt.body.interactive.body.text).toMatch(/^You are opted out/);

    const { accept: payload } = payloadsOf(prompt);
    await journey.post({ messages: [interactiveMessage({ from: paul.phone, at: paul.next(), payload })] });

    await journey.becomes(paul, 'OPTED_IN');
    expect(textsOf(await journey.sends(paul.phone, 4))[3]).toMatch(/^Thank you\./);
  });

  it('with a mere “ok, thanks” to the notice has not opted in', async () => {
    const kim = await journey.optedOut();
    await journey.says(kim, 'ok, thanks');
    await journey.message(kim, 'ok, thanks', 'RECEIVED');
    expect((await journey.contact(kim)).consent.status).toBe('OPTED_OUT');
  });
});

describe('a contact whose wish is unclear', () => {
  it('is asked, and nothing is sent until the answer', async () => {
    const una = await journey.optedIn();
    const words = 'could you stop writing at night';
    await journey.says(una, words);
    const prompt = (await journey.sends(una.phone, 3))[2];
    expect(await journey.queue(una, 'waits for an answer')).toMatchObject({
      status: 'HELD',
      heldReason: 'AWAITING_CONSENT',
    });
    expect(await journey.contact(una)).toMatchObject({
      consent: { status: 'OPTED_IN' },
      composer: { mode: 'HOLDING', heldCount: 1 },
    });
    if (!prompt) throw new Error('no prompt');
    expect(prompt.body.interactive.body.text).toMatch(/^We are not sure/);

    const { accept: payload } = payloadsOf(prompt);
    await journey.post({ messages: [interactiveMessage({ from: una.phone, at: una.next(), payload })] });

    await journey.message(una, 'waits for an answer', 'ACCEPTED');
    expect((await journey.contact(una)).composer.mode).toBe('OPEN');
  });

  it('and who then presses “no” is opted out', async () => {
    const uri = await journey.optedIn();
    await journey.says(uri, 'too many messages, honestly');
    const prompt = (await journey.sends(uri.phone, 3))[2];
    if (!prompt) throw new Error('no prompt');
    await journey.queue(uri, 'never sent');
    const { decline: payload } = payloadsOf(prompt);
    await journey.post({ messages: [interactiveMessage({ from: uri.phone, at: uri.next(), payload })] });
    await journey.becomes(uri, 'OPTED_OUT');
    await journey.message(uri, 'never sent', 'CANCELLED');
  });
});

describe('a contact whose identity changed', () => {
  it('is suspended: messages are held until a new opt-in', async () => {
    const ines = await journey.optedIn();
    await journey.post({
      messages: [
        systemMessage({
          from: ines.phone,
          at: ines.next(),
          type: 'user_changed_user_id',
          waId: undefined,
          userId: 'US.2',
        }),
      ],
    });
    await journey.becomes(ines, 'SUSPENDED');
    expect(await journey.queue(ines, 'held')).toMatchObject({ status: 'HELD', heldReason: 'SUSPENDED' });

    const { sendOptIn } = await journey.agent.ask(SendOptInDocument, { input: { contactId: ines.id } });

    expect(sendOptIn.contact?.consent.status).toBe('PENDING');
    const request = (await journey.sends(ines.phone, 3))[2];
    if (!request) throw new Error('no request');
    await journey.presses(ines, payloadsOf(request).accept);
    await journey.becomes(ines, 'OPTED_IN');
    await journey.message(ines, 'held', 'ACCEPTED');
    expect((await journey.history(ines)).map(({ to, cause }) => `${to} ${cause}`)).toEqual([
      'PENDING OPT_IN_REQUESTED',
      'OPTED_IN ACCEPTED',
      'SUSPENDED IDENTITY_CHANGED',
      'PENDING OPT_IN_REQUESTED',
      'OPTED_IN ACCEPTED',
    ]);
  });

  it('keeps their place under a new number, and is asked there', async () => {
    const noor = await journey.optedIn();
    const phone = journey.nextPhone();
    const waId = phone.slice(1);
    const moved = systemMessage({ from: noor.phone, at: noor.next(), type: 'user_changed_number', waId });
    await journey.post({ messages: [moved] });
    const contact = await journey.becomes(noor, 'SUSPENDED');
    expect(contact).toMatchObject({ id: noor.id, phone, composer: { mode: 'SUSPENDED', canSendOptIn: true } });
    await journey.ask({ contactId: noor.id });
    const [request] = await journey.sends(phone, 1);
    expect(request?.body.type).toBe('template');
  });

  it('is suspended when the provider says so on a send (137000), and the message is kept', async () => {
    const igor = await journey.optedIn();
    const release = journey.provider.answerWhen(({ body }) => body.to === igor.phone, refuse(137000));
    await journey.queue(igor, 'for the right one');
    await journey.becomes(igor, 'SUSPENDED');
    expect(await journey.message(igor, 'for the right one', 'HELD')).toMatchObject({
      heldReason: 'SUSPENDED',
      failure: { code: 137000 },
    });
    release();
  });
});

describe('what the organization obtained elsewhere', () => {
  it('opts a contact in with its own evidence, and held messages leave when the contact has written', async () => {
    const { agent } = journey;
    const eda = await journey.asked();
    await journey.queue(eda, 'held for Eda');
    const input = { contactId: eda.id, source: 'PAPER' as const, reference: 'contract 17', note: 'signed in the shop' };
    const { recordConsent } = await agent.ask(RecordConsentDocument, { input });
    expect(recordConsent).toMatchObject({ userErrors: [], contact: { consent: { status: 'OPTED_IN' } } });
    expect(await journey.message(eda, 'held for Eda', 'HELD')).toMatchObject({ heldReason: 'WINDOW_CLOSED' });
    await journey.says(eda, 'Hi, I am here');
    await journey.message(eda, 'held for Eda', 'ACCEPTED');
    const [event] = await journey.database.sql`select data from consent_events where type = 'ConsentRecorded'`;
    expect(event?.data).toMatchObject({
      by: 'Ada Agent',
      evidence: { source: 'PAPER', reference: 'contract 17', note: 'signed in the shop' },
    });
    expect((await journey.history(eda)).at(-1)).toMatchObject({ to: 'OPTED_IN', cause: 'RECORDED' });
  });

  it('opts a contact out, cancels what waits and sends nothing', async () => {
    const { agent } = journey;
    const olga = await journey.asked();
    await journey.queue(olga, 'never sent');
    const input = { contactId: olga.id, source: 'VERBAL' as const, note: 'said so in a call' };
    const { withdrawConsent } = await agent.ask(WithdrawConsentDocument, { input });
    expect(withdrawConsent).toMatchObject({ userErrors: [], contact: { consent: { status: 'OPTED_OUT' } } });
    await journey.message(olga, 'never sent', 'CANCELLED');
    await journey.says(olga, 'yes');
    await journey.becomes(olga, 'OPTED_IN');
    expect(textsOf(await journey.sends(olga.phone, 2))).toEqual(['[template]', expect.stringMatching(/^Thank you\./)]);
  });

  it('can not lie in the future, nor undo a newer stop of the contact', async () => {
    const { agent } = journey;
    const fay = await journey.optedOut();
    const recordAt = async (ms: number) => {
      const input = {
        contactId: fay.id,
        source: 'EMAIL' as const,
        occurredAt: new Date(Date.now() + ms).toISOString(),
      };
      return (await agent.ask(RecordConsentDocument, { input })).recordConsent.userErrors;
    };
    expect(await recordAt(3_600_000)).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'occurredAt'] }]);
    expect(await recordAt(-3_600_000)).toMatchObject([{ code: 'CONTACT_OPTED_OUT' }]);
    expect((await journey.contact(fay)).consent.status).toBe('OPTED_OUT');
  });
});

describe('an agent who takes a message back', () => {
  it('cancels it while it is held, and is refused once it has left', async () => {
    const { agent } = journey;
    const cora = await journey.asked();
    const held = await journey.queue(cora, 'taken back');
    const kept = await journey.queue(cora, 'kept');
    const cancelled = await agent.ask(CancelMessageDocument, { input: { messageId: held.id } });
    expect(cancelled.cancelMessage).toMatchObject({ userErrors: [], message: { status: 'CANCELLED' } });
    await journey.presses(cora, cora.accept);
    await journey.message(cora, 'kept', 'ACCEPTED');
    const tooLate = await agent.ask(CancelMessageDocument, { input: { messageId: kept.id } });
    expect(tooLate.cancelMessage.userErrors).toMatchObject([{ code: 'MESSAGE_NOT_CANCELLABLE' }]);
    expect(textsOf(journey.provider.sendsTo(cora.phone))).not.toContain('taken back');
  });
});
