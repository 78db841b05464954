import type { ConsentEvent, PermissionBasis, RecordedEvidence, ReplyEvidence } from './events.js';
import {
  currentRequest,
  answerDueAt,
  isSmsStopped,
  resendAvailableAt,
  type ConsentState,
  type Prompt,
  type Request,
} from './state.js';
import { targetOf, type ConsentStatus } from './transitions.js';

/** What the organization has settled about asking. */
export type ConsentPolicy = {
  /** How long a request waits for an answer, and before it may be sent again. */
  readonly resendIntervalMs: number;
  /** Requests per contact until it answers, the first counted. */
  readonly maxAttempts: number;
};

export type ConsentRefusalCode =
  | 'OPT_IN_PENDING'
  | 'RESEND_TOO_SOON'
  | 'ATTEMPTS_EXHAUSTED'
  | 'ALREADY_OPTED_IN'
  | 'CONTACT_OPTED_OUT'
  | 'CONTACT_UNREACHABLE'
  | 'CONTACT_SUSPENDED'
  | 'NOT_REQUESTED'
  | 'OPT_IN_REQUIRED';

export type ConsentRefusal = { readonly code: ConsentRefusalCode; readonly retryAt?: Date };

export type ConsentDecision =
  { readonly refusal: ConsentRefusal } | { readonly refusal: null; readonly events: readonly ConsentEvent[] };

const accept = (...events: readonly ConsentEvent[]): ConsentDecision => ({ refusal: null, events });
const refuse = (code: ConsentRefusalCode, retryAt?: Date): ConsentDecision => ({
  refusal: retryAt ? { code, retryAt } : { code },
});

export type AskForConsent = {
  readonly now: Date;
  readonly requestId: string;
  readonly by: string;
  readonly locale: string;
};

/** The agent confirmed the prompt: ask for the first time, or anew where the earlier consent no longer stands. */
export function sendOptIn(
  command: AskForConsent & { readonly basis: PermissionBasis | null },
  state: ConsentState,
): ConsentDecision {
  if (state.status === 'PENDING' || state.status === 'NO_RESPONSE') return refuse('OPT_IN_PENDING');
  if (state.status === 'OPTED_IN') return refuse('ALREADY_OPTED_IN');
  if (state.status === 'OPTED_OUT') return refuse('CONTACT_OPTED_OUT');
  if (state.blockedUntil && command.now < state.blockedUntil) return refuse('RESEND_TOO_SOON', state.blockedUntil);
  return accept(requested(command, 1, command.basis));
}

/** Ask again after the interval. */
export function resendOptIn(command: AskForConsent, state: ConsentState, policy: ConsentPolicy): ConsentDecision {
  if (state.status === 'NOT_ASKED') return refuse('NOT_REQUESTED');
  if (state.status === 'OPTED_IN') return refuse('ALREADY_OPTED_IN');
  if (state.status === 'OPTED_OUT') return refuse('CONTACT_OPTED_OUT');
  if (state.status === 'UNREACHABLE') return refuse('CONTACT_UNREACHABLE');
  if (state.status === 'SUSPENDED') return refuse('CONTACT_SUSPENDED');
  const attempts = currentRequest(state)?.attempt ?? 0;
  if (attempts >= policy.maxAttempts) return refuse('ATTEMPTS_EXHAUSTED');
  const retryAt = resendAvailableAt(state, policy.resendIntervalMs);
  if (retryAt && command.now < retryAt) return refuse('RESEND_TOO_SOON', retryAt);
  return accept(requested(command, attempts + 1, null));
}

/** The provider took the request; later news of the same changes nothing. */
export function requestAccepted(
  fact: { readonly at: Date; readonly requestId: string; readonly confirmed: boolean },
  state: ConsentState,
): readonly ConsentEvent[] {
  const request = state.requests.find(({ id }) => id === fact.requestId);
  if (!request || request.acceptedAt || request.failed) return [];
  return [{ type: 'OptInRequestAccepted', at: fact.at, requestId: request.id, confirmed: fact.confirmed }];
}

/** The request did not reach the contact. Only the request that is being waited for can take the status back. */
export function requestNotDelivered(
  fact: {
    readonly at: Date;
    readonly requestId: string;
    readonly unreachable: boolean;
    readonly code: number | null;
    readonly reason: string;
    readonly retryAt: Date | null;
    readonly unwanted: boolean;
  },
  state: ConsentState,
): readonly ConsentEvent[] {
  if (state.status !== 'PENDING' || currentRequest(state)?.id !== fact.requestId) return [];
  const { at, requestId, code, reason, retryAt, unwanted } = fact;
  return fact.unreachable
    ? [{ type: 'OptInRequestUndeliverable', at, requestId, code, reason }]
    : [{ type: 'OptInRequestFailed', at, requestId, code, reason, retryAt, unwanted }];
}

/** The interval passed without an answer. */
export function noteNoAnswer(now: Date, state: ConsentState, policy: ConsentPolicy): readonly ConsentEvent[] {
  const due = answerDueAt(state, policy.resendIntervalMs);
  const request = currentRequest(state);
  if (!due || !request || now < due) return [];
  return [{ type: 'OptInUnanswered', at: now, requestId: request.id }];
}

/**
 * A consent or withdrawal that the organization obtained elsewhere; it may confirm the status it finds. A consent from
 * before the contact's own stop, or before its identity changed, does not undo that.
 */
export function recordElsewhere(
  fact: { readonly at: Date; readonly by: string; readonly granted: boolean; readonly evidence: RecordedEvidence },
  state: ConsentState,
): ConsentDecision {
  const { at, by, evidence } = fact;
  if (!fact.granted) return accept({ type: 'WithdrawalRecorded', at, by, evidence });
  if (state.lastRevocation && !isLaterGrant(at, state.lastRevocation)) {
    if (state.status === 'OPTED_OUT') return refuse('CONTACT_OPTED_OUT');
    if (state.status === 'SUSPENDED') return refuse('CONTACT_SUSPENDED');
  }
  return accept({ type: 'ConsentRecorded', at, by, evidence });
}

/**
 * Who holds the number or account may have changed: an earlier yes says nothing about them. One from before the latest
 * yes (told late, or again) says nothing about that yes.
 */
export function recordIdentityChange(
  fact: { readonly at: Date; readonly kind: 'NUMBER_CHANGED' | 'USER_ID_CHANGED' | 'IDENTITY_KEY_MISMATCH' },
  state: ConsentState,
): readonly ConsentEvent[] {
  if (targetOf(state.status, 'IdentityChanged') === null) return [];
  if (state.lastGrant && seconds(fact.at) < seconds(state.lastGrant.at)) return [];
  return [{ type: 'IdentityChanged', at: fact.at, kind: fact.kind }];
}

/** The agent moves on by SMS; offered where WhatsApp can't reach the contact. */
export function switchToSms(
  command: { readonly now: Date; readonly by: string },
  state: ConsentState,
): ConsentDecision {
  const refusals: Record<Exclude<ConsentStatus, 'UNREACHABLE'>, ConsentRefusalCode> = {
    NOT_ASKED: 'OPT_IN_REQUIRED',
    PENDING: 'OPT_IN_PENDING',
    NO_RESPONSE: 'OPT_IN_PENDING',
    OPTED_IN: 'ALREADY_OPTED_IN',
    OPTED_OUT: 'CONTACT_OPTED_OUT',
    SUSPENDED: 'CONTACT_SUSPENDED',
  };
  if (state.status !== 'UNREACHABLE') return refuse(refusals[state.status]);
  if (isSmsStopped(state)) return refuse('CONTACT_OPTED_OUT');
  return accept({ type: 'SwitchedToSms', at: command.now, by: command.by });
}

/** What a contact said, already read for its meaning. */
export type Answer = {
  /** When the contact said it, by the provider's clock (whole seconds). */
  readonly at: Date;
  readonly meaning: 'YES' | 'NO' | 'STOP' | 'UNCLEAR_STOP' | 'OTHER';
  /** The request or prompt that the answer names, by payload or by context. */
  readonly names: string | null;
  readonly evidence: ReplyEvidence;
};

/**
 * What the answer changes; nothing when it changes nothing. The contact's time decides, and of two acts in the same
 * second revocation wins; an answer to something shown after the act it would undo is later, whatever the clocks say.
 */
export function recordAnswer(
  command: {
    readonly now: Date;
    readonly answer: Answer;
    /** The name for a fresh prompt; null when none can be shown now. */
    readonly promptId: string | null;
  },
  state: ConsentState,
  policy: ConsentPolicy,
): readonly ConsentEvent[] {
  const { answer } = command;
  const named = namedBy(answer, state);
  switch (answer.meaning) {
    case 'YES':
      // A button of somebody else's request grants nothing.
      return answer.names !== null && named === null ? [] : grant(answer, named, state);
    case 'NO':
    case 'STOP':
      return revoke(answer, named, state);
    case 'UNCLEAR_STOP':
      return state.status === 'OPTED_OUT' ? prompt(command, state, policy) : pause(command, named, state, policy);
    case 'OTHER':
      return state.status === 'OPTED_OUT' ? prompt(command, state, policy) : [];
  }
}

function grant(answer: Answer, named: Request | Prompt | null, state: ConsentState): readonly ConsentEvent[] {
  const { at, evidence } = answer;
  const requestId = named?.id ?? null;
  const undone = state.lastRevocation;
  if (undone && !isShownAfter(named, undone) && !isLaterGrant(at, undone)) return [];
  if (state.status === 'OPTED_IN') {
    // What was said before the wish became unclear doesn't settle it.
    const { paused } = state;
    if (paused && (isShownAfter(named, paused) || seconds(at) >= seconds(paused.at)))
      return [{ type: 'ConsentConfirmed', at, requestId, evidence }];
    return isNewerGrant(at, state) ? [{ type: 'ConsentRepeated', at, evidence }] : [];
  }
  if (targetOf(state.status, 'ConsentGiven') === null) return [];
  return [{ type: 'ConsentGiven', at, requestId, evidence }];
}

function revoke(answer: Answer, named: Request | Prompt | null, state: ConsentState): readonly ConsentEvent[] {
  const { at, evidence } = answer;
  const undone = state.lastGrant;
  if (undone && !isShownAfter(named, undone) && seconds(at) < seconds(undone.at)) return [];
  if (state.status === 'OPTED_OUT')
    return isNewerWithdrawal(at, state) ? [{ type: 'WithdrawalRepeated', at, evidence }] : [];
  const waiting = state.status === 'PENDING' || state.status === 'NO_RESPONSE';
  if (waiting && (named || isAnswerTo(currentRequest(state), at))) {
    return [{ type: 'ConsentRefused', at, requestId: named?.id ?? null, evidence }];
  }
  // A bare "no" outside a pending request is conversation; the decline button of any request never is.
  if (answer.meaning === 'NO' && answer.names === null) return [];
  return [{ type: 'ConsentWithdrawn', at, evidence }];
}

function pause(
  command: { readonly now: Date; readonly answer: Answer; readonly promptId: string | null },
  named: Request | Prompt | null,
  state: ConsentState,
  policy: ConsentPolicy,
): readonly ConsentEvent[] {
  const { at, evidence } = command.answer;
  if (state.status !== 'OPTED_IN' && state.status !== 'PENDING' && state.status !== 'NO_RESPONSE') return [];
  const undone = state.lastGrant;
  if (undone && !isShownAfter(named, undone) && seconds(at) < seconds(undone.at)) return [];
  if (state.paused) return prompt(command, state, policy);
  return [{ type: 'SendingPaused', at, evidence }, ...ask(command)];
}

/** Buttons for a contact whose words don't settle the matter: at most once per interval. */
function prompt(
  command: { readonly now: Date; readonly promptId: string | null },
  state: ConsentState,
  policy: ConsentPolicy,
): readonly ConsentEvent[] {
  const last = state.prompts.at(-1);
  if (last && command.now.getTime() < last.at.getTime() + policy.resendIntervalMs) return [];
  return ask(command);
}

function ask({ now, promptId }: { readonly now: Date; readonly promptId: string | null }): readonly ConsentEvent[] {
  return promptId === null ? [] : [{ type: 'ContactPrompted', at: now, promptId }];
}

function requested(command: AskForConsent, attempt: number, basis: PermissionBasis | null): ConsentEvent {
  const { now, requestId, by, locale } = command;
  return { type: 'OptInRequested', at: now, requestId, attempt, by, locale, basis };
}

function namedBy(answer: Answer, state: ConsentState): Request | Prompt | null {
  if (answer.names === null) return null;
  return [...state.requests, ...state.prompts].find(({ id }) => id === answer.names) ?? null;
}

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

/** A contact can answer only what it was shown. */
function isShownAfter(named: Request | Prompt | null, act: { readonly version: number }): boolean {
  return named !== null && named.version > act.version;
}

function isLaterGrant(at: Date, revocation: { readonly at: Date; readonly byContact: boolean }): boolean {
  return revocation.byContact ? seconds(at) > seconds(revocation.at) : seconds(at) >= seconds(revocation.at);
}

function isNewerGrant(at: Date, state: ConsentState): boolean {
  return !state.lastGrant || seconds(at) > seconds(state.lastGrant.at);
}

function isNewerWithdrawal(at: Date, state: ConsentState): boolean {
  return !state.lastRevocation || seconds(at) > seconds(state.lastRevocation.at);
}

/** Words without a name answer the request if they aren't clearly older; a minute allows for two clocks. */
function isAnswerTo(request: Request | null, at: Date): boolean {
  return request !== null && at.getTime() >= request.requestedAt.getTime() - 60_000;
}
