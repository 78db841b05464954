import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import type { OutgoingMessage } from '../../src/domain/ports.js';
import { createTwilioSms } from '../../src/sms/twilio.js';
import {
  accept,
  drop,
  gate,
  rubbish,
  startProviderStandIn,
  type ProviderStandIn,
} from '../support/provider-stand-in.js';

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
const smsAt = (baseUrl: string, timeoutMs = 5000) =>
  createTwilioSms({ baseUrl: () => baseUrl, accountSid: 'AC1', authToken: 't', from: '+15550100', fetch, timeoutMs });
const send = () => smsAt(twilio.baseUrl).send(message);

describe('an SMS', () => {
  it('is sent in the words of Twilio', async () => {
    expect(await send()).toMatchObject({ outcome: 'ACCEPTED', providerMessageId: expect.stringMatching(/^SM/) });
    expect(twilio.requests).toMatchObject([
      {
        path: '/2010-04-01/Accounts/AC1/Messages.json',
        headers: { authorization: `Basic ${Buffer.from('AC1:t').toString('base64')}` },
        body: { To: '+14155550177', From: '+15550100', Body: 'Good morning & välkommen' },
      },
    ]);
  });

  it.each([
    [400, '{"code":21211}', 'REJECTED'],
    [400, '{"code":21606}', 'CHANNEL_UNHEALTHY'],
    [401, '{"code":20003}', 'CHANNEL_UNHEALTHY'],
    [404, '', 'CHANNEL_UNHEALTHY'],
    [429, '', 'RETRY_LATER'],
    [503, '{"code":20503}', 'RETRY_LATER'],
  ])('that is answered with %i %s was refused: %s', async (status, text, kind) => {
    twilio.answerNext(rubbish(status, text));
    expect(await send()).toMatchObject({ outcome: 'REFUSED', failure: { kind } });
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
    expect(await smsAt(twilio.baseUrl, 100).send(message)).toMatchObject({ outcome: 'UNKNOWN' });
    open();
  });

  it('was not sent when the provider can’t be reached', async () => {
    expect(await smsAt('http://nowhere.invalid').send(message)).toMatchObject({ failure: { kind: 'RETRY_LATER' } });
    expect(await smsAt('nonsense').send(message)).toMatchObject({ failure: { kind: 'CHANNEL_UNHEALTHY' } });
  });
});
