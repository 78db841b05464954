import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  QueueMessageDocument,
  ResendOptInDocument,
  SendOptInDocument,
  SwitchToSmsDocument,
  type HeldMessageChoice,
} from '../support/gql/graphql.js';
import { startJourney, textsOf, type Asked, type Journey } from '../support/journey.js';
import { refuse, type RecordedRequest } from '../support/provider-stand-in.js';

let journey: Journey;

beforeAll(async () => {
  journey = await startJourney((provider) => ({
    SMS_BASE_URL: provider.baseUrl,
    SMS_ACCOUNT_SID: 'AC1',
    SMS_AUTH_TOKEN: 'sms-token',
    SMS_FROM: '+15005550006',
  }));
});
afterAll(() => journey.close());

const isSms = ({ path }: RecordedRequest): boolean => path.includes('/2010-04-01/');

/** Someone whose number turned out not to be on WhatsApp after three messages were queued. */
async function unreachable(): Promise<Asked> {
  const nadia = await journey.asked();
  for (const body of ['one', 'two', 'three']) await journey.queue(nadia, body);
  await journey.reports(nadia.request, 'failed', { code: 131026 });
  await journey.becomes(nadia, 'UNREACHABLE');
  return nadia;
}

async function switchToSms(contactId: string, heldMessages: HeldMessageChoice) {
  return (await journey.agent.ask(SwitchToSmsDocument, { input: { contactId, heldMessages } })).switchToSms;
}

describe('a number that is not on WhatsApp', () => {
  it('is told by a later status: nothing held is sent, and SMS is offered', async () => {
    const nadia = await unreachable();
    const contact = await journey.contact(nadia);
    expect(contact.consent.request).toMatchObject({ delivery: 'FAILED', failure: { code: 131026, retryable: false } });
    expect(contact.composer).toMatchObject({
      mode: 'SMS_OFFERED',
      canSwitchToSms: true,
      canQueueMessage: false,
      heldCount: 3,
    });
    for (const body of ['one', 'two', 'three']) {
      expect(await journey.message(nadia, body, 'HELD')).toMatchObject({ heldReason: 'UNREACHABLE' });
    }
    const { queueMessage } = await journey.agent.ask(QueueMessageDocument, {
      input: { contactId: nadia.id, body: 'four' },
    });
    expect(queueMessage.userErrors).toMatchObject([{ code: 'CONTACT_UNREACHABLE' }]);
    const { resendOptIn } = await journey.agent.ask(ResendOptInDocument, { input: { contactId: nadia.id } });
    expect(resendOptIn.userErrors).toMatchObject([{ code: 'CONTACT_UNREACHABLE' }]);
    expect(journey.provider.sendsTo(nadia.phone)).toHaveLength(1);
    expect((await journey.history(nadia)).at(-1)).toMatchObject({ cause: 'UNDELIVERABLE', to: 'UNREACHABLE' });
  });

  it('is told in the answer to the send: the same', async () => {
    const phone = journey.nextPhone();
    const release = journey.provider.answerWhen(({ body }) => body.to === phone, refuse(131026));
    const nico = await journey.ask({ phone });
    const contact = await journey.becomes(nico, 'UNREACHABLE');
    release();
    expect(contact.consent.request).toMatchObject({ acceptedAt: null, delivery: 'FAILED', failure: { code: 131026 } });
  });

  it('gets the held messages by SMS, in order, when the agent chooses so', async () => {
    const nadia = await unreachable();
    const switched = await switchToSms(nadia.id, 'SEND_BY_SMS');
    expect(switched).toMatchObject({ userErrors: [], contact: { composer: { heldCount: 0 } } });
    for (const body of ['one', 'two', 'three']) {
      expect(await journey.message(nadia, body, 'ACCEPTED')).toMatchObject({ channel: 'SMS' });
    }
    const sms = journey.provider.sendsTo(nadia.phone).filter(isSms);
    expect(textsOf(sms)).toEqual(['one', 'two', 'three']);
    expect(sms[0]).toMatchObject({
      path: '/2010-04-01/Accounts/AC1/Messages.json',
      body: { To: nadia.phone, From: '+15005550006' },
    });

    const input = { contactId: nadia.id, body: 'four', channel: 'SMS' as const };
    const { queueMessage } = await journey.agent.ask(QueueMessageDocument, { input });
    expect(queueMessage.userErrors).toEqual([]);
    expect(await journey.message(nadia, 'four', 'ACCEPTED')).toMatchObject({ channel: 'SMS' });
  });

  it('loses the held messages when the agent cancels them', async () => {
    const nadia = await unreachable();
    expect(await switchToSms(nadia.id, 'CANCEL')).toMatchObject({ contact: { composer: { heldCount: 0 } } });
    for (const body of ['one', 'two', 'three']) await journey.message(nadia, body, 'CANCELLED');
    expect(journey.provider.sendsTo(nadia.phone)).toHaveLength(1);
  });

  it('keeps the held messages when the agent says so, and releases them when the contact is there after all', async () => {
    const nadia = await unreachable();
    expect(await switchToSms(nadia.id, 'KEEP')).toMatchObject({ contact: { composer: { heldCount: 3 } } });
    await journey.says(nadia, 'yes');
    await journey.becomes(nadia, 'OPTED_IN');
    expect(textsOf(await journey.sends(nadia.phone, 5)).slice(2)).toEqual(['one', 'two', 'three']);
  });

  it('may be asked again, should it be on WhatsApp one day', async () => {
    const nadia = await unreachable();
    const { sendOptIn } = await journey.agent.ask(SendOptInDocument, { input: { contactId: nadia.id } });
    expect(sendOptIn.contact?.consent).toMatchObject({ status: 'PENDING', request: { attempt: 1 } });
    await journey.message(nadia, 'one', 'HELD');
  });

  it('is the only one for whom SMS may take over', async () => {
    const [asked, agreed] = [await journey.asked(), await journey.optedIn()];
    expect((await switchToSms(asked.id, 'KEEP')).userErrors).toMatchObject([{ code: 'OPT_IN_PENDING' }]);
    expect((await switchToSms(agreed.id, 'KEEP')).userErrors).toMatchObject([{ code: 'ALREADY_OPTED_IN' }]);
  });
});

describe('a request that could not be delivered for another reason', () => {
  it('leaves the contact as before: never asked, with the failure shown (131049, later)', async () => {
    const petra = await journey.asked();
    await journey.queue(petra, 'waits');
    await journey.reports(petra.request, 'failed', { code: 131049 });
    const contact = await journey.becomes(petra, 'NOT_ASKED');
    expect(contact.consent.request).toMatchObject({ attempt: 1, delivery: 'FAILED', failure: { code: 131049 } });
    expect((await journey.history(petra)).at(-1)).toMatchObject({
      from: 'PENDING',
      to: 'NOT_ASKED',
      cause: 'NOT_DELIVERED',
    });
    await journey.message(petra, 'waits', 'HELD');

    const { sendOptIn } = await journey.agent.ask(SendOptInDocument, { input: { contactId: petra.id } });

    const [error] = sendOptIn.userErrors;
    expect(error).toMatchObject({ __typename: 'RetryLaterError', code: 'RESEND_TOO_SOON' });
    const wait = error?.__typename === 'RetryLaterError' ? Date.parse(error.retryAt) - Date.now() : 0;
    expect(wait).toBeGreaterThan(23 * 60 * 60 * 1000);
    expect(contact.composer.canSendOptIn).toBe(false);
  });

  it('starts no cooldown where the provider refused it at once (132015)', async () => {
    const phone = journey.nextPhone();
    const release = journey.provider.answerWhen(({ body }) => body.to === phone, refuse(132015));
    const paul = await journey.ask({ phone });
    const contact = await journey.becomes(paul, 'NOT_ASKED');
    release();
    expect(contact.consent).toMatchObject({
      resendAvailableAt: null,
      request: { acceptedAt: null, delivery: 'FAILED', failure: { code: 132015 } },
    });
    expect(contact.composer.canSendOptIn).toBe(true);
    const again = await journey.agent.ask(SendOptInDocument, { input: { contactId: paul.id } });
    expect(again.sendOptIn.userErrors).toEqual([]);
    await journey.sends(phone, 2);
  });
});
