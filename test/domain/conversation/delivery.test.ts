import { describe, expect, it } from 'vitest';
import type { Message } from '../../../src/domain/message/message.js';
import {
  conversationIn,
  DAY,
  failures,
  HOUR,
  MINUTE,
  SECOND,
  startConversation,
  type ConversationSpec,
} from '../../support/conversation-spec.js';

function handOver(c: ConversationSpec): Message {
  const message = c.handOver();
  if (!message) throw new Error('nothing may leave');
  return message;
}

describe('what leaves, and in what order', () => {
  it('the confirmation before the held messages, those in the order they were queued', () => {
    const c = conversationIn('PENDING');
    ['one', 'two', 'three'].forEach((body) => c.queue(body));
    c.accepts();
    expect(c.drain()).toEqual(['OPT_IN_CONFIRMATION', 'one', 'two', 'three']);
  });

  it('one is handed over at a time, the next waits for it to be delivered or for the order wait', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    c.queue('two');
    const one = handOver(c);
    c.accept(one);
    expect(c.conversation().sendAfter.WHATSAPP).toEqual(c.later(15 * SECOND));
    c.pass(SECOND);
    c.report(one, 'DELIVERED');
    expect(c.conversation().sendAfter.WHATSAPP).toEqual(c.now());
    c.accept(handOver(c));
    expect(c.conversation().sendAfter.WHATSAPP).toBeNull();
  });

  it('a message that the provider takes later goes first when it is tried again', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    c.queue('two');
    c.refuse(handOver(c), failures[130429]);
    expect(c.drain()).toEqual(['one', 'two']);
  });

  it('consent is checked at that moment: a stop between two of them keeps the second', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    c.queue('two');
    c.accept(handOver(c));
    c.says('stop');
    expect(c.drain()).toEqual(['OPT_OUT_NOTICE']);
  });

  it('an opt-out notice that is no longer true is not sent', () => {
    const c = conversationIn('OPTED_IN');
    c.says('stop');
    c.pass(SECOND);
    c.says('yes');
    expect(c.drain()).toEqual(['OPT_IN_CONFIRMATION']);
    expect(c.statusesOf('OPT_OUT_NOTICE')).toEqual(['CANCELLED']);
  });

  it('the channels do not wait for each other', () => {
    const c = conversationIn('UNREACHABLE');
    c.queue('by sms', 'SMS');
    c.sendOptIn();
    expect(handOver(c).kind).toBe('OPT_IN_REQUEST');
    expect(c.drain('SMS')).toEqual(['by sms']);
  });
});

describe('the 24 hours after the contact last wrote', () => {
  it('when they have passed, messages are held until the contact writes', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('in time');
    c.pass(DAY);
    c.queue('too late');
    expect(c.composer().mode).toBe('WINDOW_CLOSED');
    expect(c.handOver()).toBeNull();
    expect(c.texts()).toEqual(['in time HELD WINDOW_CLOSED', 'too late HELD WINDOW_CLOSED']);
    c.says('hi');
    expect(c.drain()).toEqual(['in time', 'too late']);
  });

  it.each(['in the answer', 'in a later report', 'after an unknown outcome'])(
    'the provider says so (131047) %s',
    (when) => {
      const c = conversationIn('OPTED_IN');
      c.queue('one');
      c.queue('two');
      const one = handOver(c);
      if (when === 'in the answer') c.refuse(one, failures[131047]);
      else {
        if (when === 'in a later report') c.accept(one);
        else c.lose(one);
        c.report(one, failures[131047]);
      }
      expect(c.texts()).toEqual(['one HELD WINDOW_CLOSED', 'two HELD WINDOW_CLOSED']);
      c.says('hi');
      expect(c.drain()).toEqual(['one', 'two']);
    },
  );

  it('a report of an earlier attempt, told again, does not take back the later one', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const first = handOver(c);
    c.accept(first);
    c.report(first, failures[131047]);
    c.says('hi');
    const second = handOver(c);
    c.report(first, failures[131047]);
    c.accept(second);
    c.report(first, failures[131047]);
    expect(c.texts()).toEqual(['one ACCEPTED']);
    expect(second.attempts).toBe(2);
  });

  it('a reaction does not open it, and an older message told late does not move it back', () => {
    const c = conversationIn('OPTED_IN');
    const openedAt = c.conversation().windowOpenedAt;
    c.pass(HOUR);
    c.reacts('👍');
    c.says('late', { at: c.earlier(3 * HOUR) });
    expect(c.conversation().windowOpenedAt).toEqual(openedAt);
  });

  it('an answer told after a day opts in without a confirmation, and what is held waits', () => {
    const c = conversationIn('PENDING');
    c.queue('held');
    const answeredAt = c.now();
    c.pass(DAY);
    c.accepts(c.requestId(), { at: answeredAt });
    expect(c.status()).toBe('OPTED_IN');
    expect(c.texts()).toEqual(['held HELD WINDOW_CLOSED']);
    expect(c.messages('OPT_IN_CONFIRMATION')).toEqual([]);
  });
});

describe('the outcome of handing over', () => {
  it('unknown: UNCONFIRMED, never sent again, until a report names it', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const one = handOver(c);
    c.lose(one);
    expect(c.texts()).toEqual(['one UNCONFIRMED']);
    expect(c.handOver()).toBeNull();
    c.report(one, 'DELIVERED');
    expect(c.texts()).toEqual(['one DELIVERED']);
  });

  it('unknown, of a request: the interval starts', () => {
    const c = startConversation();
    c.sendOptIn();
    c.lose(handOver(c));
    expect(c.events().at(-1)?.event).toMatchObject({ type: 'OptInRequestAccepted', confirmed: false });
    c.pass(DAY);
    c.noticeSilence();
    expect(c.status()).toBe('NO_RESPONSE');
  });

  it('SENDING that a sender left behind: UNCONFIRMED, and the next one leaves', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    c.queue('two');
    const left = handOver(c);
    const next = handOver(c);
    expect(c.bodyOf(next.id)).toBe('two');
    expect(c.texts()).toEqual(['one UNCONFIRMED', 'two SENDING']);
    c.accept(left);
    expect(c.texts()[0]).toBe('one ACCEPTED');
  });

  it('of an attempt that is no longer the current one changes nothing', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const first = handOver(c);
    c.refuse(first, failures[130429]);
    const second = handOver(c);
    c.accept(first);
    c.refuse(first, failures[132015]);
    expect(c.texts()).toEqual(['one SENDING']);
    c.accept(second);
    c.lose(second);
    expect(c.texts()).toEqual(['one ACCEPTED']);
  });

  it.each(['130429', '131048'] as const)(
    'to be tried again (%s): each pause is twice the one before, up to the longest',
    (code) => {
      const c = conversationIn('OPTED_IN');
      c.queue('one');
      const pauses = Array.from({ length: 8 }, () => {
        c.refuse(handOver(c), failures[code]);
        return ((c.conversation().sendAfter.WHATSAPP?.getTime() ?? 0) - c.now().getTime()) / SECOND;
      });
      expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
      expect(c.texts()).toEqual(['one QUEUED']);
    },
  );

  it('refused for good: FAILED, and the next one leaves', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    c.queue('two');
    c.refuse(handOver(c), failures[132015]);
    expect(c.drain()).toEqual(['two']);
    expect(c.texts()).toEqual(['one FAILED', 'two ACCEPTED']);
    expect(c.status()).toBe('OPTED_IN');
  });
});

describe('reports', () => {
  it('only move forward, whatever order they come in', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const one = handOver(c);
    c.report(one, 'SENT');
    c.accept(one);
    expect(c.texts()).toEqual(['one SENT']);
    for (const [status, shown] of [
      ['READ', 'READ'],
      ['DELIVERED', 'READ'],
      ['SENT', 'READ'],
      [failures[132015], 'READ'],
    ] as const) {
      c.report(one, status);
      expect(c.texts()).toEqual([`one ${shown}`]);
    }
  });

  it('a message reported as failed that arrived after all has arrived', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const one = handOver(c);
    c.accept(one);
    c.report(one, failures[132015]);
    c.report(one, 'DELIVERED');
    expect(c.texts()).toEqual(['one DELIVERED']);
  });

  it('told before the provider’s answer start the interval of a request', () => {
    const c = startConversation();
    c.sendOptIn();
    const request = handOver(c);
    const at = c.now();
    c.report(request, 'DELIVERED');
    c.pass(MINUTE);
    c.accept(request);
    expect(c.conversation().consent.requests[0]?.acceptedAt).toEqual(at);
    expect(c.statusesOf('OPT_IN_REQUEST')).toEqual(['DELIVERED']);
  });

  it('that a message has arrived take it out of the queue, though it had been reported failed', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const one = handOver(c);
    c.accept(one);
    c.report(one, failures[131047]);
    expect(c.report(one, 'SENT').messages).toEqual([]);
    expect(c.texts()).toEqual(['one HELD WINDOW_CLOSED']);
    c.report(one, 'DELIVERED');
    expect(c.texts()).toEqual(['one DELIVERED']);
    c.says('hello');
    expect(c.drain()).toEqual([]);
  });

  it('told twice change nothing the second time', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const one = handOver(c);
    c.accept(one);
    c.report(one, 'DELIVERED');
    expect(c.report(one, 'DELIVERED').messages).toEqual([]);
    expect(c.report(one, 'SENT').messages).toEqual([]);
  });
});

describe('cancelMessage', () => {
  it('takes back what has not left', () => {
    const held = conversationIn('PENDING');
    held.queue('held');
    expect(held.cancel(held.text('held').id)).toBeNull();
    held.accepts();
    expect(held.drain()).toEqual(['OPT_IN_CONFIRMATION']);
    const queued = conversationIn('OPTED_IN');
    queued.queue('queued');
    expect(queued.cancel(queued.text('queued').id)).toBeNull();
    expect(queued.texts()).toEqual(['queued CANCELLED']);
    expect(queued.conversation().sendAfter.WHATSAPP).toBeNull();
  });

  it('refuses the rest: handed over, cancelled, received, or the system’s own', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    handOver(c);
    c.says('hello');
    const codes = [c.text('one'), c.text('hello'), ...c.messages('OPT_IN_REQUEST')].map(({ id }) => c.cancel(id)?.code);
    expect(new Set(codes)).toEqual(new Set(['MESSAGE_NOT_CANCELLABLE']));
    expect(c.cancel('no such message')?.code).toBe('MESSAGE_NOT_FOUND');
  });
});
