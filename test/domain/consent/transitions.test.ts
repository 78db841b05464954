import { describe, expect, it } from 'vitest';
import {
  BEFORE_REQUEST,
  consentStatuses,
  isTransition,
  targetOf,
  transitions,
  type ConsentStatus,
} from '../../../src/domain/consent/transitions.js';
import type { ConsentEventType } from '../../../src/domain/consent/events.js';
import { evolve, transitionOf } from '../../../src/domain/consent/state.js';
import { conversationIn, DAY, failures, HOUR, SECOND, type ConversationSpec } from '../../support/conversation-spec.js';

const refuseNext = (c: ConversationSpec, code: keyof typeof failures): void => {
  const message = c.handOver();
  if (message) c.refuse(message, failures[code]);
};
const failRequest = (c: ConversationSpec, code: keyof typeof failures): void => {
  const request = c.messages('OPT_IN_REQUEST').at(-1);
  if (request) c.report(request, failures[code]);
};

/** Everything that agents, contacts, the provider and time can do to a conversation. */
const drives: Readonly<Record<string, (c: ConversationSpec) => unknown>> = {
  sendOptIn: (c) => c.sendOptIn(),
  'sendOptIn, not delivered': (c) => [c.sendOptIn(), refuseNext(c, 132015)],
  'sendOptIn, not on WhatsApp': (c) => [c.sendOptIn(), refuseNext(c, 131026)],
  resendOptIn: (c) => c.resendOptIn(),
  'resendOptIn after the interval': (c) => [c.pass(DAY), c.resendOptIn()],
  'resendOptIn, not delivered': (c) => [c.pass(DAY), c.resendOptIn(), refuseNext(c, 131049)],
  queueMessage: (c) => c.queue('hello'),
  switchToSms: (c) => c.switchToSms('SEND_BY_SMS'),
  recordConsent: (c) => c.recordConsent(),
  'recordConsent of last year': (c) => c.recordConsent(c.earlier(365 * DAY)),
  withdrawConsent: (c) => c.withdrawConsent(),
  yes: (c) => c.says('yes'),
  'an old yes': (c) => c.says('yes', { at: c.earlier(DAY) }),
  'the accept button': (c) => c.accepts(),
  'the accept button of another contact': (c) => c.accepts('somebody else’s'),
  no: (c) => c.says('no'),
  'an old no': (c) => c.says('no', { at: c.earlier(DAY) }),
  'the decline button': (c) => c.declines(),
  'the decline button of another contact': (c) => c.declines('somebody else’s'),
  stop: (c) => c.says('stop'),
  'an old stop': (c) => c.says('stop', { at: c.earlier(HOUR) }),
  'a stop of last week': (c) => c.says('stop', { at: c.earlier(7 * DAY) }),
  'stop, then yes, then stop': (c) => ['stop', 'yes', 'stop'].forEach((word) => [c.pass(SECOND), c.says(word)]),
  'an unclear stop': (c) => c.says('perhaps you could unsubscribe me from these'),
  'an unclear stop, then yes': (c) => [c.says('perhaps you could unsubscribe me'), c.pass(SECOND), c.says('yes')],
  'other words': (c) => c.says('hello'),
  'stop and start by SMS': (c) => ['STOP', 'START'].forEach((word) => [c.pass(SECOND), c.writesSms(word)]),
  'a reaction': (c) => c.reacts('👍'),
  'a picture': (c) => c.sendsPicture('look'),
  'another identity': (c) => c.changesIdentity(),
  'a request that failed': (c) => failRequest(c, 132015),
  'a request that was blocked': (c) => failRequest(c, 131049),
  'a request that reached nobody': (c) => failRequest(c, 131026),
  'handing over': (c) => c.drain(),
  silence: (c) => c.noticeSilence(),
  'a day of silence': (c) => [c.pass(DAY), c.noticeSilence()],
  erasure: (c) => c.eraseContact(),
};

const cellsOf = (status: ConsentStatus) => Object.keys(transitions[status]).map((type) => `${status} ${type}`);

describe('the table of transitions', () => {
  const used = new Set<string>();

  for (const status of consentStatuses) {
    it.each(Object.entries(drives))(`${status}: %s stays within the table`, (_, drive) => {
      const c = conversationIn(status);
      const known = c.events().length;
      drive(c);
      let from = status;
      for (const { event, transition } of c.events().slice(known)) {
        if (!isTransition(event.type)) {
          expect(transition).toBeNull();
          continue;
        }
        const target = targetOf(from, event.type);
        expect(target).not.toBeNull();
        expect(transition?.from).toBe(from);
        if (target !== BEFORE_REQUEST) expect(transition?.to).toBe(target);
        used.add(`${from} ${event.type}`);
        from = transition?.to ?? from;
      }
      expect(c.status()).toBe(from);
    });
  }

  it('has no cell that nothing leads to', () => {
    const cells = consentStatuses.flatMap(cellsOf);
    expect(cells.filter((cell) => !used.has(cell))).toEqual([]);
    expect([...used].filter((cell) => !cells.includes(cell))).toEqual([]);
  });

  it('is what evolve obeys: a fact without a cell is refused', () => {
    const c = conversationIn('OPTED_IN');
    const answered = { type: 'OptInUnanswered', at: c.now(), requestId: c.requestId() } as const;
    expect(() => evolve(c.conversation().consent, answered)).toThrow('OptInUnanswered cannot happen in OPTED_IN');
  });

  it('leads from the request that failed to what was before it, also to NO_RESPONSE', () => {
    const c = conversationIn('NO_RESPONSE');
    c.resendOptIn();
    const failed = {
      type: 'OptInRequestFailed',
      at: c.now(),
      requestId: c.requestId(),
      code: 1,
      reason: '',
      retryAt: null,
      unwanted: false,
    } as const;
    expect(transitionOf(c.conversation().consent, failed)).toEqual({
      from: 'PENDING',
      to: 'NO_RESPONSE',
      cause: 'NOT_DELIVERED',
    });
  });

  it.each([
    'OptInRequestAccepted',
    'WithdrawalRepeated',
    'ConsentRepeated',
    'SendingPaused',
    'ContactPrompted',
    'SwitchedToSms',
    'SmsStopped',
    'SmsStarted',
  ] as const)('%s has no place in the feed', (type: ConsentEventType) => {
    expect(isTransition(type)).toBe(false);
  });
});
