import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPost } from '../../src/delivery/post.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import type { OutgoingMessage } from '../../src/domain/ports/messaging-provider.js';
import { createTwilioSms } from '../../src/sms/twilio.js';
import { readStatusCallback } from '../../src/sms/attempt-name.js';
import {
  accept,
  drop,
  gate,
  rubbish,
  startProviderStandIn,
  type ProviderStandIn,
} from '../support/provider-stand-in.js';
import { senderOf, sendersOf } from '../support/sms-fakes.js';

let twilio: ProviderStandIn;
beforeEach(async () => {
  twilio = await startProviderStandIn();
});
afterEach(() => twilio.close());

const to = parsePhoneNumber('+14155550177');
if (!to) throw new Error('not a number');
const message: OutgoingMessage = {
  organizationId: 'org-1',
  messageId: 'm-1',
  attempt: 1,
  to,
  kind: 'TEXT',
  body: 'Good morning & välkommen',
  locale: 'en',
  requestId: null,
  organizationName: 'Acme',
  buttons: { accept: 'Yes', decline: 'No' },
};
const smsAt = (baseUrl: string, timeoutMs = 5000, senders = sendersOf([senderOf()])) =>
  createTwilioSms({
    senders,
    baseUrlFor: () => baseUrl,
    publicUrl: () => 'https://assent.test',
    post: createPost({ timeoutMs }),
  });
const send = () => smsAt(twilio.baseUrl).send(message);

describe('an SMS', () => {
  it('is sent in the words of Twilio', async () => {
    expect(await send()).toMatchObject({ outcome: 'ACCEPTED', providerMessageId: expect.stringMatching(/^SM/) });
    expect(twilio.requests).toMatchObject([
      {
        path: '/2010-04-01/Accounts/AC1/Messages.json',
        headers: { authorization: `Basic ${Buffer.from('AC1:token-1').toString('base64')}` },
        body: { To: '+14155550177', From: '+15550100', Body: 'Good morning & välkommen' },
      },
    ]);
  });

  it('names its attempt in the address for reports, and nothing of the contact', async () => {
    await send();
    const callback = String(twilio.requests[0]?.body.StatusCallback);
    expect(callback).toMatch(/^https:\/\/assent\.test\/webhooks\/sms\/status\?attempt=[\w-]+$/);
    expect(readStatusCallback(callback)).toEqual({ organizationId: 'org-1', messageId: 'm-1', attempt: 1 });
    const token = new URL(callback).searchParams.get('attempt') ?? '';
    expect(callback + Buffer.from(token, 'base64url').toString()).not.toContain('4155550177');
  });

  it('is sent without such an address when the provider can’t reach it', async () => {
    twilio.answerNext(rubbish(400, '{"code":21609}'));
    expect(await send()).toMatchObject({ outcome: 'ACCEPTED' });
    expect(twilio.requests.map(({ body }) => 'StatusCallback' in body)).toEqual([true, false]);
  });

  it('leaves by the sender of its organization, or by the one that serves all', async () => {
    const shared = senderOf({ organizationId: null, accountSid: 'AC0', from: '+15550000' });
    const senders = sendersOf([senderOf(), shared]);
    await smsAt(twilio.baseUrl, 5000, senders).send(message);
    await smsAt(twilio.baseUrl, 5000, senders).send({ ...message, organizationId: 'org-2' });
    expect(twilio.requests.map(({ path, body }) => [path.split('/')[3], body.From])).toEqual([
      ['AC1', '+15550100'],
      ['AC0', '+15550000'],
    ]);
  });

  it('waits where there is no sender, or none that can be read', async () => {
    expect(await smsAt(twilio.baseUrl, 5000, sendersOf([])).send(message)).toMatchObject({
      failure: { kind: 'CHANNEL_UNHEALTHY' },
    });
    const unreadable = { ...sendersOf([]), byOrganization: () => Promise.reject(new Error('no key')) };
    expect(await smsAt(twilio.baseUrl, 5000, unreadable).send(message)).toMatchObject({
      failure: { kind: 'RETRY_LATER' },
    });
    expect(twilio.requests).toEqual([]);
  });

  it.each([drop('BEFORE_READING'), drop('AFTER_READING'), rubbish(201), rubbish(201, '{}'), rubbish(502)])(
    'has an unknown fate after %j',
    async (answer) => {
      twilio.answerNext(answer);
      expect(await send()).toMatchObject({ outcome: 'UNKNOWN' });
    },
  );

  it('has an unknown fate when no answer comes in time', async () => {
    const { opened, open } = gate();
    twilio.answerNext(accept({ until: opened }));
    expect(await smsAt(twilio.baseUrl, 1_000).send(message)).toMatchObject({ outcome: 'UNKNOWN' });
    open();
  });

  it('was not sent when the provider can’t be reached', async () => {
    expect(await smsAt('http://nowhere.invalid').send(message)).toMatchObject({ failure: { kind: 'RETRY_LATER' } });
    expect(await smsAt('nonsense').send(message)).toMatchObject({ failure: { kind: 'CHANNEL_UNHEALTHY' } });
  });
});
