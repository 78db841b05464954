import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consentStatuses } from '../../../src/domain/consent/transitions.js';
import {
  conversationIn,
  DAY,
  failures,
  HOUR,
  startConversation,
  type ConversationSpec,
} from '../../support/conversation-spec.js';

const RUNS = 400;

const acts: Readonly<Record<string, (c: ConversationSpec) => unknown>> = {
  sendOptIn: (c) => c.sendOptIn(),
  resendOptIn: (c) => c.resendOptIn(),
  recordConsent: (c) => c.recordConsent(),
  withdrawConsent: (c) => c.withdrawConsent(),
  accepts: (c) => c.accepts(),
  stops: (c) => c.says('stop'),
  wonders: (c) => c.says('unsubscribe me from some of these perhaps'),
  greets: (c) => c.says('hello'),
  stopsSms: (c) => c.writesSms('STOP'),
  startsSms: (c) => [c.pass(1000), c.writesSms('START')],
  changesIdentity: (c) => c.changesIdentity(),
  isTaken: (c) => c.drain(),
  isUnreachable: (c) => refuseNext(c, 131026),
  isBlocked: (c) => refuseNext(c, 131049),
  isPaused: (c) => refuseNext(c, 132015),
  passesHours: (c) => c.pass(7 * HOUR),
  passesDay: (c) => c.pass(DAY),
  isSilent: (c) => c.noticeSilence(),
  isDisabled: (c) => c.configure({ whatsappEnabled: !c.conversation().organization.whatsappEnabled }),
  isUnhealthy: (c) => c.configure({ whatsappHealthy: !c.conversation().organization.whatsappHealthy }),
  hasNoSms: (c) => c.configure({ smsEnabled: !c.conversation().organization.smsEnabled }),
};

function refuseNext(c: ConversationSpec, code: keyof typeof failures): void {
  const message = c.handOver();
  if (message) c.refuse(message, failures[code]);
}

describe('the composer', () => {
  it('allows what is not refused, and nothing else, in every state', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        fc.constantFrom(...consentStatuses),
        fc.array(fc.constantFrom(...Object.keys(acts)), { maxLength: 12 }),
        (status, names) => {
          const make = (): ConversationSpec => {
            const c = conversationIn(status);
            for (const name of names) acts[name]?.(c);
            return c;
          };
          const { mode, canSendOptIn, canResendOptIn, canQueueMessage, canSwitchToSms } = make().composer();
          seen.add(mode);
          expect({
            canSendOptIn: make().sendOptIn() === null,
            canResendOptIn: make().resendOptIn() === null,
            canQueueMessage: make().queue('hello') === null,
            canSwitchToSms: make().switchToSms() === null,
          }).toEqual({ canSendOptIn, canResendOptIn, canQueueMessage, canSwitchToSms });
        },
      ),
      { numRuns: RUNS },
    );
    expect(seen.size).toBe(8);
  });

  it.each([
    ['NOT_ASKED', 'OPT_IN_REQUIRED', 'OPT_IN_REQUIRED'],
    ['PENDING', 'HOLDING', 'HOLDING'],
    ['NO_RESPONSE', 'HOLDING', 'HOLDING_CAN_RESEND'],
    ['OPTED_IN', 'OPEN', null],
    ['OPTED_OUT', 'BLOCKED', 'BLOCKED'],
    ['UNREACHABLE', 'SMS_OFFERED', 'SMS_OFFERED'],
    ['SUSPENDED', 'SUSPENDED', 'SUSPENDED'],
  ] as const)('in %s shows %s, with the sentence %s', (status, mode, notice) => {
    expect(conversationIn(status).composer()).toMatchObject({ mode, notice });
  });

  it('says that nothing can be sent while the channel is not enabled', () => {
    expect(startConversation({ organization: { whatsappEnabled: false } }).composer()).toEqual({
      mode: 'CHANNEL_DISABLED',
      canSendOptIn: false,
      canResendOptIn: false,
      canQueueMessage: false,
      canSwitchToSms: false,
      notice: 'CHANNEL_DISABLED',
    });
  });

  it('does not offer SMS to who has stopped it', () => {
    const c = conversationIn('UNREACHABLE');
    expect(c.composer()).toMatchObject({ canSwitchToSms: true, notice: 'SMS_OFFERED' });
    c.writesSms('STOP');
    expect(c.composer()).toMatchObject({ mode: 'SMS_OFFERED', canSwitchToSms: false, notice: 'SMS_STOPPED' });
  });

  it('does not say that one can go on by SMS where the organization has none', () => {
    const c = conversationIn('UNREACHABLE');
    c.configure({ smsEnabled: false });
    expect(c.composer()).toMatchObject({ mode: 'SMS_OFFERED', canSwitchToSms: false, notice: 'SMS_NOT_ENABLED' });
  });

  it('holds while the contact’s wish is unclear', () => {
    const c = conversationIn('OPTED_IN');
    c.says('maybe you should unsubscribe me from this');
    expect(c.composer()).toMatchObject({ mode: 'HOLDING', notice: 'HOLDING_UNCLEAR', canQueueMessage: true });
  });
});
