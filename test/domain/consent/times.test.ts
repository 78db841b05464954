import { describe, expect, it } from 'vitest';
import { answerDueAt, resendAvailableAt } from '../../../src/domain/consent/state.js';
import { consentStatuses } from '../../../src/domain/consent/transitions.js';
import { conversationIn, DAY, failures, HOUR, startConversation } from '../../support/conversation-spec.js';

const times = (c: ReturnType<typeof startConversation>) => ({
  resendAvailableAt: resendAvailableAt(c.conversation().consent, DAY),
  answerDueAt: answerDueAt(c.conversation().consent, DAY),
});

describe('when a request may be sent again, and when it counts as unanswered', () => {
  it('before the provider took it: a day after it was asked for, and never', () => {
    const c = startConversation();
    c.sendOptIn();
    expect(times(c)).toEqual({ resendAvailableAt: c.later(DAY), answerDueAt: null });
  });

  it('after: a day after the provider took it', () => {
    const c = startConversation();
    c.sendOptIn();
    c.pass(HOUR);
    c.drain();
    expect(times(c)).toEqual({ resendAvailableAt: c.later(DAY), answerDueAt: c.later(DAY) });
  });

  it('without an answer: from then on, and no more', () => {
    const c = startConversation();
    c.sendOptIn();
    c.drain();
    const due = c.later(DAY);
    c.pass(2 * DAY);
    c.noticeSilence();
    expect(times(c)).toEqual({ resendAvailableAt: due, answerDueAt: null });
  });

  it('a resend starts both anew; one that the provider refused does not', () => {
    const c = conversationIn('NO_RESPONSE');
    const before = times(c);
    c.resendOptIn();
    expect(times(c).resendAvailableAt).toEqual(c.later(DAY));
    const request = c.handOver();
    if (request) c.refuse(request, failures[132015]);
    expect(times(c)).toEqual(before);
  });

  it('a resend that the provider wants no more of today: a day after it said so', () => {
    const c = conversationIn('NO_RESPONSE');
    c.resendOptIn();
    const request = c.handOver();
    if (request) c.refuse(request, failures[131049]);
    expect(c.status()).toBe('NO_RESPONSE');
    expect(times(c).resendAvailableAt).toEqual(c.later(DAY));
    expect(c.resendOptIn()).toMatchObject({ code: 'RESEND_TOO_SOON', retryAt: c.later(DAY) });
  });

  it.each(consentStatuses.filter((status) => status !== 'PENDING' && status !== 'NO_RESPONSE'))(
    'does not apply in %s',
    (status) => {
      expect(times(conversationIn(status))).toEqual({ resendAvailableAt: null, answerDueAt: null });
    },
  );

  it('every answer clears what the provider wanted us to wait for', () => {
    const c = conversationIn('PENDING');
    const [request] = c.messages('OPT_IN_REQUEST');
    if (request) c.report(request, failures[131049]);
    expect(c.conversation().consent.blockedUntil).not.toBeNull();
    c.says('yes');
    expect(c.conversation().consent.blockedUntil).toBeNull();
  });
});
