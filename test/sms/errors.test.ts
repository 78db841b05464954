import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPost } from '../../src/delivery/post.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import type { OutgoingMessage } from '../../src/domain/ports/messaging-provider.js';
import { failureOfStatus, meanings } from '../../src/sms/errors.js';
import { createTwilioSms } from '../../src/sms/twilio.js';
import { rubbish, startProviderStandIn, type ProviderStandIn } from '../support/provider-stand-in.js';
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
  body: 'Good morning',
  locale: 'en',
  requestId: null,
  organizationName: 'Acme',
  buttons: { accept: 'Yes', decline: 'No' },
};

/** The outcome of a send that is answered so, over the wire. */
async function outcomeOf(httpStatus: number, text: string) {
  twilio.answerNext(rubbish(httpStatus, text));
  const sms = createTwilioSms({
    senders: sendersOf([senderOf()]),
    baseUrlFor: () => twilio.baseUrl,
    publicUrl: () => 'http://assent.test',
    post: createPost({ timeoutMs: 5000 }),
  });
  return sms.send(message);
}

describe('an answer of the SMS provider', () => {
  it.each([
    [401, 20003, 'CHANNEL_UNHEALTHY'],
    [403, 20005, 'CHANNEL_UNHEALTHY'],
    [404, 20404, 'CHANNEL_UNHEALTHY'],
    [400, 21606, 'CHANNEL_UNHEALTHY'],
    [400, 30034, 'CHANNEL_UNHEALTHY'],
    [429, 20429, 'TOO_FAST_FOR_CHANNEL'],
    [400, 14107, 'TOO_FAST_FOR_CHANNEL'],
    [400, 21611, 'TOO_FAST_FOR_CHANNEL'],
    [400, 21610, 'UNWANTED'],
    [400, 21211, 'REJECTED'],
    [400, 21614, 'REJECTED'],
    [400, 21617, 'REJECTED'],
    [400, 21408, 'REJECTED'],
    [400, 99999, 'REJECTED'],
    [503, 20503, 'RETRY_LATER'],
    [401, 99999, 'CHANNEL_UNHEALTHY'],
  ] as const)('with status %i and code %i: nothing was sent, %s', async (httpStatus, code, kind) => {
    const outcome = await outcomeOf(
      httpStatus,
      JSON.stringify({ code, message: 'in their words', status: httpStatus }),
    );
    const retryable = kind !== 'UNWANTED' && kind !== 'REJECTED';
    expect(outcome).toMatchObject({ outcome: 'REFUSED', failure: { kind, code, retryable } });
    expect(JSON.stringify(outcome)).not.toContain('in their words');
  });

  it.each([
    [301, '', 'CHANNEL_UNHEALTHY'],
    [401, '', 'CHANNEL_UNHEALTHY'],
    [404, '<html>', 'CHANNEL_UNHEALTHY'],
    [429, '', 'TOO_FAST_FOR_CHANNEL'],
    [400, '{"code":"21211"}', 'REJECTED'],
  ])('with status %i and the body "%s", which names no code: nothing was sent, %s', async (httpStatus, text, kind) => {
    expect(await outcomeOf(httpStatus, text)).toMatchObject({ outcome: 'REFUSED', failure: { kind, code: null } });
  });

  it.each([408, 500, 502, 504])('with status %i and no code: it may have been sent', async (httpStatus) => {
    expect(await outcomeOf(httpStatus, '')).toMatchObject({ outcome: 'UNKNOWN' });
  });
});

describe('a report of failure', () => {
  it.each([
    [30003, false],
    [30004, false],
    [30005, false],
    [30006, false],
    [30007, false],
    [30008, true],
    [30001, true],
    [30002, true],
    [21211, false],
    [99999, false],
    [null, false],
  ])('with code %s is final for the message, and may be tried by hand: %s', (code, retryable) => {
    expect(failureOfStatus(code)).toMatchObject({ kind: 'REJECTED', code, retryable });
  });

  it('tells that the contact wants no SMS (21610)', () => {
    expect(failureOfStatus(21610)).toMatchObject({ kind: 'UNWANTED', code: 21610, retryable: false });
  });
});

it('every code has a reason, in a sentence of ours', () => {
  for (const { reason } of meanings.values()) expect(reason).toMatch(/^[A-Z].{10,}\.$/);
});
