import type {
  ConsentEvent,
  PermissionBasis,
  ProviderEvidence,
  RecordedEvidence,
  ReplyEvidence,
} from '../domain/consent/events.js';
import type { Json, JsonObject } from './verifier/json.js';

/** Who or what caused an event. */
export type Actor = 'AGENT' | 'CONTACT' | 'PROVIDER' | 'RULE';

/** An event, divided: what may be read by anyone who has the log, and what is only committed to. */
export type EventParts = {
  readonly actor: Actor;
  readonly facts: JsonObject;
  /** Nulls are left out. */
  readonly sealed: Readonly<Record<string, Json>>;
};

/** In clear is what names no person: random ids, kinds, codes, times. Numbers, names and free text are sealed. */
export function partsOf(event: ConsentEvent): EventParts {
  switch (event.type) {
    case 'OptInRequested': {
      const { requestId, attempt, basis } = event;
      const facts = { requestId, attempt, basis: basis && { kind: basis.kind, obtainedAt: basis.obtainedAt } };
      return { actor: 'AGENT', facts, sealed: { ...byAgent(event), locale: event.locale, ...sealedBasis(basis) } };
    }
    case 'OptInRequestAccepted':
      return provider({ requestId: event.requestId, confirmed: event.confirmed });
    case 'OptInRequestFailed': {
      const { requestId, code, retryAt, unwanted, reason } = event;
      return provider({ requestId, code, retryAt: retryAt?.toISOString() ?? null, unwanted }, { reason });
    }
    case 'OptInRequestUndeliverable':
      return provider({ requestId: event.requestId, code: event.code }, { reason: event.reason });
    case 'OptInUnanswered':
      return { actor: 'RULE', facts: { requestId: event.requestId }, sealed: {} };
    case 'ConsentGiven':
    case 'ConsentRefused':
    case 'ConsentConfirmed':
      return reply(event.evidence, { requestId: event.requestId });
    case 'ConsentWithdrawn':
    case 'WithdrawalRepeated':
    case 'ConsentRepeated':
    case 'SendingPaused':
    case 'SmsStarted':
      return reply(event.evidence);
    case 'SmsStopped':
      return event.evidence.kind === 'PROVIDER' ? refusal(event.evidence) : reply(event.evidence);
    case 'ConsentRecorded':
    case 'WithdrawalRecorded':
      return { actor: 'AGENT', facts: {}, sealed: { ...byAgent(event), ...sealedEvidence(event.evidence) } };
    case 'IdentityChanged':
      return provider({ kind: event.kind });
    case 'ContactPrompted':
      return { actor: 'RULE', facts: { promptId: event.promptId }, sealed: {} };
    case 'SwitchedToSms':
    case 'ContactErased':
      return { actor: 'AGENT', facts: {}, sealed: byAgent(event) };
  }
}

function provider(facts: JsonObject, sealed: Readonly<Record<string, Json>> = {}): EventParts {
  return { actor: 'PROVIDER', facts, sealed };
}

function refusal({ messageId, code }: ProviderEvidence): EventParts {
  return provider({ messageId, code });
}

/** The provider's id of a message has the number in it, so it is sealed. */
function reply(evidence: ReplyEvidence, more: JsonObject = {}): EventParts {
  const { messageId, kind, rules, inboxId, providerMessageId } = evidence;
  const facts = { ...more, messageId, answer: kind, rules, inboxId };
  return { actor: 'CONTACT', facts, sealed: { 'answer.providerMessageId': providerMessageId } };
}

function byAgent({ by }: { readonly by: string }): Readonly<Record<string, Json>> {
  return { 'actor.id': by };
}

function sealedBasis(basis: PermissionBasis | null): Readonly<Record<string, Json>> {
  return { 'basis.reference': basis?.reference ?? null };
}

function sealedEvidence({ source, reference, note }: RecordedEvidence): Readonly<Record<string, Json>> {
  return { 'evidence.source': source, 'evidence.reference': reference, 'evidence.note': note };
}
