import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evolve, initialConsent, isSmsStopped } from '../../src/domain/consent/state.js';
import { isWindowOpen } from '../../src/domain/conversation/gate.js';
import type { Channel, Message } from '../../src/domain/message/message.js';
import { channels } from '../../src/domain/message/message.js';
import { consentStateFromJson } from '../../src/postgres/consent-state-json.js';
import { createConsentModel, type ModelAnswer } from '../support/consent-model.js';
import { DAY, failures, HOUR, MINUTE, SECOND, startConversation } from '../support/conversation-spec.js';

const RUNS = 2_500;
const LONGEST = 40;
/** The contact told the provider to stop. */
const UNWANTED = 131050;

type Code = keyof typeof failures;
type Step =
  | { readonly do: 'sendOptIn' | 'resendOptIn' | 'silence' }
  | { readonly do: 'queue' | 'handOver'; readonly channel: Channel }
  | { readonly do: 'cancel'; readonly which: number }
  | { readonly do: 'switchToSms'; readonly choice: 'SEND_BY_SMS' | 'CANCEL' | 'KEEP' }
  | { readonly do: 'record'; readonly granted: boolean; readonly age: number }
  | { readonly do: 'identity'; readonly age: number }
  | { readonly do: 'says'; readonly text: keyof typeof meanings; readonly quotes: boolean }
  | { readonly do: 'presses'; readonly which: number; readonly accepts: boolean }
  | { readonly do: 'reacts' }
  | { readonly do: 'writesSms'; readonly text: keyof typeof meanings }
  | { readonly do: 'deliver'; readonly which: number; readonly again: boolean }
  | { readonly do: 'settle'; readonly which: number; readonly outcome: 'ACCEPTED' | 'UNKNOWN' | Code }
  | { readonly do: 'report'; readonly which: number; readonly status: 'SENT' | 'DELIVERED' | 'READ' | Code }
  | { readonly do: 'pass'; readonly ms: number };

const meanings = {
  yes: 'YES',
  stop: 'STOP',
  no: 'NO',
  hello: 'OTHER',
  'perhaps you should unsubscribe me from this': 'DOUBT',
} as const satisfies Record<string, ModelAnswer['meaning']>;

const codes = Object.keys(failures).map((code) => Number(code) as Code);
const which = fc.nat({ max: 7 });
const age = fc.constantFrom(0, SECOND, MINUTE, HOUR, DAY);
const channel = fc.constantFrom<Channel>('WHATSAPP', 'WHATSAPP', 'WHATSAPP', 'SMS');

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('sendOptIn', 'resendOptIn', 'silence') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('queue', 'handOver'), channel }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel'), which }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('switchToSms'), choice: fc.constantFrom('SEND_BY_SMS', 'CANCEL', 'KEEP') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('record'), granted: fc.boolean(), age }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('identity'), age }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('says'),
      text: fc.constantFrom(...(Object.keys(meanings) as (keyof typeof meanings)[])),
      quotes: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('presses'), which, accepts: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reacts') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('writesSms'),
      text: fc.constantFrom(...(Object.keys(meanings) as (keyof typeof meanings)[])),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliver'), which, again: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('settle'),
      which: fc.constantFrom(0, 0, 0, 1, 2),
      outcome: fc.oneof(fc.constant('ACCEPTED'), fc.constantFrom('UNKNOWN', ...codes)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('report'),
      which,
      status: fc.constantFrom('SENT', 'DELIVERED', 'READ', ...codes),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(SECOND, MINUTE, HOUR, DAY) }) },
) as fc.Arbitrary<Step>;

const asked: readonly Step[] = [
  { do: 'sendOptIn' },
  { do: 'handOver', channel: 'WHATSAPP' },
  { do: 'settle', which: 0, outcome: 'ACCEPTED' },
];
const answered: readonly Step[] = [
  ...asked,
  { do: 'presses', which: 0, accepts: true },
  { do: 'deliver', which: 0, again: true },
  { do: 'handOver', channel: 'WHATSAPP' },
  { do: 'settle', which: 0, outcome: 'ACCEPTED' },
  { do: 'queue', channel: 'WHATSAPP' },
  { do: 'queue', channel: 'WHATSAPP' },
  { do: 'handOver', channel: 'WHATSAPP' },
];
const askedAgain: readonly Step[] = [
  ...asked,
  { do: 'pass', ms: DAY },
  { do: 'resendOptIn' },
  { do: 'handOver', channel: 'WHATSAPP' },
];
const triedAgain: readonly Step[] = [
  ...answered,
  { do: 'settle', which: 0, outcome: 130429 },
  { do: 'handOver', channel: 'WHATSAPP' },
];
/** Where a run begins, so that it gets far. */
const opening = fc.constantFrom<readonly Step[]>([], asked, answered, askedAgain, triedAgain);

/** One run: the conversation and the model are told the same; after every step they must agree. */
function play(steps: readonly Step[], clocksDifferBy: number): void {
  const c = startConversation();
  const model = createConsentModel(c.policy);
  /** Told by the provider when it likes: in any order, and perhaps again. */
  const underWay: (() => void)[] = [];
  const heard = new Set<string>();
  const attempts: Pick<Message, 'id' | 'attempts'>[] = [];
  const releases = new Set<string>();
  let written = 0;
  let firstReleased = 0;
  let acts = 0;
  let noSms = false;
  let smsWordAt = -Infinity;

  function smsStops(at: Date): void {
    if (at.getTime() < smsWordAt) return;
    noSms = true;
    smsWordAt = at.getTime();
  }

  function smsStarts(at: Date): void {
    if (!noSms || at.getTime() <= smsWordAt) return;
    noSms = false;
    smsWordAt = at.getTime();
  }

  /** The provider refuses an SMS because the contact has told it to stop: that is as old as the hand-over. */
  function andItsWordOnSms(id: string, hear: () => void): void {
    const sent = c.messages().find((message) => message.id === id);
    hear();
    const now = c.messages().find((message) => message.id === id);
    if (sent?.channel === 'SMS' && sent.status !== 'FAILED' && now?.status === 'FAILED') smsStops(sent.statusChangedAt);
  }
  let stepsSeen = 0;
  let eventsSeen = 0;
  let folded = initialConsent;

  /** That an earlier attempt failed says nothing about the one under way. */
  const isOld = (attempt: Pick<Message, 'id' | 'attempts'>): boolean =>
    c.messages().some(({ id, attempts: times }) => id === attempt.id && times > attempt.attempts);

  const theirTime = (): Date => new Date(Math.floor((c.now().getTime() + clocksDifferBy) / SECOND) * SECOND);
  const shown = () => c.messages().filter(({ requestId, attempts: times }) => requestId !== null && times > 0);

  function contactDoes(answer: Omit<ModelAnswer, 'at'>, tell: (how: { at: Date; id: string }) => void): void {
    const at = theirTime();
    const id = `wamid.act.${++acts}`;
    underWay.push(() => {
      tell({ at, id });
      if (!heard.has(id)) model.answered({ ...answer, at });
      heard.add(id);
    });
  }

  /** Tells the model what became of requests: that is news for consent. */
  function tellOfRequests(takenAt: Date, failed: { readonly id: string; readonly code: Code } | null = null): void {
    const code = failed?.code ?? null;
    for (const { messageId, status } of c.steps().slice(stepsSeen)) {
      const message = c.messages().find(({ id }) => id === messageId);
      if (message?.kind === 'OPT_IN_REQUEST' && message.requestId !== null) {
        if (['ACCEPTED', 'SENT', 'DELIVERED', 'READ', 'UNCONFIRMED'].includes(status))
          model.requestTaken(message.requestId, status === 'UNCONFIRMED' ? c.now() : takenAt);
        if (status === 'FAILED')
          model.requestFailed(
            message.requestId,
            code !== 131026,
            code === 131049 ? c.later(DAY) : null,
            code === 131050 ? c.now() : null,
          );
      } else if (code === 137000 && messageId === failed?.id && (status === 'FAILED' || status === 'HELD')) {
        model.identityChanged(c.now());
        return;
      }
    }
  }

  function take(next: Step): void {
    switch (next.do) {
      case 'sendOptIn':
      case 'resendOptIn': {
        const refusal = c[next.do]();
        const wroteAt = c.conversation().windowOpenedAt;
        return expect(model[next.do](c.requestId(), c.now(), wroteAt)).toBe(refusal?.code ?? null);
      }
      case 'silence':
        c.noticeSilence();
        return model.timePassed(c.now());
      case 'queue':
        if (c.queue(`text ${written + 1}`, next.channel) === null) written += 1;
        return;
      case 'cancel': {
        const message = c.messages()[next.which];
        if (message) c.cancel(message.id);
        return;
      }
      case 'switchToSms':
        return void c.switchToSms(next.choice);
      case 'record': {
        const at = c.earlier(next.age);
        const refusal = next.granted ? c.recordConsent(at) : c.withdrawConsent(at);
        return expect(model.recorded(next.granted, at)).toBe(refusal?.code ?? null);
      }
      case 'identity': {
        const at = new Date(theirTime().getTime() - next.age);
        underWay.push(() => {
          c.changesIdentity(at);
          model.identityChanged(at);
        });
        return;
      }
      case 'says': {
        const quoted = next.quotes
          ? shown().findLast(({ providerMessageId }) => providerMessageId !== null)
          : undefined;
        const replyTo = quoted?.providerMessageId ?? null;
        const names = quoted?.requestId ?? null;
        return contactDoes({ meaning: meanings[next.text], names }, (how) => c.says(next.text, { ...how, replyTo }));
      }
      case 'presses': {
        const names = shown()[next.which]?.requestId ?? 'of another contact';
        return contactDoes({ meaning: next.accepts ? 'YES' : 'NO', names }, (how) =>
          next.accepts ? c.accepts(names, how) : c.declines(names, how),
        );
      }
      case 'reacts':
        return contactDoes({ meaning: 'OTHER', names: null }, (how) => c.reacts('👍', how));
      case 'writesSms': {
        // The model hears nothing of it: it is no answer about WhatsApp.
        const at = c.now();
        const meaning = meanings[next.text];
        if (meaning === 'STOP' || meaning === 'DOUBT') smsStops(at);
        if (meaning === 'YES') smsStarts(at);
        return void c.writesSms(next.text);
      }
      case 'deliver': {
        const at = next.which % Math.max(1, underWay.length);
        underWay[at]?.();
        if (!next.again) underWay.splice(at, 1);
        return;
      }
      case 'handOver': {
        const message = c.handOver(next.channel);
        tellOfRequests(c.now());
        if (message) attempts.unshift({ id: message.id, attempts: message.attempts });
        return;
      }
      case 'settle': {
        const attempt = attempts[next.which];
        if (!attempt) return;
        const old = isOld(attempt);
        const providerMessageId = `wamid.${attempt.id}.${attempt.attempts}`;
        if (next.outcome === 'ACCEPTED') c.settle(attempt, { outcome: 'ACCEPTED', providerMessageId });
        else if (next.outcome === 'UNKNOWN') c.settle(attempt, { outcome: 'UNKNOWN', reason: 'timed out' });
        else {
          const refused = { outcome: 'REFUSED', failure: failures[next.outcome] } as const;
          if (next.outcome === UNWANTED) andItsWordOnSms(attempt.id, () => void c.settle(attempt, refused));
          else c.settle(attempt, refused);
        }
        if (old) expect(c.steps()).toHaveLength(stepsSeen);
        return tellOfRequests(
          c.now(),
          typeof next.outcome === 'number' ? { id: attempt.id, code: next.outcome } : null,
        );
      }
      case 'report': {
        const attempt = attempts[next.which];
        if (!attempt) return;
        const at = theirTime();
        const { status } = next;
        underWay.push(() => {
          const old = isOld(attempt);
          const told = () => void c.report(attempt, typeof status === 'number' ? failures[status] : status, at);
          if (status === UNWANTED) andItsWordOnSms(attempt.id, told);
          else told();
          if (old && typeof status === 'number') expect(c.steps()).toHaveLength(stepsSeen);
          tellOfRequests(at, typeof status === 'number' ? { id: attempt.id, code: status } : null);
        });
        return;
      }
      case 'pass':
        return c.pass(next.ms);
    }
  }

  function check(): void {
    const { consent, sendAfter, windowOpenedAt, messages } = c.conversation();
    expect({ status: consent.status, paused: consent.paused !== null }).toEqual({
      status: model.status(),
      paused: model.unclear(),
    });

    for (const { event, transition } of c.events().slice(eventsSeen)) {
      if (transition) expect(transition.from).toBe(folded.status);
      if (event.type === 'ContactPrompted' && folded.status === 'OPTED_OUT') {
        const last = folded.prompts.at(-1)?.at.getTime() ?? -Infinity;
        expect(event.at.getTime() - last).toBeGreaterThanOrEqual(c.policy.resendIntervalMs);
      }
      const before = folded.transitions;
      folded = evolve(folded, event);
      expect(folded.transitions).toBe(before + (transition ? 1 : 0));
    }
    expect(folded).toEqual(consent);
    expect(consentStateFromJson(JSON.parse(JSON.stringify(consent)))).toEqual(consent);

    for (const { messageId, status } of c.steps().slice(stepsSeen)) {
      const message = messages.find(({ id }) => id === messageId);
      if (!message || status !== 'SENDING') continue;
      const release = `${messageId} ${message.attempts}`;
      expect(releases.has(release)).toBe(false);
      releases.add(release);
      if (message.channel === 'SMS') expect(noSms || consent.status === 'OPTED_OUT').toBe(false);
      if (message.kind !== 'TEXT' || message.channel !== 'WHATSAPP') continue;
      expect({ status: consent.status, paused: consent.paused !== null }).toEqual({
        status: 'OPTED_IN',
        paused: false,
      });
      expect(isWindowOpen({ now: c.now(), windowOpenedAt })).toBe(true);
      if (message.attempts > 1) continue;
      expect(message.number).toBeGreaterThan(firstReleased);
      firstReleased = message.number;
    }

    const own = messages.filter(({ kind, direction }) => kind === 'TEXT' && direction === 'OUTBOUND');
    expect(own.length).toBe(written);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
    expect(messages.map(({ number }) => number)).toEqual(messages.map((_, index) => index + 1));
    const waiting = own.filter(({ status }) => status === 'HELD' || status === 'QUEUED');
    expect(isSmsStopped(consent)).toBe(noSms);
    if (noSms) expect(waiting.filter((one) => one.channel === 'SMS')).toEqual([]);
    if (consent.status === 'OPTED_OUT') expect(waiting).toEqual([]);
    if (consent.status === 'OPTED_IN' && !consent.paused && isWindowOpen({ now: c.now(), windowOpenedAt }))
      expect(waiting.filter((one) => one.status === 'HELD' && one.channel === 'WHATSAPP')).toEqual([]);
    for (const one of channels) {
      const due = messages.some((m) => m.channel === one && (m.status === 'QUEUED' || m.status === 'SENDING'));
      expect(sendAfter[one] !== null).toBe(due);
    }
  }

  for (const next of steps) {
    stepsSeen = c.steps().length;
    eventsSeen = c.events().length;
    take(next);
    for (const { event } of c.events().slice(eventsSeen))
      if (event.type === 'ContactPrompted') model.prompted(event.promptId);
    check();
  }
}

describe('the conversation and a plain model of the contract', () => {
  it('agree after every step, whatever happens and in whatever order it becomes known', () => {
    fc.assert(
      fc.property(
        opening,
        fc.array(step, { maxLength: LONGEST, size: 'max' }),
        fc.constantFrom(0, 0, 90 * SECOND, -90 * SECOND, 2 * HOUR, -2 * HOUR),
        (first, then, clocksDifferBy) => play([...first, ...then], clocksDifferBy),
      ),
      { numRuns: RUNS },
    );
  }, 300_000);
});
