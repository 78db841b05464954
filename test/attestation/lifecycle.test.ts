import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/attestation/verifier/entry.js';
import { readEntry } from '../../src/attestation/verifier/entry.js';
import { findIllegalStep, legalTransitions, unplacedEvents } from '../../src/attestation/verifier/lifecycle.js';
import type { ConsentEvent } from '../../src/domain/consent/events.js';
import { evolve, initialConsent } from '../../src/domain/consent/state.js';
import { isTransition, targetOf, transitions } from '../../src/domain/consent/transitions.js';
import { histories } from '../support/attestation-histories.js';
import { entriesOf, minute, type Step } from '../support/attestation-scene.js';

const entriesFrom = (seed: string, steps: readonly Step[]): readonly Entry[] =>
  entriesOf(seed, steps).flatMap(({ bytes }) => readEntry(bytes) ?? []);

const evidence = { messageId: 'm', providerMessageId: 'p', kind: 'TEXT', rules: '1', inboxId: null } as const;
const recorded = { source: 'paper', reference: null, note: null };
const by = 'ana';

/** One of each event, of the request with this number. */
const eventsOf = (at: Date, attempt: number): readonly ConsentEvent[] => {
  const requestId = `request-${attempt}`;
  const failure = { at, requestId, code: 1, reason: 'none' };
  return [
    { type: 'OptInRequested', at, requestId, attempt, by, locale: 'en', basis: null },
    { type: 'OptInRequestAccepted', at, requestId, confirmed: true },
    { type: 'OptInRequestFailed', ...failure, retryAt: null, unwanted: false },
    { type: 'OptInRequestUndeliverable', ...failure },
    { type: 'OptInUnanswered', at, requestId },
    { type: 'ConsentGiven', at, requestId: null, evidence },
    { type: 'ConsentRefused', at, requestId, evidence },
    { type: 'ConsentWithdrawn', at, evidence },
    { type: 'WithdrawalRepeated', at, evidence },
    { type: 'ConsentConfirmed', at, requestId: null, evidence },
    { type: 'ConsentRepeated', at, evidence },
    { type: 'ConsentRecorded', at, by, evidence: recorded },
    { type: 'WithdrawalRecorded', at, by, evidence: recorded },
    { type: 'IdentityChanged', at, kind: 'NUMBER_CHANGED' },
    { type: 'SendingPaused', at, evidence },
    { type: 'ContactPrompted', at, promptId: 'prompt' },
    { type: 'SwitchedToSms', at, by },
    { type: 'SmsStopped', at, evidence },
    { type: 'SmsStarted', at, evidence },
  ];
};

describe('the lifecycle that a verifier knows', () => {
  it('is that of the domain', () => {
    expect(legalTransitions).toEqual(transitions);
    expect(
      eventsOf(minute(0), 1)
        .filter(({ type }) => !isTransition(type))
        .map(({ type }) => type)
        .sort(),
    ).toEqual([...unplacedEvents].sort());
  });

  it.each(Object.entries(histories))('takes the history "%s"', (name, steps) => {
    expect(findIllegalStep(entriesFrom(name, steps))).toBeNull();
  });

  it('takes whatever can happen by the rules of the domain', () => {
    const choices = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 4 })), { maxLength: 40 });
    fc.assert(
      fc.property(choices, (walk) => {
        let consent = initialConsent;
        const steps = walk.map(([choice, attempt], at) => {
          const possible = eventsOf(minute(at), attempt).filter(
            ({ type }) => !isTransition(type) || targetOf(consent.status, type) !== null,
          );
          const event = possible[choice % possible.length] as ConsentEvent;
          consent = evolve(consent, event);
          return { event };
        });
        expect(findIllegalStep(entriesFrom('walk', steps))).toBeNull();
      }),
    );
  });

  const accepted = entriesFrom('accepted', histories['accepted'] ?? []);
  const everything = entriesFrom('everything', histories['everything'] ?? []);
  const changed = (seq: number, change: (entry: Entry) => Partial<Entry>): readonly Entry[] =>
    accepted.map((entry) => (entry.seq === seq ? { ...entry, ...change(entry) } : entry));
  const step = (seq: number, part: Partial<NonNullable<Entry['transition']>>): readonly Entry[] =>
    changed(seq, ({ transition }) => ({ transition: transition && { ...transition, ...part } }));

  it.each([
    ['an event that can not happen', changed(3, () => ({ event: 'ConsentConfirmed' }))],
    ['an event that nobody knows', changed(3, () => ({ event: 'constructor' }))],
    ['a transition that is left out', changed(3, () => ({ transition: null }))],
    ['a transition of an event that makes none', changed(2, () => ({ transition: accepted[0]?.transition ?? null }))],
    ['another beginning', step(3, { from: 'NO_RESPONSE' })],
    ['another end', step(3, { to: 'OPTED_OUT' })],
    ['another cause', step(3, { cause: 'OPTED_IN_AGAIN' })],
    ['a number left out', step(3, { version: 3 })],
    ['a first request that is said to be a second', changed(1, ({ facts }) => ({ facts: { ...facts, attempt: 2 } }))],
    ['anything after an erasure', [...everything, ...accepted.slice(1, 2)]],
  ])('does not take %s', (_, entries) => {
    expect(findIllegalStep(entries)).not.toBeNull();
  });
});
