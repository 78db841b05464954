import { describe, expect, it } from 'vitest';
import { consentStatuses } from '../../../src/domain/consent/transitions.js';
import { conversationIn, DAY, failures, HOUR, MINUTE, startConversation } from '../../support/conversation-spec.js';

const except = (...left: readonly string[]) => consentStatuses.filter((status) => !left.includes(status));

describe('the agent asks', () => {
  it.each(['NOT_ASKED', 'UNREACHABLE', 'SUSPENDED'] as const)('in %s: PENDING, and attempt 1 goes out', (status) => {
    const c = conversationIn(status);
    expect(c.sendOptIn()).toBeNull();
    expect(c.status()).toBe('PENDING');
    expect(c.conversation().consent.requests.at(-1)).toMatchObject({ attempt: 1, before: status });
    expect(c.feed().at(-1)).toBe(`${status} → PENDING (OPT_IN_REQUESTED)`);
    expect(c.handOver()).toMatchObject({ kind: 'OPT_IN_REQUEST', requestId: c.requestId() });
  });

  it('and writes in the language of the contact', () => {
    const c = startConversation({ locale: 'pt_BR' });
    c.sendOptIn();
    expect(c.bodyOf(c.messages('OPT_IN_REQUEST')[0]?.id ?? '')).toMatch(/^Acme gostaria/);
  });
});

describe('the agent queues messages', () => {
  it.each(['PENDING', 'NO_RESPONSE'] as const)('in %s: they are held and nothing changes', (status) => {
    const c = conversationIn(status);
    const before = c.feed();
    expect([c.queue('one'), c.queue('two')]).toEqual([null, null]);
    expect(c.texts()).toEqual(['one HELD AWAITING_CONSENT', 'two HELD AWAITING_CONSENT']);
    expect(c.status()).toBe(status);
    expect(c.feed()).toEqual(before);
    expect(c.handOver()).toBeNull();
  });
});

describe('the contact accepts', () => {
  const ways = { 'a button': 'BUTTON', 'words that mean yes': 'yes please', 'yes in their language': 'sí, acepto' };
  for (const status of ['PENDING', 'NO_RESPONSE'] as const) {
    it.each(Object.entries(ways))(
      `in ${status} by %s: OPTED_IN, a confirmation, then what was held in order`,
      (_, way) => {
        const c = conversationIn(status, { locale: 'es_MX' });
        c.queue('one');
        c.queue('two');
        if (way === 'BUTTON') c.accepts();
        else c.says(way);
        expect(c.status()).toBe('OPTED_IN');
        expect(c.feed().at(-1)).toBe(`${status} → OPTED_IN (ACCEPTED)`);
        expect(c.drain()).toEqual(['OPT_IN_CONFIRMATION', 'one', 'two']);
      },
    );
  }
});

describe('the contact declines', () => {
  for (const status of ['PENDING', 'NO_RESPONSE'] as const) {
    it.each(['BUTTON', 'no thanks', 'STOP'])(
      `in ${status} by %s: OPTED_OUT, told so, what was held is cancelled`,
      (way) => {
        const c = conversationIn(status);
        c.queue('one');
        if (way === 'BUTTON') c.declines();
        else c.says(way);
        expect(c.status()).toBe('OPTED_OUT');
        expect(c.feed().at(-1)).toBe(`${status} → OPTED_OUT (DECLINED)`);
        expect(c.texts()).toEqual(['one CANCELLED']);
        const notice = c.handOver();
        expect(notice?.kind).toBe('OPT_OUT_NOTICE');
        expect(c.bodyOf(notice?.id ?? '')).toMatch(/opted out.*Reply YES at any time to opt in/);
        expect([c.queue('two'), c.sendOptIn(), c.resendOptIn()].map((refusal) => refusal?.code)).toEqual([
          'CONTACT_OPTED_OUT',
          'CONTACT_OPTED_OUT',
          'CONTACT_OPTED_OUT',
        ]);
      },
    );
  }
});

describe('the contact says stop', () => {
  it.each(except('OPTED_OUT', 'PENDING', 'NO_RESPONSE'))('in %s: OPTED_OUT and told so', (status) => {
    const c = conversationIn(status);
    c.says('STOP');
    expect(c.feed().at(-1)).toBe(`${status} → OPTED_OUT (WITHDRAWN)`);
    expect(c.drain()).toEqual(['OPT_OUT_NOTICE']);
  });

  it.each(['NOT_ASKED', 'OPTED_IN', 'UNREACHABLE', 'SUSPENDED'] as const)(
    'a bare "no" in %s is conversation',
    (status) => {
      const c = conversationIn(status);
      c.says('no');
      expect(c.status()).toBe(status);
    },
  );

  it('what is not yet handed to the provider is cancelled, also what waits to be tried again', () => {
    const c = conversationIn('OPTED_IN');
    ['handed over', 'next', 'last'].forEach((body) => c.queue(body));
    const first = c.handOver();
    c.says('stop');
    expect(c.texts()).toEqual(['handed over SENDING', 'next CANCELLED', 'last CANCELLED']);
    if (first) c.refuse(first, failures[130429]);
    expect(c.texts()[0]).toBe('handed over CANCELLED');
    expect(c.drain()).toEqual(['OPT_OUT_NOTICE']);
  });

  it('a text message that waits for the SMS provider is cancelled too', () => {
    const c = conversationIn('UNREACHABLE');
    c.queue('by sms', 'SMS');
    c.says('STOP');
    expect(c.texts()).toEqual(['by sms CANCELLED']);
    expect(c.handOver('SMS')).toBeNull();
  });

  it('says the decline button of a request that was accepted before: that is a stop, not a bare no', () => {
    const c = conversationIn('OPTED_IN');
    c.declines();
    expect(c.feed().at(-1)).toBe('OPTED_IN → OPTED_OUT (WITHDRAWN)');
  });

  it('writes it under a picture: that counts', () => {
    const c = conversationIn('OPTED_IN');
    c.sendsPicture('STOP');
    expect(c.status()).toBe('OPTED_OUT');
  });
});

describe('the contact replies yes', () => {
  it.each([
    ['NOT_ASKED', 'ACCEPTED'],
    ['UNREACHABLE', 'ACCEPTED'],
    ['OPTED_OUT', 'OPTED_IN_AGAIN'],
  ] as const)('in %s: OPTED_IN (%s) and a confirmation', (status, cause) => {
    const c = conversationIn(status);
    c.says('yes');
    expect(c.feed().at(-1)).toBe(`${status} → OPTED_IN (${cause})`);
    expect(c.drain()).toEqual(['OPT_IN_CONFIRMATION']);
  });

  it('after opting out: messages cancelled earlier are not sent', () => {
    const c = conversationIn('PENDING');
    c.queue('cancelled');
    c.declines();
    c.pass(MINUTE);
    c.says('Yes');
    c.queue('written later');
    expect(c.drain()).toEqual(['OPT_IN_CONFIRMATION', 'written later']);
    expect(c.texts()).toEqual(['cancelled CANCELLED', 'written later ACCEPTED']);
  });

  it('in SUSPENDED it grants nothing: a new opt-in is needed', () => {
    const c = conversationIn('SUSPENDED');
    c.says('yes');
    expect(c.status()).toBe('SUSPENDED');
  });
});

describe('an opted-out contact writes anything else', () => {
  it.each(['where are you?', 'ok', 'ok, thanks', 'please stop maybe later I am unsure'])(
    '%s: one fresh prompt',
    (text) => {
      const c = conversationIn('OPTED_OUT');
      c.says(text);
      expect(c.status()).toBe('OPTED_OUT');
      expect(c.handOver()).toMatchObject({ kind: 'PROMPT', requestId: c.promptId() });
      expect(c.messages('TEXT').at(-1)).toMatchObject({ direction: 'INBOUND', status: 'RECEIVED' });
    },
  );

  it('at most one prompt per resend interval', () => {
    const c = conversationIn('OPTED_OUT');
    c.says('hello');
    c.says('anyone?');
    c.pass(DAY - 1);
    c.says('still there?');
    expect(c.messages('PROMPT')).toHaveLength(1);
    c.pass(1);
    c.says('hello again');
    expect(c.messages('PROMPT')).toHaveLength(2);
  });

  it('a prompt that could not be shown is not the one: the next words bring it', () => {
    const c = conversationIn('OPTED_OUT');
    c.pass(2 * DAY);
    c.reacts('👍');
    expect(c.messages('PROMPT')).toHaveLength(0);
    c.says('hello');
    expect(c.statusesOf('PROMPT')).toEqual(['QUEUED']);
  });

  it('the buttons of the prompt opt in and out', () => {
    const c = conversationIn('OPTED_OUT');
    c.says('hello');
    c.drain();
    c.accepts(c.promptId());
    expect(c.feed().at(-1)).toBe('OPTED_OUT → OPTED_IN (OPTED_IN_AGAIN)');
    c.pass(MINUTE);
    c.declines(c.promptId());
    expect(c.status()).toBe('OPTED_OUT');
  });

  it('an "ok" in reply to the prompt answers it', () => {
    const c = conversationIn('OPTED_OUT');
    c.says('hello');
    c.drain();
    c.pass(MINUTE);
    c.says('ok', { replyTo: c.messages('PROMPT')[0]?.providerMessageId ?? null });
    expect(c.status()).toBe('OPTED_IN');
  });

  it('repeats its stop: nothing more is sent', () => {
    const c = conversationIn('OPTED_OUT');
    c.says('STOP');
    expect(c.drain()).toEqual([]);
    expect(c.facts().at(-1)).toBe('WithdrawalRepeated');
  });
});

describe('the number can not receive WhatsApp (131026)', () => {
  it.each(['in the answer', 'in a later report'])('%s: UNREACHABLE, nothing held is sent, SMS is offered', (when) => {
    const c = startConversation();
    c.sendOptIn();
    c.queue('held');
    const request = c.handOver();
    if (!request) throw new Error('no request left');
    if (when === 'in the answer') c.refuse(request, failures[131026]);
    else {
      c.accept(request);
      c.report(request, failures[131026]);
    }
    expect(c.feed().at(-1)).toBe('PENDING → UNREACHABLE (UNDELIVERABLE)');
    expect(c.texts()).toEqual(['held HELD UNREACHABLE']);
    expect(c.handOver()).toBeNull();
    expect(c.composer()).toMatchObject({ mode: 'SMS_OFFERED', canSwitchToSms: true, canQueueMessage: false });
    expect(c.queue('more')?.code).toBe('CONTACT_UNREACHABLE');
  });

  it('switchToSms sends what was held by SMS, in order', () => {
    const c = conversationIn('PENDING');
    c.queue('one');
    c.queue('two');
    c.report({ id: c.messages('OPT_IN_REQUEST')[0]?.id ?? '', attempts: 1 }, failures[131026]);
    expect(c.switchToSms('SEND_BY_SMS')).toBeNull();
    expect(c.handOver('WHATSAPP')).toBeNull();
    expect(c.drain('SMS')).toEqual(['one', 'two']);
    expect(c.conversation().consent.switchedToSmsAt).toEqual(c.now());
  });

  it.each([
    ['CANCEL', 'one CANCELLED'],
    ['KEEP', 'one HELD UNREACHABLE'],
  ] as const)('switchToSms with %s', (choice, text) => {
    const c = conversationIn('PENDING');
    c.queue('one');
    c.report({ id: c.messages('OPT_IN_REQUEST')[0]?.id ?? '', attempts: 1 }, failures[131026]);
    expect(c.switchToSms(choice)).toBeNull();
    expect(c.texts()).toEqual([text]);
    expect(c.handOver('SMS')).toBeNull();
    expect(c.queue('by sms', 'SMS')).toBeNull();
    expect(c.drain('SMS')).toEqual(['by sms']);
  });

  it('what was kept is released when the contact says yes after all', () => {
    const c = conversationIn('PENDING');
    c.queue('kept');
    c.report({ id: c.messages('OPT_IN_REQUEST')[0]?.id ?? '', attempts: 1 }, failures[131026]);
    c.switchToSms('KEEP');
    c.says('yes');
    expect(c.drain()).toEqual(['OPT_IN_CONFIRMATION', 'kept']);
  });
});

describe('the request could not be delivered for another reason', () => {
  it.each(['NOT_ASKED', 'UNREACHABLE', 'SUSPENDED'] as const)(
    'asked in %s: back to it, and may be asked at once (132015)',
    (status) => {
      const c = conversationIn(status);
      c.sendOptIn();
      const request = c.handOver();
      if (request) c.refuse(request, failures[132015]);
      expect(c.feed().at(-1)).toBe(`PENDING → ${status} (NOT_DELIVERED)`);
      expect(c.statusesOf('OPT_IN_REQUEST').at(-1)).toBe('FAILED');
      expect(c.sendOptIn()).toBeNull();
    },
  );

  it('131049: back to NOT_ASKED, and not again for a day', () => {
    const c = conversationIn('PENDING');
    const [request] = c.messages('OPT_IN_REQUEST');
    if (request) c.report(request, failures[131049]);
    expect(c.status()).toBe('NOT_ASKED');
    const retryAt = c.later(DAY);
    expect(c.sendOptIn()).toMatchObject({ code: 'RESEND_TOO_SOON', retryAt });
    c.pass(DAY - 1);
    expect(c.sendOptIn()?.code).toBe('RESEND_TOO_SOON');
    c.pass(1);
    expect(c.sendOptIn()).toBeNull();
    expect(c.conversation().consent.requests.at(-1)?.attempt).toBe(1);
  });

  it('a resend that fails leads back to NO_RESPONSE, does not count, and the first request stays valid', () => {
    const c = conversationIn('NO_RESPONSE');
    const first = c.requestId();
    c.resendOptIn();
    const request = c.handOver();
    if (request) c.refuse(request, failures[132015]);
    expect(c.feed().at(-1)).toBe('PENDING → NO_RESPONSE (NOT_DELIVERED)');
    expect(c.resendOptIn()).toBeNull();
    expect(c.conversation().consent.requests.at(-1)?.attempt).toBe(2);
    c.accepts(first);
    expect(c.status()).toBe('OPTED_IN');
  });

  it('news of a request that is no longer waited for changes nothing', () => {
    const c = conversationIn('NO_RESPONSE');
    const [first] = c.messages('OPT_IN_REQUEST');
    c.resendOptIn();
    c.drain();
    if (first) c.report(first, failures[131026]);
    expect(c.status()).toBe('PENDING');
    expect(c.statusesOf('OPT_IN_REQUEST')).toEqual(['FAILED', 'ACCEPTED']);
  });

  it('the contact answers a request that was reported as failed: it counts', () => {
    const c = conversationIn('PENDING');
    const [request] = c.messages('OPT_IN_REQUEST');
    if (request) c.report(request, failures[132015]);
    c.accepts();
    expect(c.feed().at(-1)).toBe('NOT_ASKED → OPTED_IN (ACCEPTED)');
  });
});

describe('no answer', () => {
  it('24 h after the provider accepted the request: NO_RESPONSE', () => {
    const c = startConversation();
    c.sendOptIn();
    c.pass(HOUR);
    c.drain();
    c.pass(DAY - 1);
    c.noticeSilence();
    expect(c.status()).toBe('PENDING');
    c.pass(1);
    c.noticeSilence();
    c.noticeSilence();
    expect(c.feed().slice(1)).toEqual(['PENDING → NO_RESPONSE (NO_ANSWER)']);
  });

  it('never before the provider took the request', () => {
    const c = startConversation();
    c.sendOptIn();
    c.pass(3 * DAY);
    c.noticeSilence();
    expect(c.status()).toBe('PENDING');
  });

  it('buttons of earlier requests stay valid', () => {
    const c = conversationIn('NO_RESPONSE');
    const first = c.requestId();
    c.resendOptIn();
    c.drain();
    c.accepts(first);
    expect(c.feed().at(-1)).toBe('PENDING → OPTED_IN (ACCEPTED)');
  });
});

describe('resendOptIn', () => {
  it.each(['PENDING', 'NO_RESPONSE'] as const)('in %s after the interval: attempt 2', (status) => {
    const c = conversationIn(status);
    c.pass(DAY);
    expect(c.resendOptIn()).toBeNull();
    expect(c.feed().at(-1)).toBe(`${status} → PENDING (OPT_IN_RESENT)`);
    expect(c.conversation().consent.requests.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(c.drain()).toEqual(['OPT_IN_REQUEST']);
  });

  it('before it: RESEND_TOO_SOON, counted from when the provider accepted', () => {
    const c = startConversation();
    c.sendOptIn();
    c.pass(HOUR);
    c.drain();
    const retryAt = c.later(DAY);
    expect(c.resendOptIn()).toMatchObject({ code: 'RESEND_TOO_SOON', retryAt });
    c.pass(DAY - 1);
    expect(c.resendOptIn()).toMatchObject({ code: 'RESEND_TOO_SOON', retryAt });
    c.pass(1);
    expect(c.resendOptIn()).toBeNull();
  });

  it('replaces a request that still waits to be sent', () => {
    const c = startConversation();
    c.sendOptIn();
    c.pass(DAY);
    c.resendOptIn();
    expect(c.statusesOf('OPT_IN_REQUEST')).toEqual(['CANCELLED', 'QUEUED']);
  });

  it('ends after the attempts that the organization allows', () => {
    const c = conversationIn('PENDING');
    for (const attempt of [2, 3]) {
      c.pass(DAY);
      expect([attempt, c.resendOptIn()]).toEqual([attempt, null]);
      c.drain();
    }
    c.pass(DAY);
    c.noticeSilence();
    expect(c.resendOptIn()?.code).toBe('ATTEMPTS_EXHAUSTED');
    expect(c.composer().canResendOptIn).toBe(false);
    c.accepts();
    expect(c.status()).toBe('OPTED_IN');
  });
});

describe('the identity of the contact changed', () => {
  it('in OPTED_IN: SUSPENDED, messages are held until a new opt-in', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('waiting');
    c.changesIdentity();
    expect(c.feed().at(-1)).toBe('OPTED_IN → SUSPENDED (IDENTITY_CHANGED)');
    expect(c.queue('later')).toBeNull();
    expect(c.texts()).toEqual(['waiting HELD SUSPENDED', 'later HELD SUSPENDED']);
    expect(c.handOver()).toBeNull();
    c.pass(MINUTE);
    c.sendOptIn();
    c.drain();
    c.accepts();
    expect(c.drain()).toEqual(['OPT_IN_CONFIRMATION', 'waiting', 'later']);
  });

  it('as the provider says of a message (137000): that message is held too', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const message = c.handOver();
    if (message) c.refuse(message, failures[137000]);
    expect(c.status()).toBe('SUSPENDED');
    expect(c.texts()).toEqual(['one HELD SUSPENDED']);
  });

  it('as the provider says of the confirmation', () => {
    const c = conversationIn('PENDING');
    c.accepts();
    const confirmation = c.handOver();
    if (confirmation) c.refuse(confirmation, failures[137000]);
    expect(c.status()).toBe('SUSPENDED');
    expect(c.statusesOf('OPT_IN_CONFIRMATION')).toEqual(['FAILED']);
  });

  it('told again after a new opt-in, it changes nothing', () => {
    const c = conversationIn('OPTED_IN');
    const at = c.now();
    c.changesIdentity(at);
    c.pass(MINUTE);
    c.sendOptIn();
    c.drain();
    c.accepts();
    c.changesIdentity(at);
    expect(c.status()).toBe('OPTED_IN');
  });

  it.each(except('OPTED_IN'))('in %s: no change', (status) => {
    const c = conversationIn(status);
    c.changesIdentity();
    expect(c.status()).toBe(status);
  });
});

describe('the organization records', () => {
  it.each(consentStatuses)('an opt-in obtained elsewhere, in %s', (status) => {
    const c = conversationIn(status);
    expect(c.recordConsent()).toBeNull();
    expect(c.feed().at(-1)).toBe(`${status} → OPTED_IN (RECORDED)`);
    expect(c.events().at(-1)?.event).toMatchObject({ by: 'Dana', evidence: { source: 'paper form' } });
  });

  it.each(consentStatuses)('a withdrawal, in %s', (status) => {
    const c = conversationIn(status);
    if (status === 'PENDING' || status === 'NO_RESPONSE') c.queue('held');
    expect(c.withdrawConsent()).toBeNull();
    expect(c.feed().at(-1)).toBe(`${status} → OPTED_OUT (RECORDED)`);
    expect(c.texts().every((text) => text.endsWith('CANCELLED'))).toBe(true);
  });

  it('an opt-in from before the contact’s own stop: refused', () => {
    const c = conversationIn('OPTED_IN');
    c.says('STOP');
    expect(c.recordConsent(c.earlier(HOUR))?.code).toBe('CONTACT_OPTED_OUT');
    expect(c.recordConsent()?.code).toBe('CONTACT_OPTED_OUT');
    c.pass(1_000);
    expect(c.recordConsent()).toBeNull();
  });

  it('neither from the future', () => {
    const c = conversationIn('PENDING');
    expect(c.recordConsent(c.later(1))).toEqual({ code: 'INVALID_INPUT', path: ['occurredAt'] });
    expect(c.withdrawConsent(c.later(1))?.code).toBe('INVALID_INPUT');
  });

  it('an opt-in releases what is held as soon as the contact’s window is open', () => {
    const c = conversationIn('PENDING');
    c.queue('held');
    c.recordConsent();
    expect(c.texts()).toEqual(['held HELD WINDOW_CLOSED']);
    c.says('hello');
    expect(c.drain()).toEqual(['held']);
  });
});
