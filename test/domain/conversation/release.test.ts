import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/domain/message/message.js';
import {
  conversationIn,
  DAY,
  failures,
  HOUR,
  MINUTE,
  SECOND,
  type ConversationSpec,
} from '../../support/conversation-spec.js';

function handOver(c: ConversationSpec): Message {
  const message = c.handOver();
  if (!message) throw new Error('nothing may leave');
  return message;
}
const dueIn = (c: ConversationSpec): number | null => {
  const due = c.conversation().sendAfter.WHATSAPP;
  return due && due.getTime() - c.now().getTime();
};

describe('the pace to one contact', () => {
  const paced = { policy: { pairIntervalMs: 6 * SECOND, orderWaitMs: 0, maxHeld: 100 } };

  it('is kept between messages: after a burst the next one waits for its interval', () => {
    const c = conversationIn('OPTED_IN', paced);
    const bodies = Array.from({ length: 45 }, (_, index) => `text ${index}`);
    bodies.forEach((body) => c.queue(body));
    const left = bodies.slice(0, 44);
    left.forEach(() => c.accept(handOver(c)));
    expect(c.handOver()?.number).toBeDefined();
    c.queue('one too many');
    c.report(c.text('text 44'), 'DELIVERED');
    expect(c.handOver()).toBeNull();
    expect(dueIn(c)).toBeGreaterThan(0);
    expect(dueIn(c)).toBeLessThanOrEqual(6 * SECOND);
    c.pass(dueIn(c) ?? 0);
    expect(c.bodyOf(handOver(c).id)).toBe('one too many');
  });

  it('counts what the provider found too fast (131056), with pauses that quadruple', () => {
    const c = conversationIn('OPTED_IN', { policy: { ...paced.policy, pairIntervalMs: 0, maxBackoffMs: HOUR } });
    c.queue('one');
    const pauses = Array.from({ length: 4 }, () => {
      c.refuse(handOver(c), failures[131056]);
      return (dueIn(c) ?? 0) / SECOND;
    });
    expect(pauses).toEqual([1, 4, 16, 64]);
    expect(c.texts()).toEqual(['one QUEUED']);
  });
});

describe('a channel that the provider refuses', () => {
  const refused = (c: ConversationSpec): void =>
    c.configure({ whatsappHealthy: false, whatsappRetryAt: c.later(MINUTE) });

  it('holds texts and says why; they leave in order when it is served again', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    c.queue('two');
    const one = handOver(c);
    refused(c);
    c.refuse(one, failures[131048]);
    c.queue('three');
    expect(c.texts()).toEqual(['one HELD CHANNEL_DOWN', 'two HELD CHANNEL_DOWN', 'three HELD CHANNEL_DOWN']);
    expect(c.composer()).toMatchObject({ mode: 'HOLDING', canQueueMessage: true, notice: 'HOLDING_CHANNEL_DOWN' });
    c.configure({ whatsappHealthy: true, whatsappRetryAt: null });
    c.lookAgain();
    expect(c.drain()).toEqual(['one', 'two', 'three']);
  });

  it('also when a later report says so', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const one = handOver(c);
    c.accept(one);
    refused(c);
    c.report(one, failures[131048]);
    expect(c.texts()).toEqual(['one HELD CHANNEL_DOWN']);
  });

  it('keeps the system’s own messages waiting until it is tried again', () => {
    const c = conversationIn('PENDING');
    refused(c);
    c.accepts();
    expect(c.handOver()).toBeNull();
    expect(dueIn(c)).toBe(MINUTE);
    c.pass(MINUTE);
    expect(handOver(c).kind).toBe('OPT_IN_CONFIRMATION');
  });

  it('that is mended before it would be tried again serves what waits within a minute, and texts at once', () => {
    const c = conversationIn('PENDING');
    c.configure({ whatsappHealthy: false, whatsappRetryAt: c.later(6 * HOUR) });
    c.accepts();
    expect(c.handOver()).toBeNull();
    expect(dueIn(c)).toBe(MINUTE);
    c.queue('one');
    c.configure({ whatsappHealthy: true, whatsappRetryAt: null });
    c.lookAgain();
    expect(dueIn(c)).toBe(0);
    expect(c.drain()).toEqual(['OPT_IN_CONFIRMATION', 'one']);
  });

  it('is asked for no consent; one that is disabled neither', () => {
    const c = conversationIn('NOT_ASKED');
    refused(c);
    expect(c.sendOptIn()?.code).toBe('CHANNEL_UNHEALTHY');
    c.configure({ whatsappEnabled: false });
    expect(c.sendOptIn()?.code).toBe('WHATSAPP_NOT_ENABLED');
  });

  it('whose template is unusable carries texts, and requests again after a while', () => {
    const c = conversationIn('OPTED_IN');
    c.configure({ templateRetryAt: c.later(HOUR) });
    c.queue('one');
    expect(c.drain()).toEqual(['one']);
    const asked = conversationIn('NOT_ASKED');
    asked.configure({ templateRetryAt: asked.later(HOUR) });
    expect(asked.sendOptIn()?.code).toBe('CHANNEL_UNHEALTHY');
    expect(asked.composer().canSendOptIn).toBe(false);
    asked.pass(HOUR);
    expect(asked.sendOptIn()).toBeNull();
  });
});

describe('a contact who had the provider stop what is sent unasked (131050)', () => {
  it('is not asked again until it writes, on whatever day', () => {
    const c = conversationIn('NOT_ASKED');
    c.sendOptIn();
    const request = handOver(c);
    c.accept(request);
    c.report(request, failures[131050]);
    expect(c.status()).toBe('NOT_ASKED');
    c.pass(30 * DAY);
    expect(c.sendOptIn()?.code).toBe('CONTACT_OPTED_OUT');
    expect(c.composer().canSendOptIn).toBe(false);
    c.says('hello');
    expect(c.sendOptIn()).toBeNull();
  });
});

describe('a message of unknown fate', () => {
  const lost = (): { readonly c: ConversationSpec; readonly one: Message } => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const one = handOver(c);
    c.lose(one);
    return { c, one };
  };

  it('is left alone until a report could have come, then handed over again and marked', () => {
    const { c } = lost();
    c.pass(10 * MINUTE - 1);
    c.resendUnconfirmed();
    expect(c.texts()).toEqual(['one UNCONFIRMED']);
    c.pass(1);
    c.resendUnconfirmed();
    expect(c.texts()).toEqual(['one QUEUED']);
    expect(c.text('one').possibleDuplicate).toBe(true);
    expect(handOver(c).attempts).toBe(2);
  });

  it('is taken out of the queue by a report that it had arrived', () => {
    const { c, one } = lost();
    c.pass(10 * MINUTE);
    c.resendUnconfirmed();
    c.report(one, 'DELIVERED');
    expect(c.texts()).toEqual(['one DELIVERED']);
    expect(c.handOver()).toBeNull();
  });

  it('is not handed over again without consent or window', () => {
    const stopped = lost().c;
    stopped.pass(10 * MINUTE);
    stopped.says('stop');
    stopped.resendUnconfirmed();
    expect(stopped.texts()).toEqual(['one CANCELLED']);
    const late = lost().c;
    late.pass(DAY);
    late.resendUnconfirmed();
    expect(late.texts()).toEqual(['one HELD WINDOW_CLOSED']);
  });

  it('is given up after four attempts', () => {
    const { c } = lost();
    for (let attempt = 2; attempt <= 4; attempt += 1) {
      c.pass(10 * MINUTE);
      c.resendUnconfirmed();
      c.lose(handOver(c));
    }
    c.pass(DAY - HOUR);
    c.resendUnconfirmed();
    expect(c.texts()).toEqual(['one UNCONFIRMED']);
  });

  it('of the system is never handed over again: what it says may no longer be true', () => {
    const c = conversationIn('PENDING');
    c.accepts();
    c.lose(handOver(c));
    c.pass(10 * MINUTE);
    c.resendUnconfirmed();
    expect(c.statusesOf('OPT_IN_CONFIRMATION')).toEqual(['UNCONFIRMED']);
  });
});

describe('a window that has closed on messages', () => {
  const continuing = { organization: { continuesWindow: true } };

  it('is asked to be reopened once, and the contact’s next message releases them', () => {
    const c = conversationIn('OPTED_IN', continuing);
    c.pass(DAY);
    c.queue('one');
    c.queue('two');
    expect(c.texts()).toEqual(['one HELD WINDOW_CLOSED', 'two HELD WINDOW_CLOSED']);
    expect(c.composer()).toMatchObject({ mode: 'WINDOW_CLOSED', notice: 'WINDOW_CLOSED_ASKED' });
    expect(c.drain()).toEqual(['CONTINUE_REQUEST']);
    c.says('yes?');
    expect(c.drain()).toEqual(['one', 'two']);
    c.pass(DAY);
    c.queue('three');
    expect(c.drain()).toEqual(['CONTINUE_REQUEST']);
  });

  it('is not asked for when the contact has written meanwhile, or has stopped', () => {
    const wrote = conversationIn('OPTED_IN', continuing);
    wrote.pass(DAY);
    wrote.queue('one');
    wrote.says('hello');
    expect(wrote.drain()).toEqual(['one']);
    const stopped = conversationIn('OPTED_IN', continuing);
    stopped.pass(DAY);
    stopped.queue('one');
    stopped.withdrawConsent();
    expect(stopped.drain()).toEqual([]);
    expect(stopped.statusesOf('CONTINUE_REQUEST')).toEqual(['CANCELLED']);
  });

  it('is opened by a late accept only as long as that is less than a day old; consent is given all the same', () => {
    const c = conversationIn('PENDING', continuing);
    c.queue('one');
    c.pass(DAY + HOUR);
    c.accepts(undefined, { at: c.earlier(DAY + MINUTE) });
    expect(c.status()).toBe('OPTED_IN');
    expect(c.texts()).toEqual(['one HELD WINDOW_CLOSED']);
    expect(c.drain()).toEqual(['CONTINUE_REQUEST']);
  });

  it('without such a template just waits', () => {
    const c = conversationIn('OPTED_IN');
    c.pass(DAY);
    c.queue('one');
    expect(c.drain()).toEqual([]);
    expect(c.composer().notice).toBe('WINDOW_CLOSED');
  });
});

describe('a message that is held too long', () => {
  it('expires, and does not leave with the others', () => {
    const c = conversationIn('PENDING');
    c.queue('old');
    c.pass(29 * DAY);
    c.queue('young');
    c.pass(DAY - MINUTE);
    c.expireHeld();
    expect(c.texts()).toEqual(['old HELD AWAITING_CONSENT', 'young HELD AWAITING_CONSENT']);
    c.pass(MINUTE);
    c.expireHeld();
    expect(c.texts()).toEqual(['old EXPIRED', 'young HELD AWAITING_CONSENT']);
    c.accepts();
    expect(c.drain()).toEqual(['OPT_IN_CONFIRMATION', 'young']);
  });
});

describe('an operator', () => {
  it('parks a message, which then waits for nothing else, and retries it', () => {
    const c = conversationIn('PENDING');
    c.queue('one');
    c.queue('two');
    expect(c.park(c.text('one')).messages).toMatchObject([
      { status: 'HELD', heldReason: 'PARKED', by: 'operator:ana' },
    ]);
    c.accepts();
    expect(c.drain()).toEqual(['OPT_IN_CONFIRMATION', 'two']);
    expect(c.texts()).toEqual(['one HELD PARKED', 'two ACCEPTED']);
    c.retry(c.text('one'));
    expect(c.drain()).toEqual(['one']);
  });

  it('cannot keep a parked message from being cancelled by a stop', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    c.park(c.text('one'));
    c.says('stop');
    expect(c.texts()).toEqual(['one CANCELLED']);
  });

  it('retries what failed, and what may have left: only the latter is marked', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('failed');
    c.refuse(handOver(c), { kind: 'REJECTED', code: 100, reason: 'no', retryable: false });
    c.queue('lost');
    c.lose(handOver(c));
    c.retry(c.text('failed'));
    c.retry(c.text('lost'));
    expect([c.text('failed'), c.text('lost')].map(({ possibleDuplicate }) => possibleDuplicate)).toEqual([false, true]);
    expect(c.drain()).toEqual(['failed', 'lost']);
  });

  it('cannot let a message leave that the contact does not want, nor one that has left', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const one = handOver(c);
    c.accept(one);
    expect(c.retry(c.text('one')).messages).toEqual([]);
    expect(c.park(c.text('one')).messages).toEqual([]);
    c.report(one, { kind: 'REJECTED', code: 100, reason: 'no', retryable: false });
    c.says('stop');
    c.retry(c.text('one'));
    expect(c.texts()).toEqual(['one CANCELLED']);
  });
});
