import { describe, expect, it } from 'vitest';
import { consentStatuses, type ConsentStatus } from '../../../src/domain/consent/transitions.js';
import { conversationIn, type ConversationSpec } from '../../support/conversation-spec.js';

type Row = readonly [ConsentStatus, ...(string | null)[]];

const commands = {
  sendOptIn: (c: ConversationSpec) => c.sendOptIn(),
  resendOptIn: (c: ConversationSpec) => c.resendOptIn(),
  'queueMessage by WhatsApp': (c: ConversationSpec) => c.queue('hello'),
  'queueMessage by SMS': (c: ConversationSpec) => c.queue('hello', 'SMS'),
  switchToSms: (c: ConversationSpec) => c.switchToSms(),
  recordConsent: (c: ConversationSpec) => c.recordConsent(),
  withdrawConsent: (c: ConversationSpec) => c.withdrawConsent(),
};

// prettier-ignore
const refusals: readonly Row[] = [
  // status         sendOptIn            resendOptIn            by WhatsApp            by SMS               switchToSms       record  withdraw
  ['NOT_ASKED',   null,                'NOT_REQUESTED',       'OPT_IN_REQUIRED',     null,                'OPT_IN_REQUIRED',   null, null],
  ['PENDING',     'OPT_IN_PENDING',    'RESEND_TOO_SOON',     null,                  null,                'OPT_IN_PENDING',    null, null],
  ['NO_RESPONSE', 'OPT_IN_PENDING',    null,                  null,                  null,                'OPT_IN_PENDING',    null, null],
  ['OPTED_IN',    'ALREADY_OPTED_IN',  'ALREADY_OPTED_IN',    null,                  null,                'ALREADY_OPTED_IN',  null, null],
  ['OPTED_OUT',   'CONTACT_OPTED_OUT', 'CONTACT_OPTED_OUT',   'CONTACT_OPTED_OUT',   'CONTACT_OPTED_OUT', 'CONTACT_OPTED_OUT', null, null],
  ['UNREACHABLE', null,                'CONTACT_UNREACHABLE', 'CONTACT_UNREACHABLE', null,                null,                null, null],
  ['SUSPENDED',   null,                'CONTACT_SUSPENDED',   null,                  null,                'CONTACT_SUSPENDED', null, null],
];

describe('what each command is told in each status', () => {
  it('the table names every status', () => {
    expect(refusals.map(([status]) => status)).toEqual([...consentStatuses]);
  });

  for (const [status, ...codes] of refusals) {
    it.each(Object.entries(commands).map(([name, give], n) => [name, codes[n] ?? null, give] as const))(
      `${status}: %s → %s`,
      (_, code, give) => {
        const c = conversationIn(status);
        const before = c.conversation();
        expect(give(c)?.code ?? null).toBe(code);
        if (code !== null) expect(c.conversation()).toBe(before);
      },
    );
  }
});

describe('refusals of the channel', () => {
  it('WHATSAPP_NOT_ENABLED', () => {
    const c = conversationIn('PENDING');
    c.configure({ whatsappEnabled: false });
    expect([c.sendOptIn()?.code, c.resendOptIn()?.code, c.queue('hello')?.code]).toEqual([
      'WHATSAPP_NOT_ENABLED',
      'WHATSAPP_NOT_ENABLED',
      'WHATSAPP_NOT_ENABLED',
    ]);
    expect(c.queue('hello', 'SMS')).toBeNull();
  });

  it('CHANNEL_UNHEALTHY keeps from asking, not from queueing', () => {
    const c = conversationIn('NO_RESPONSE');
    c.configure({ whatsappHealthy: false });
    expect([c.sendOptIn()?.code, c.resendOptIn()?.code, c.queue('hello')]).toEqual([
      'CHANNEL_UNHEALTHY',
      'CHANNEL_UNHEALTHY',
      null,
    ]);
  });

  it('SMS_NOT_ENABLED', () => {
    const c = conversationIn('UNREACHABLE');
    c.configure({ smsEnabled: false });
    expect(c.queue('hello', 'SMS')).toEqual({ code: 'SMS_NOT_ENABLED', path: ['channel'] });
    expect(c.switchToSms()?.code).toBe('SMS_NOT_ENABLED');
    expect(c.composer().canSwitchToSms).toBe(false);
  });
});

describe('refusals of the message', () => {
  it.each(['', '   ', '\n\t'])('MESSAGE_EMPTY: %j', (body) => {
    expect(conversationIn('PENDING').queue(body)).toEqual({ code: 'MESSAGE_EMPTY', path: ['body'] });
  });

  it.each([
    ['WHATSAPP', 4096],
    ['SMS', 1600],
  ] as const)('MESSAGE_TOO_LONG: by %s more than %i characters, an emoji being one', (channel, longest) => {
    const c = conversationIn('OPTED_IN');
    expect(c.queue('🙂'.repeat(longest), channel)).toBeNull();
    expect(c.queue('🙂'.repeat(longest + 1), channel)).toEqual({ code: 'MESSAGE_TOO_LONG', path: ['body'] });
  });

  it('QUEUE_FULL when as many wait as may, until one is taken back', () => {
    const c = conversationIn('PENDING', { policy: { maxHeld: 2 } });
    c.queue('one');
    c.queue('two');
    expect(c.queue('three')?.code).toBe('QUEUE_FULL');
    c.cancel(c.text('one').id);
    expect(c.queue('three')).toBeNull();
  });
});

describe('a command that is refused', () => {
  it('leaves no trace', () => {
    const c = conversationIn('OPTED_OUT');
    const [events, steps] = [c.events().length, c.steps().length];
    c.sendOptIn();
    c.queue('hello');
    expect([c.events().length, c.steps().length]).toEqual([events, steps]);
  });
});
