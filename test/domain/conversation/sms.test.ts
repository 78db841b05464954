import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consentStatuses } from '../../../src/domain/consent/transitions.js';
import { isSmsStopped } from '../../../src/domain/consent/state.js';
import { replyRulesVersion } from '../../../src/domain/reply/interpret.js';
import {
  conversationIn,
  failures,
  HOUR,
  MINUTE,
  SECOND,
  startConversation,
  unwantedSms,
  type ConversationSpec,
} from '../../support/conversation-spec.js';

const refused = { code: 'CONTACT_OPTED_OUT', path: ['contactId'] };
const isStopped = (c: ConversationSpec): boolean => isSmsStopped(c.conversation().consent);

function stopped(status: Parameters<typeof conversationIn>[0] = 'UNREACHABLE'): ConversationSpec {
  const c = conversationIn(status);
  c.writesSms('STOP');
  c.pass(MINUTE);
  return c;
}

describe('a stop by SMS', () => {
  it.each([
    'STOP',
    'STOPALL',
    'UNSUBSCRIBE',
    'CANCEL',
    'END',
    'QUIT',
    'REVOKE',
    'OPTOUT',
    ' stop. ',
    'Stop please',
    '🛑',
  ])('is "%s"', (words) => {
    const c = startConversation();
    c.writesSms(words);
    expect(isStopped(c)).toBe(true);
  });

  it('is said in the contact’s language, in many words, or as the provider takes it', () => {
    const pedro = startConversation({ locale: 'es-MX' });
    pedro.writesSms('no me escriban más, por favor');
    expect(isStopped(pedro)).toBe(true);
    const anna = startConversation();
    anna.writesSms('I would rather you stopped sending these to me');
    expect(isStopped(anna)).toBe(true);
    const nora = startConversation();
    nora.writesSms('ALTO', { takenFor: 'STOP' });
    expect(isStopped(nora)).toBe(true);
  });

  it.each(['no', 'hello', 'help', 'yes'])('is not "%s"', (words) => {
    const c = startConversation();
    c.writesSms(words);
    expect({ stopped: isStopped(c), facts: c.facts() }).toEqual({ stopped: false, facts: [] });
  });

  it('is shown to the agent, and recorded with what proves it', () => {
    const c = startConversation();
    c.writesSms('STOP', { id: 'SM1' });
    const [message] = c.messages();
    expect(message).toMatchObject({
      channel: 'SMS',
      direction: 'INBOUND',
      status: 'RECEIVED',
      providerMessageId: 'SM1',
    });
    expect(c.bodyOf(message?.id ?? '')).toBe('STOP');
    expect(c.events()).toMatchObject([
      {
        transition: null,
        event: {
          type: 'SmsStopped',
          at: c.now(),
          evidence: { messageId: message?.id, providerMessageId: 'SM1', rules: replyRulesVersion, inboxId: 'inbox' },
        },
      },
    ]);
  });

  it('cancels what waits to leave by SMS and refuses more, until the contact starts again', () => {
    const c = conversationIn('UNREACHABLE');
    c.queue('one', 'SMS');
    c.queue('two', 'SMS');
    c.handOver('SMS');
    c.writesSms('STOP');
    expect(c.texts()).toEqual(['one SENDING', 'two CANCELLED']);
    expect(c.queue('three', 'SMS')).toEqual(refused);
    expect(c.switchToSms('SEND_BY_SMS')).toEqual(refused);
    expect(c.composer().canSwitchToSms).toBe(false);

    c.pass(SECOND);
    c.writesSms('START');
    expect(c.facts().slice(-2)).toEqual(['SmsStopped', 'SmsStarted']);
    expect(c.composer().canSwitchToSms).toBe(true);
    expect(c.queue('four', 'SMS')).toBeNull();
    expect(c.switchToSms()).toBeNull();
  });

  it('cancels what was with the provider and comes back to be sent again', () => {
    const c = conversationIn('UNREACHABLE');
    c.queue('one', 'SMS');
    const sending = c.handOver('SMS');
    c.writesSms('STOP');
    if (sending) c.refuse(sending, failures[130429]);
    expect(c.texts()).toEqual(['one CANCELLED']);
    expect(c.handOver('SMS')).toBeNull();
  });

  it('told twice changes nothing the second time', () => {
    const c = startConversation();
    c.writesSms('STOP', { id: 'SM1' });
    c.pass(SECOND);
    c.writesSms('START', { id: 'SM2' });
    c.pass(SECOND);
    c.writesSms('STOP', { id: 'SM1' });
    expect(isStopped(c)).toBe(false);
    expect(c.messages()).toHaveLength(2);
  });
});

describe('a start by SMS', () => {
  it.each(['START', 'UNSTOP', 'YES', 'yes please', 'start!'])('is "%s"', (words) => {
    const c = stopped();
    c.writesSms(words);
    expect(isStopped(c)).toBe(false);
  });

  it.each(['ok', 'thanks', 'yes but not before Friday', 'yes?', 'hello', 'INFO', 'yes, stop'])(
    'is not "%s"',
    (words) => {
      const c = stopped();
      c.writesSms(words);
      expect(isStopped(c)).toBe(true);
    },
  );

  it('is whatever the provider takes for one', () => {
    const c = stopped();
    c.writesSms('ALTA', { takenFor: 'START' });
    expect(isStopped(c)).toBe(false);
  });

  it('that is older than the stop, or of the same moment, does not undo it', () => {
    const c = stopped();
    c.writesSms('START', { at: c.earlier(HOUR) });
    c.writesSms('START', { at: c.earlier(MINUTE) });
    expect(isStopped(c)).toBe(true);
    c.writesSms('START');
    expect(isStopped(c)).toBe(false);
  });

  it('is not undone by a stop that is older', () => {
    const c = stopped();
    c.writesSms('START');
    c.writesSms('STOP', { at: c.earlier(SECOND) });
    expect(isStopped(c)).toBe(false);
  });
});

describe('the provider’s word that a contact wants no SMS', () => {
  it('fails the message, and stops the rest', () => {
    const c = conversationIn('UNREACHABLE');
    c.queue('one', 'SMS');
    c.queue('two', 'SMS');
    const sending = c.handOver('SMS');
    if (sending) c.refuse(sending, unwantedSms);
    expect(c.texts()).toEqual(['one FAILED', 'two CANCELLED']);
    expect(c.events().at(-1)).toMatchObject({
      transition: null,
      event: { type: 'SmsStopped', evidence: { kind: 'PROVIDER', messageId: sending?.id, code: 21610 } },
    });
    expect(c.queue('three', 'SMS')).toEqual(refused);
  });

  it('is as old as the message: who has started since is not stopped', () => {
    const c = stopped();
    c.writesSms('START');
    c.pass(SECOND);
    c.queue('one', 'SMS');
    const sending = c.handOver('SMS');
    c.pass(SECOND);
    c.writesSms('STOP');
    c.pass(SECOND);
    c.writesSms('START');
    c.pass(SECOND);
    if (sending) c.refuse(sending, unwantedSms);
    expect(isStopped(c)).toBe(false);
  });

  it('may come as a report', () => {
    const c = conversationIn('UNREACHABLE');
    c.queue('one', 'SMS');
    const sending = c.handOver('SMS');
    if (sending) c.accept(sending);
    c.pass(SECOND);
    c.report(c.text('one'), unwantedSms);
    expect({ stopped: isStopped(c), texts: c.texts() }).toEqual({ stopped: true, texts: ['one FAILED'] });
  });
});

describe('consent for WhatsApp and the wish about SMS', () => {
  it.each(consentStatuses)('do not touch each other in %s', (status) => {
    const c = conversationIn(status);
    const feed = c.feed();
    const whatsapp = () => ({ ...c.conversation().consent, sms: null, version: 0 });
    const before = whatsapp();
    for (const words of ['STOP', 'START', 'no', 'maybe you should unsubscribe me', 'YES']) {
      c.pass(SECOND);
      c.writesSms(words);
    }
    expect(c.feed()).toEqual(feed);
    expect(whatsapp()).toEqual(before);
    expect(c.conversation().windowOpenedAt).toEqual(conversationIn(status).conversation().windowOpenedAt);
  });

  it('an opt-in on WhatsApp does not lift a stop by SMS', () => {
    const c = stopped('PENDING');
    c.accepts();
    expect(c.status()).toBe('OPTED_IN');
    expect(c.queue('by SMS', 'SMS')).toEqual(refused);
    expect(c.queue('on WhatsApp')).toBeNull();
    c.recordConsent();
    expect(c.queue('by SMS', 'SMS')).toEqual(refused);
  });

  it('a stop by SMS leaves WhatsApp messages on their way', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('one');
    c.queue('two', 'SMS');
    c.writesSms('STOP');
    expect(c.texts()).toEqual(['one QUEUED', 'two CANCELLED']);
    expect(c.drain()).toEqual(['one']);
  });

  it('a start by SMS is no opt-in, and does not lift an opt-out, which refuses SMS too', () => {
    const c = stopped('OPTED_OUT');
    c.writesSms('START');
    expect(isStopped(c)).toBe(false);
    expect(c.status()).toBe('OPTED_OUT');
    expect(c.queue('by SMS', 'SMS')).toEqual(refused);
    expect(c.queue('on WhatsApp')).toEqual(refused);
  });
});

it('whoever stopped SMS last is stopped, in whatever order it becomes known', () => {
  const words = fc.constantFrom('STOP', 'START', 'hello', 'YES', 'unsubscribe', 'no');
  const said = fc.array(fc.record({ words, at: fc.nat({ max: 20 }) }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(said, fc.infiniteStream(fc.nat()), (acts, chance) => {
      const c = startConversation();
      c.pass(HOUR);
      const told = acts.map((act, index) => ({ ...act, id: `SM${index}` }));
      const shuffled = [...told].map((act) => ({ act, key: chance.next().value ?? 0 })).sort((a, b) => a.key - b.key);
      for (const { act } of shuffled) c.writesSms(act.words, { at: c.earlier(HOUR - act.at * SECOND), id: act.id });
      const stops = told.filter((act) => act.words === 'STOP' || act.words === 'unsubscribe').map(({ at }) => at);
      const starts = told.filter((act) => act.words === 'START' || act.words === 'YES').map(({ at }) => at);
      const lastStop = Math.max(...stops, -1);
      if (lastStop >= 0 && lastStop >= Math.max(...starts, -1)) expect(isStopped(c)).toBe(true);
      if (stops.length === 0) expect(isStopped(c)).toBe(false);
      expect(c.messages()).toHaveLength(told.length);
    }),
    { numRuns: 500 },
  );
});
