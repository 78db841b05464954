import { describe, expect, it } from 'vitest';
import { conversationIn, DAY, HOUR, MINUTE, SECOND, startConversation } from '../../support/conversation-spec.js';

describe('what a contact did counts by when they did it', () => {
  it('a late, older yes does not undo a newer stop', () => {
    const c = conversationIn('PENDING');
    c.says('STOP', { at: c.now() });
    c.says('yes', { at: c.earlier(SECOND) });
    expect(c.status()).toBe('OPTED_OUT');
  });

  it('a stop that is newer than a yes counts, whichever is told first', () => {
    const c = conversationIn('PENDING');
    const stoppedAt = c.later(10 * SECOND);
    c.pass(MINUTE);
    c.says('yes', { at: c.earlier(MINUTE) });
    c.says('stop', { at: stoppedAt });
    expect(c.status()).toBe('OPTED_OUT');
  });

  it('a late, older stop does not undo a newer yes', () => {
    const c = conversationIn('PENDING');
    c.says('yes', { at: c.now() });
    c.says('stop', { at: c.earlier(SECOND) });
    expect(c.status()).toBe('OPTED_IN');
  });

  it.each([
    ['yes', 'stop'],
    ['stop', 'yes'],
  ])('of %s and %s in the same second, revocation wins', (first, second) => {
    const c = conversationIn('PENDING');
    const at = c.now();
    c.says(first, { at });
    c.says(second, { at });
    expect(c.status()).toBe('OPTED_OUT');
  });

  it('a stop said again moves on what a yes must be newer than', () => {
    const c = conversationIn('PENDING');
    const at = c.now();
    c.says('stop', { at });
    c.says('stop', { at: new Date(at.getTime() + 20 * SECOND) });
    c.says('yes', { at: new Date(at.getTime() + 10 * SECOND) });
    expect(c.status()).toBe('OPTED_OUT');
    c.says('yes', { at: new Date(at.getTime() + 30 * SECOND) });
    expect(c.status()).toBe('OPTED_IN');
  });

  it('a yes said again moves on what a stop must be newer than', () => {
    const c = conversationIn('OPTED_IN');
    const feed = c.feed();
    c.pass(HOUR);
    c.says('yes', { at: c.now() });
    expect(c.facts().at(-1)).toBe('ConsentRepeated');
    c.says('stop', { at: c.earlier(SECOND) });
    expect(c.status()).toBe('OPTED_IN');
    expect(c.feed()).toEqual(feed);
    c.says('stop', { at: c.now() });
    expect(c.status()).toBe('OPTED_OUT');
  });

  it('an older stop told later does not move it back', () => {
    const c = conversationIn('PENDING');
    c.says('stop', { at: c.now() });
    c.says('stop', { at: c.earlier(20 * SECOND) });
    c.says('yes', { at: c.earlier(10 * SECOND) });
    expect(c.status()).toBe('OPTED_OUT');
  });

  it('nor does a withdrawal recorded from before the stop', () => {
    const c = conversationIn('PENDING');
    c.says('stop', { at: c.now() });
    c.withdrawConsent(c.earlier(DAY));
    c.says('yes', { at: c.earlier(HOUR) });
    expect(c.status()).toBe('OPTED_OUT');
    expect(c.recordConsent(c.earlier(HOUR))?.code).toBe('CONTACT_OPTED_OUT');
  });

  it('an opt-in recorded from before the contact’s own yes does not let an older stop undo that yes', () => {
    const c = conversationIn('PENDING');
    c.says('yes', { at: c.now() });
    c.recordConsent(c.earlier(DAY));
    c.says('stop', { at: c.earlier(HOUR) });
    expect(c.status()).toBe('OPTED_IN');
  });

  it('the same message told twice changes nothing the second time', () => {
    const c = conversationIn('PENDING');
    c.says('yes', { id: 'wamid.same' });
    const before = c.conversation();
    const again = c.says('yes', { id: 'wamid.same' });
    expect(again.events).toEqual([]);
    expect(again.messages).toEqual([]);
    expect(c.conversation()).toEqual({ ...before, revision: before.revision + 1 });
  });
});

describe('an answer that names its request', () => {
  it('belongs to it, also when it seems older than an earlier stop', () => {
    const c = conversationIn('OPTED_OUT');
    c.says('hello');
    c.drain();
    c.accepts(c.promptId(), { at: c.earlier(HOUR) });
    expect(c.status()).toBe('OPTED_IN');
  });

  it('declines it, also when it seems older than the yes before it', () => {
    const c = conversationIn('SUSPENDED');
    c.sendOptIn();
    c.drain();
    c.declines(c.requestId(), { at: c.earlier(HOUR) });
    expect(c.feed().at(-1)).toBe('PENDING → OPTED_OUT (DECLINED)');
  });

  it('by context, in words', () => {
    const c = conversationIn('OPTED_OUT');
    c.says('hello');
    c.drain();
    const replyTo = c.messages('PROMPT')[0]?.providerMessageId ?? null;
    c.says('yes', { replyTo, at: c.earlier(HOUR) });
    expect(c.status()).toBe('OPTED_IN');
  });

  it('that was shown before a stop counts by its time', () => {
    const c = conversationIn('PENDING');
    const request = c.requestId();
    c.says('stop', { at: c.now() });
    c.accepts(request, { at: c.earlier(SECOND) });
    expect(c.status()).toBe('OPTED_OUT');
    c.accepts(request, { at: c.later(SECOND) });
    expect(c.status()).toBe('OPTED_IN');
  });

  it('of another contact grants nothing, and revokes', () => {
    const c = conversationIn('PENDING');
    c.accepts('request-of-somebody-else');
    expect(c.status()).toBe('PENDING');
    c.declines('request-of-somebody-else');
    expect(c.status()).toBe('OPTED_OUT');
  });
});

describe('consent is granted strictly', () => {
  it.each(['yes but not before Friday', 'yes?', 'who is this?', '👍', 'maybe', 'yes no'])(
    '"%s" grants nothing',
    (text) => {
      const c = conversationIn('PENDING');
      c.says(text);
      expect(c.status()).toBe('PENDING');
    },
  );

  it('neither does a reaction, nor a caption', () => {
    const c = conversationIn('PENDING');
    c.reacts('👍');
    c.sendsPicture('yes');
    expect(c.status()).toBe('PENDING');
  });

  it.each(['ok', 'ok thanks', 'sure'])('"%s" grants when asked, and is no wish to opt in after opting out', (text) => {
    const asked = conversationIn('PENDING');
    asked.says(text);
    expect(asked.status()).toBe('OPTED_IN');
    const optedOut = conversationIn('OPTED_OUT');
    optedOut.says(text);
    expect(optedOut.status()).toBe('OPTED_OUT');
  });

  it('a "no" from well before the request is not an answer to it', () => {
    const c = conversationIn('PENDING');
    c.says('no', { at: c.earlier(HOUR) });
    expect(c.status()).toBe('PENDING');
    c.says('no', { at: c.earlier(MINUTE) });
    expect(c.status()).toBe('OPTED_OUT');
  });
});

describe('an unclear wish to stop', () => {
  const unclear = 'I think I want to unsubscribe from some of this';

  it('pauses sending and asks', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('waiting');
    c.says(unclear);
    expect(c.status()).toBe('OPTED_IN');
    expect(c.texts()).toEqual(['waiting HELD AWAITING_CONSENT']);
    expect(c.queue('later')).toBeNull();
    expect(c.drain()).toEqual(['PROMPT']);
    expect(c.bodyOf(c.messages('PROMPT')[0]?.id ?? '')).toMatch(/^We are not sure/);
  });

  it('then yes: goes on, in order', () => {
    const c = conversationIn('OPTED_IN');
    c.queue('waiting');
    c.says(unclear);
    c.drain();
    c.pass(MINUTE);
    c.accepts(c.promptId());
    expect(c.feed().at(-1)).toBe('OPTED_IN → OPTED_IN (ACCEPTED)');
    expect(c.drain()).toEqual(['waiting']);
  });

  it.each(['BUTTON', 'stop'])('then no (%s): OPTED_OUT', (way) => {
    const c = conversationIn('OPTED_IN');
    c.queue('waiting');
    c.says(unclear);
    c.drain();
    if (way === 'BUTTON') c.declines(c.promptId());
    else c.says(way);
    expect(c.status()).toBe('OPTED_OUT');
    expect(c.texts()).toEqual(['waiting CANCELLED']);
  });

  it('is asked about again when it comes up anew, and once per interval while it lasts', () => {
    const c = conversationIn('OPTED_IN');
    c.says(unclear);
    c.says(unclear);
    c.drain();
    expect(c.messages('PROMPT')).toHaveLength(1);
    c.pass(MINUTE);
    c.says('yes');
    c.pass(MINUTE);
    c.says(unclear);
    expect(c.messages('PROMPT')).toHaveLength(2);
  });

  it('from before the yes changes nothing', () => {
    const c = conversationIn('OPTED_IN');
    c.says(unclear, { at: c.earlier(DAY) });
    expect(c.conversation().consent.paused).toBeNull();
  });

  it('while the request is pending, it is asked about too', () => {
    const c = conversationIn('PENDING');
    c.says(unclear);
    expect(c.status()).toBe('PENDING');
    expect(c.drain()).toEqual(['PROMPT']);
    c.accepts(c.promptId());
    expect(c.status()).toBe('OPTED_IN');
  });

  it('where nothing is sent, it changes nothing', () => {
    const c = startConversation();
    c.says(unclear);
    expect(c.facts()).toEqual([]);
  });
});
