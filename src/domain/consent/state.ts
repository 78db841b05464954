import type { ConsentEvent } from './events.js';
import { BEFORE_REQUEST, isTransition, targetOf, type ConsentCause, type ConsentStatus } from './transitions.js';

/** One request (or prompt) that a contact's answer may name. */
export type Request = {
  readonly id: string;
  readonly attempt: number;
  readonly requestedAt: Date;
  /** When the provider took it; null while unknown. */
  readonly acceptedAt: Date | null;
  readonly failed: boolean;
  /** The status it was asked in, and the event count at that time: what came before it. */
  readonly before: ConsentStatus;
  readonly version: number;
};

/** Buttons shown to the contact outside an opt-in request. */
export type Prompt = { readonly id: string; readonly at: Date; readonly version: number };

/** A grant or a revocation, by the time it was done. */
export type Act = { readonly at: Date; readonly byContact: boolean; readonly version: number };

/** A contact's latest word about SMS. */
export type SmsWish = { readonly wish: 'STOPPED' | 'STARTED'; readonly at: Date };

/** What a decision must remember of a contact's consent: the fold of its events. */
export type ConsentState = {
  readonly status: ConsentStatus;
  readonly changedAt: Date | null;
  /** Events so far, and transitions so far (the `contactVersion` of the feed). */
  readonly version: number;
  readonly transitions: number;
  /** Requests, oldest first; they stay valid as names for an answer. */
  readonly requests: readonly Request[];
  /** Buttons shown outside a request, oldest first. */
  readonly prompts: readonly Prompt[];
  readonly lastGrant: Act | null;
  /** Also a changed identity: what was granted before it no longer counts. */
  readonly lastRevocation: Act | null;
  /** Since when sending waits because the contact's wish is unclear; null when it is clear. */
  readonly paused: { readonly at: Date; readonly version: number } | null;
  /** No further request before this time, on the provider's word. */
  readonly blockedUntil: Date | null;
  /** When the contact had the provider stop what the business sends unasked; it counts until the contact writes. */
  readonly unwantedAt: Date | null;
  readonly switchedToSmsAt: Date | null;
  /** Null while the contact has said nothing about SMS: then they may be sent. */
  readonly sms: SmsWish | null;
  /** When everything personal of the contact was deleted; nothing happens to it after that. */
  readonly erasedAt: Date | null;
};

export const initialConsent: ConsentState = {
  status: 'NOT_ASKED',
  changedAt: null,
  version: 0,
  transitions: 0,
  requests: [],
  prompts: [],
  lastGrant: null,
  lastRevocation: null,
  paused: null,
  blockedUntil: null,
  unwantedAt: null,
  switchedToSmsAt: null,
  sms: null,
  erasedAt: null,
};

/** Whether the contact wants no SMS. Consent for WhatsApp neither causes nor lifts it. */
export function isSmsStopped({ sms }: Pick<ConsentState, 'sms'>): boolean {
  return sms?.wish === 'STOPPED';
}

/** Requests since the contact last answered (or became unreachable), without those that never went out. */
export function outstandingRequests(state: ConsentState): readonly Request[] {
  const since = Math.max(state.lastGrant?.version ?? 0, state.lastRevocation?.version ?? 0);
  return state.requests.filter((request) => request.version > since && !request.failed);
}

/** The request that the contact is being asked with now, if any. */
export function currentRequest(state: ConsentState): Request | null {
  return outstandingRequests(state).at(-1) ?? null;
}

/** From when the request may be sent again; null where that does not apply. */
export function resendAvailableAt(state: ConsentState, resendIntervalMs: number): Date | null {
  if (state.status !== 'PENDING' && state.status !== 'NO_RESPONSE') return null;
  const request = currentRequest(state);
  const start = request?.acceptedAt ?? request?.requestedAt ?? null;
  const cooled = start === null ? 0 : start.getTime() + resendIntervalMs;
  const blocked = state.blockedUntil?.getTime() ?? 0;
  return cooled === 0 && blocked === 0 ? null : new Date(Math.max(cooled, blocked));
}

/** When PENDING becomes NO_RESPONSE; null while no request has been taken by the provider. */
export function answerDueAt(state: ConsentState, resendIntervalMs: number): Date | null {
  if (state.status !== 'PENDING') return null;
  const acceptedAt = currentRequest(state)?.acceptedAt ?? null;
  return acceptedAt === null ? null : new Date(acceptedAt.getTime() + resendIntervalMs);
}

/** A transition as the feed tells it. */
export type Transition = { readonly from: ConsentStatus; readonly to: ConsentStatus; readonly cause: ConsentCause };

/** What the event does to the status: null for events without a place in the feed. Throws where the table has no cell. */
export function transitionOf(state: ConsentState, event: ConsentEvent): Transition | null {
  if (!isTransition(event.type)) return null;
  const target = targetOf(state.status, event.type);
  if (target === null) throw new Error(`${event.type} cannot happen in ${state.status}`);
  return {
    from: state.status,
    to: target === BEFORE_REQUEST ? (currentRequest(state)?.before ?? 'NOT_ASKED') : target,
    cause: causeOf(state, event),
  };
}

/** The state after the event. */
export function evolve(state: ConsentState, event: ConsentEvent): ConsentState {
  const transition = transitionOf(state, event);
  const version = state.version + 1;
  const next: ConsentState = {
    ...state,
    version,
    transitions: state.transitions + (transition ? 1 : 0),
    status: transition?.to ?? state.status,
    changedAt: transition && transition.to !== transition.from ? event.at : state.changedAt,
  };
  const granted = (byContact: boolean): Act => latestOf(state.lastGrant, { at: event.at, byContact, version });
  const revoked = (byContact: boolean): Act => latestOf(state.lastRevocation, { at: event.at, byContact, version });
  switch (event.type) {
    case 'OptInRequested': {
      const request: Request = {
        id: event.requestId,
        attempt: event.attempt,
        requestedAt: event.at,
        acceptedAt: null,
        failed: false,
        before: state.status,
        version,
      };
      return { ...next, requests: [...state.requests, request].slice(-REMEMBERED), blockedUntil: null, paused: null };
    }
    case 'OptInRequestAccepted':
      return {
        ...next,
        requests: withRequest(state.requests, event.requestId, (request) => ({ ...request, acceptedAt: event.at })),
      };
    case 'OptInRequestFailed':
    case 'OptInRequestUndeliverable':
      return {
        ...next,
        requests: withRequest(state.requests, event.requestId, (request) => ({ ...request, failed: true })),
        blockedUntil: event.type === 'OptInRequestFailed' ? event.retryAt : null,
        unwantedAt: event.type === 'OptInRequestFailed' && event.unwanted ? event.at : state.unwantedAt,
      };
    case 'OptInUnanswered':
      return next;
    case 'ConsentGiven':
    case 'ConsentConfirmed':
      return { ...next, lastGrant: granted(true), ...settled };
    case 'ConsentRefused':
    case 'ConsentWithdrawn':
      return { ...next, lastRevocation: revoked(true), ...settled };
    case 'ConsentRecorded':
      return { ...next, lastGrant: granted(false), ...settled };
    case 'WithdrawalRecorded':
      return { ...next, lastRevocation: revoked(false), ...settled };
    case 'WithdrawalRepeated':
      return { ...next, lastRevocation: revoked(true) };
    case 'ConsentRepeated':
      return { ...next, lastGrant: granted(true) };
    case 'IdentityChanged':
      return { ...next, lastRevocation: revoked(false) };
    case 'SendingPaused':
      return { ...next, paused: { at: event.at, version } };
    case 'ContactPrompted':
      return {
        ...next,
        prompts: [...state.prompts, { id: event.promptId, at: event.at, version }].slice(-REMEMBERED),
      };
    case 'SwitchedToSms':
      return { ...next, switchedToSmsAt: event.at };
    case 'SmsStopped':
      return { ...next, sms: { wish: 'STOPPED', at: event.at } };
    case 'SmsStarted':
      return { ...next, sms: { wish: 'STARTED', at: event.at } };
    case 'ContactErased':
      return { ...next, lastRevocation: revoked(false), ...settled, erasedAt: event.at };
  }
}

/** How many requests and prompts a contact's answer may name; older ones count as words without a name. */
const REMEMBERED = 50;

const settled = { paused: null, blockedUntil: null, unwantedAt: null, switchedToSmsAt: null } as const;

/** The later act counts, in whatever order they became known; of the same second, the contact's own. */
function latestOf(known: Act | null, act: Act): Act {
  if (known === null) return act;
  const later = known.at > act.at ? known : act;
  const sameSecond = Math.floor(known.at.getTime() / 1000) === Math.floor(act.at.getTime() / 1000);
  const byContact = sameSecond ? known.byContact || act.byContact : later.byContact;
  return { at: later.at, byContact, version: act.version };
}

function withRequest(
  requests: readonly Request[],
  id: string,
  change: (request: Request) => Request,
): readonly Request[] {
  return requests.map((request) => (request.id === id ? change(request) : request));
}

function causeOf(state: ConsentState, event: ConsentEvent): ConsentCause {
  switch (event.type) {
    case 'OptInRequested':
      return event.attempt > 1 ? 'OPT_IN_RESENT' : 'OPT_IN_REQUESTED';
    case 'ConsentGiven':
      return state.status === 'OPTED_OUT' ? 'OPTED_IN_AGAIN' : 'ACCEPTED';
    case 'ConsentConfirmed':
      return 'ACCEPTED';
    case 'ConsentRefused':
      return 'DECLINED';
    case 'ConsentWithdrawn':
      return 'WITHDRAWN';
    case 'OptInUnanswered':
      return 'NO_ANSWER';
    case 'OptInRequestUndeliverable':
      return 'UNDELIVERABLE';
    case 'OptInRequestFailed':
      return 'NOT_DELIVERED';
    case 'IdentityChanged':
      return 'IDENTITY_CHANGED';
    case 'ConsentRecorded':
    case 'WithdrawalRecorded':
      return 'RECORDED';
    case 'ContactErased':
      return 'ERASED';
    case 'OptInRequestAccepted':
    case 'WithdrawalRepeated':
    case 'ConsentRepeated':
    case 'SendingPaused':
    case 'ContactPrompted':
    case 'SwitchedToSms':
    case 'SmsStopped':
    case 'SmsStarted':
      throw new Error(`${event.type} has no place in the feed`);
  }
}
