import { describe, expect, it } from 'vitest';
import { expectedAt } from '../../../src/domain/conversation/expectation.js';
import {
  conversationIn,
  DAY,
  failures,
  HOUR,
  MINUTE,
  SECOND,
  type ConversationSpec,
} from '../../support/conversation-spec.js';

/** When a message is expected to leave; null as the rules have it. */
function expected(c: ConversationSpec, body: string): Date | null {
  const { organization, windowOpenedAt, pace, sendAfter: dueAt, messages } = c.conversation();
  const waiting = messages.flatMap(({ status, ...message }) =>
    status === 'QUEUED' || status === 'SENDING' ? [{ ...message, status }] : [],
  );
  return expectedAt(c.text(body), { organization, queue: { windowOpenedAt, pace, dueAt, waiting } }, c.now(), c.policy);
}

/** Lets time pass until the next message may leave, and hands it over. */
function handOverInTime(c: ConversationSpec): string {
  const due = c.conversation().sendAfter.WHATSAPP;
  if (!due) throw new Error('nothing is to be sent');
  c.pass(Math.max(0, due.getTime() - c.now().getTime()));
  const message = c.handOver();
  if (!message) return handOverInTime(c);
  c.accept(message);
  return c.bodyOf(message.id);
}

describe('when a message is expected to leave', () => {
  it.each([
    ['without a pause', 0],
    ['two seconds apart', 2 * SECOND],
    ['slower than the pace', 15 * SECOND],
  ])('is when it does, if nothing is reported in between: %s', (_case, orderWaitMs) => {
    const c = conversationIn('OPTED_IN', { policy: { pairIntervalMs: 6 * SECOND, orderWaitMs, maxHeld: 100 } });
    const bodies = Array.from({ length: 60 }, (_, n) => `message ${n}`);
    bodies.forEach((body) => c.queue(body));
    const foretold = bodies.map((body) => expected(c, body));
    const left = bodies.map((body) => {
      expect(handOverInTime(c)).toBe(body);
      return c.now();
    });
    expect(left).toEqual(foretold);
  });

  it('is after the pause before it is tried again', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    const one = c.handOver();
    if (one) c.refuse(one, failures[130429]);
    expect(expected(c, 'one')).toEqual(c.later(c.policy.backoffMs));
  });

  it('is nobody’s guess while that is for the contact to say', () => {
    const pending = conversationIn('PENDING');
    pending.queue('held');
    expect(expected(pending, 'held')).toBeNull();
    const closing = conversationIn('OPTED_IN', { policy: { orderWaitMs: HOUR } });
    closing.pass(DAY - 2 * HOUR);
    ['in time', 'perhaps', 'too late'].forEach((body) => closing.queue(body));
    expect(['in time', 'perhaps', 'too late'].map((body) => expected(closing, body))).toEqual([
      closing.now(),
      closing.later(HOUR),
      null,
    ]);
  });

  it('is nobody’s guess while an operator keeps it, nor known of what has left', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    c.queue('two');
    c.park(c.text('two'));
    expect(expected(c, 'two')).toBeNull();
    c.handOver();
    expect(expected(c, 'one')).toBeNull();
  });

  it('is when a refused channel is tried again; a disabled one has no time', () => {
    const c = conversationIn('OPTED_IN');
    c.configure({ whatsappHealthy: false, whatsappRetryAt: c.later(MINUTE) });
    c.queue('one');
    expect(c.texts()).toEqual(['one HELD CHANNEL_DOWN']);
    expect(expected(c, 'one')).toEqual(c.later(MINUTE));
    c.pass(2 * MINUTE);
    expect(expected(c, 'one')).toEqual(c.now());
    c.configure({ whatsappEnabled: false });
    expect(expected(c, 'one')).toBeNull();
  });

  it('by SMS does not depend on WhatsApp', () => {
    const c = conversationIn('UNREACHABLE');
    c.configure({ whatsappEnabled: false });
    c.queue('by sms', 'SMS');
    expect(expected(c, 'by sms')).toEqual(c.now());
  });
});
