import type { Exchange } from '../evidence.js';
import { requestAccepted, requestNotDelivered } from '../consent/decide.js';
import { canStep, nextToSend, type Channel, type DeliveryFailure, type Message } from '../message/message.js';
import { nextTurn, spend, type PacePolicy } from '../message/pace.js';
import { move, record, regate, schedule, verdictOn, type Draft } from './conversation.js';
import { isChannelDown } from './gate.js';
import { recordNewIdentity } from './contact-facts.js';
import { recordUnwantedSms } from './sms-facts.js';

/** What a provider's refusal means for us; the adapter that knows the codes says which. */
export type FailureKind =
  /** Not accepted; the same message may be sent again after a while. */
  | 'RETRY_LATER'
  /** Not accepted: this contact was sent too much in a short time. */
  | 'TOO_FAST_FOR_CONTACT'
  /** Not accepted: the organization's number, or account, sends too much at a time. */
  | 'TOO_FAST_FOR_CHANNEL'
  /** Not accepted because of the channel's own state: nothing of it can leave until an operator mends it. */
  | 'CHANNEL_UNHEALTHY'
  /** Not sent because of its template; other messages are not concerned. */
  | 'TEMPLATE_UNUSABLE'
  /** The number can't receive WhatsApp. */
  | 'UNREACHABLE'
  /** Free-form text outside the contact's window. */
  | 'WINDOW_CLOSED'
  /** Not delivered for a reason that says nothing about the contact; asking again must wait a day. */
  | 'NOT_DELIVERED_TODAY'
  /** The contact has told the provider to stop what this business sends unasked. */
  | 'UNWANTED'
  /** The account behind the number is not the one that agreed. */
  | 'IDENTITY_CHANGED'
  /** Not delivered, for good. */
  | 'REJECTED';

export type ProviderFailure = DeliveryFailure & {
  readonly kind: FailureKind;
  /** How long the provider's refusal of a channel or template lasts at least; undefined where it doesn't say. */
  readonly pauseMs?: number;
};

/** What came of handing a message to the provider. */
export type SendOutcome = (
  | { readonly outcome: 'ACCEPTED'; readonly providerMessageId: string }
  | { readonly outcome: 'REFUSED'; readonly failure: ProviderFailure }
  /** It may or may not have left: the connection was lost, timed out, or answered without sense. */
  | { readonly outcome: 'UNKNOWN'; readonly reason: string }
) & { readonly exchange?: Exchange };

/** What the provider reports later. */
export type StatusReport =
  | { readonly status: 'SENT' | 'DELIVERED' | 'READ'; readonly at: Date; readonly providerMessageId: string | null }
  | {
      readonly status: 'FAILED';
      readonly at: Date;
      readonly providerMessageId: string | null;
      readonly failure: ProviderFailure;
    };

export type DeliveryPolicy = PacePolicy & {
  /** How long the next message of a conversation waits for the one before to be delivered. */
  readonly orderWaitMs: number;
  /** The first pause before sending again; it doubles with each attempt. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** How long a report is waited for before something is done about a message of unknown fate. */
  readonly unconfirmedWaitMs: number;
  /** How long messages may be held. */
  readonly maxHeldAgeMs: number;
};

/** Attempts after which a message of unknown fate is not handed over again by itself. */
const MAX_ATTEMPTS_UNCONFIRMED = 4;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Takes the next message that may leave now; consent, window, channel, pace and order are checked here, in the same
 * commit that says SENDING. One that is found SENDING was left by a sender that died: whether it left is unknown.
 */
export function startSend(
  channel: Channel,
  draft: Draft,
  policy: DeliveryPolicy,
): { readonly draft: Draft; readonly message: Message | null } {
  const abandoned = draft.conversation.messages.filter(
    (message) => message.status === 'SENDING' && message.channel === channel,
  );
  const cleared = regate(
    abandoned.reduce(
      (current, message) => outcomeUnknown(current, message, 'The sender stopped before the provider answered.'),
      draft,
    ),
  );
  const next = nextToSend(cleared.conversation.messages, channel);
  if (!next) return { draft: schedule(cleared), message: null };
  const turn = turnOf(channel, cleared, policy);
  if (turn > draft.now) return { draft: schedule(cleared, { [channel]: turn }), message: null };
  const attempts = next.attempts + 1;
  const sending = move(cleared, next, { status: 'SENDING', attempts });
  const { conversation } = sending;
  const pace = channel === 'WHATSAPP' ? spend(conversation.pace, draft.now, policy) : conversation.pace;
  return {
    draft: schedule({ ...sending, conversation: { ...conversation, pace } }),
    message: { ...next, attempts },
  };
}

/** When the contact may be sent the next message of a channel. */
function turnOf(channel: Channel, { now, conversation }: Draft, policy: DeliveryPolicy): Date {
  if (channel === 'SMS') return now;
  const { organization, pace } = conversation;
  if (!isChannelDown(organization, now)) return nextTurn(pace, now, policy);
  // It may be mended before the time at which it would be tried again.
  const latest = now.getTime() + policy.maxBackoffMs;
  return new Date(Math.min(organization.whatsappRetryAt?.getTime() ?? latest, latest));
}

/** Records what came of an attempt. News of an attempt that is no longer the current one changes nothing. */
export function settleSend(
  fact: { readonly messageId: string; readonly attempt: number; readonly outcome: SendOutcome },
  draft: Draft,
  policy: DeliveryPolicy,
): Draft {
  const message = draft.conversation.messages.find(({ id }) => id === fact.messageId);
  if (!message || message.attempts !== fact.attempt) return draft;
  if (message.status !== 'SENDING' && message.status !== 'UNCONFIRMED') return draft;
  const after = (ms: number) => ({ [message.channel]: notBefore(message.channel, draft, ms, policy) });
  switch (fact.outcome.outcome) {
    case 'ACCEPTED': {
      const { providerMessageId } = fact.outcome;
      const accepted = move(draft, message, { status: 'ACCEPTED', providerMessageId });
      return schedule(regate(noteAccepted(accepted, message, draft.now, true)), after(policy.orderWaitMs));
    }
    case 'UNKNOWN':
      if (message.status === 'UNCONFIRMED') return draft;
      return schedule(regate(outcomeUnknown(draft, message, fact.outcome.reason)), after(0));
    case 'REFUSED': {
      const { failure } = fact.outcome;
      const isHeld = failure.kind === 'CHANNEL_UNHEALTHY' && isChannelDown(draft.conversation.organization, draft.now);
      if (!isForNow(failure) || message.status !== 'SENDING' || (isHeld && message.kind === 'TEXT'))
        return schedule(regate(notDelivered(draft, message, failure)), after(0));
      const again = regate(move(draft, message, { status: 'QUEUED', failure: plain(failure) }));
      return schedule(again, after(pauseAfter(failure, message.attempts, policy)));
    }
  }
}

/** A refusal that concerns the moment, not the message. */
function isForNow({ kind }: ProviderFailure): boolean {
  return (
    kind === 'RETRY_LATER' ||
    kind === 'TOO_FAST_FOR_CONTACT' ||
    kind === 'TOO_FAST_FOR_CHANNEL' ||
    kind === 'CHANNEL_UNHEALTHY'
  );
}

/** The pauses double, or quadruple where the provider wants that (131056). */
function pauseAfter({ kind }: ProviderFailure, attempts: number, { backoffMs, maxBackoffMs }: DeliveryPolicy): number {
  const factor = kind === 'TOO_FAST_FOR_CONTACT' ? 4 : 2;
  return Math.min(backoffMs * factor ** (attempts - 1), maxBackoffMs);
}

/** So long from now, and not before the contact may be sent more. */
function notBefore(channel: Channel, { now, conversation }: Draft, ms: number, policy: DeliveryPolicy): Date {
  const turn = channel === 'WHATSAPP' ? nextTurn(conversation.pace, now, policy) : now;
  return new Date(Math.max(now.getTime() + ms, turn.getTime()));
}

/**
 * Records a later report. Statuses only move forward, whatever order the reports come in; that an earlier attempt
 * failed (`attempt` null: the provider named none) says nothing about the one under way.
 */
export function recordStatus(
  fact: { readonly messageId: string; readonly attempt: number | null; readonly report: StatusReport },
  draft: Draft,
  policy: DeliveryPolicy,
): Draft {
  const { messageId, attempt, report } = fact;
  const message = draft.conversation.messages.find(({ id }) => id === messageId);
  if (!message || !canStep(message.status, report.status)) return draft;
  const isWaiting = message.status === 'HELD' || message.status === 'QUEUED';
  const hasArrived = report.status === 'DELIVERED' || report.status === 'READ';
  const hasLeft = message.attempts > 0 && (hasArrived || (report.status === 'SENT' && message.possibleDuplicate));
  if (isWaiting && !hasLeft) return draft;
  const ofEarlier = attempt === null ? message.status === 'SENDING' : attempt !== message.attempts;
  if (report.status === 'FAILED' && ofEarlier) return draft;
  const now = { [message.channel]: notBefore(message.channel, draft, 0, policy) };
  if (report.status === 'FAILED') {
    return schedule(regate(notDelivered(draft, message, report.failure)), now);
  }
  const { status, providerMessageId } = report;
  const moved = noteAccepted(move(draft, message, { status, providerMessageId }), message, report.at, true);
  return schedule(regate(moved), status === 'SENT' ? {} : now);
}

function noteAccepted(draft: Draft, message: Message, at: Date, confirmed: boolean): Draft {
  if (message.kind !== 'OPT_IN_REQUEST' || message.requestId === null) return draft;
  return record(draft, requestAccepted({ at, requestId: message.requestId, confirmed }, draft.conversation.consent));
}

function outcomeUnknown(draft: Draft, message: Message, reason: string): Draft {
  const failure = { code: null, reason, retryable: false };
  return noteAccepted(move(draft, message, { status: 'UNCONFIRMED', failure }), message, draft.now, false);
}

function notDelivered(draft: Draft, message: Message, failure: ProviderFailure): Draft {
  if (message.kind === 'TEXT' && failure.kind === 'CHANNEL_UNHEALTHY')
    return move(draft, message, { status: 'HELD', heldReason: 'CHANNEL_DOWN', failure: plain(failure) });
  if (message.kind === 'TEXT' && failure.kind === 'WINDOW_CLOSED') {
    const closed: Draft = { ...draft, conversation: { ...draft.conversation, windowOpenedAt: null } };
    return move(closed, message, { status: 'HELD', heldReason: 'WINDOW_CLOSED', failure: plain(failure) });
  }
  if (message.kind === 'TEXT' && failure.kind === 'IDENTITY_CHANGED') {
    const held = move(draft, message, { status: 'HELD', heldReason: 'SUSPENDED', failure: plain(failure) });
    return recordNewIdentity({ at: draft.now, kind: 'IDENTITY_KEY_MISMATCH' }, held);
  }
  const failed = move(draft, message, { status: 'FAILED', failure: plain(failure) });
  if (message.channel === 'SMS')
    return failure.kind === 'UNWANTED' ? recordUnwantedSms(message, failure.code, failed) : failed;
  if (failure.kind === 'IDENTITY_CHANGED' && message.kind !== 'OPT_IN_REQUEST')
    return recordNewIdentity({ at: draft.now, kind: 'IDENTITY_KEY_MISMATCH' }, failed);
  if (message.kind !== 'OPT_IN_REQUEST' || message.requestId === null) return failed;
  const events = requestNotDelivered(
    {
      at: draft.now,
      requestId: message.requestId,
      unreachable: failure.kind === 'UNREACHABLE',
      code: failure.code,
      reason: failure.reason,
      retryAt: failure.kind === 'NOT_DELIVERED_TODAY' ? new Date(draft.now.getTime() + DAY_MS) : null,
      unwanted: failure.kind === 'UNWANTED',
    },
    draft.conversation.consent,
  );
  return record(failed, events);
}

function plain({ code, reason, retryable }: ProviderFailure): DeliveryFailure {
  return { code, reason, retryable };
}

/** Hands the contact's messages of unknown fate over again, marked: no report has come, and the organization wants that. */
export function resendUnconfirmed(draft: Draft, policy: DeliveryPolicy): Draft {
  const waitedOut = draft.now.getTime() - policy.unconfirmedWaitMs;
  const due = draft.conversation.messages.filter(
    ({ status, kind, statusChangedAt, attempts }) =>
      status === 'UNCONFIRMED' &&
      kind === 'TEXT' &&
      statusChangedAt.getTime() <= waitedOut &&
      attempts < MAX_ATTEMPTS_UNCONFIRMED,
  );
  return schedule(due.reduce((current, message) => handOverAgain(current, message, null), draft));
}

/** Lets go of what was held too long. */
export function expireHeld(draft: Draft, policy: DeliveryPolicy): Draft {
  const oldest = draft.now.getTime() - policy.maxHeldAgeMs;
  const old = draft.conversation.messages.filter(
    ({ status, createdAt }) => status === 'HELD' && createdAt.getTime() <= oldest,
  );
  return schedule(old.reduce((current, message) => move(current, message, { status: 'EXPIRED' }), draft));
}

/** Looks again at what waits: the channel is served again. */
export function lookAgain(draft: Draft): Draft {
  const waited = draft.conversation.messages.some(({ heldReason }) => heldReason === 'CHANNEL_DOWN');
  return schedule(regate(draft), waited ? { WHATSAPP: draft.now } : {});
}

/** An operator keeps a message from leaving, until it is retried. */
export function park(message: Message | null, by: string, draft: Draft): Draft {
  const waits = message?.status === 'HELD' || message?.status === 'QUEUED';
  if (!message || !waits || message.kind !== 'TEXT' || message.heldReason === 'PARKED') return draft;
  return schedule(move(draft, message, { status: 'HELD', heldReason: 'PARKED', by }));
}

/** An operator lets a message leave that was parked, failed, or may or may not have left. It is checked as any other. */
export function retry(message: Message | null, by: string, draft: Draft): Draft {
  if (!message || message.direction !== 'OUTBOUND' || message.kind !== 'TEXT') return draft;
  const isOver = message.status === 'UNCONFIRMED' || message.status === 'FAILED';
  const isParked = message.heldReason === 'PARKED';
  return isOver || isParked ? schedule(handOverAgain(draft, message, by)) : draft;
}

function handOverAgain(draft: Draft, message: Message, by: string | null): Draft {
  const verdict = verdictOn(draft, message);
  const step = { possibleDuplicate: message.status === 'UNCONFIRMED', ...(by !== null && { by }) };
  if (verdict.verdict === 'CANCEL') return move(draft, message, { ...step, status: 'CANCELLED' });
  if (verdict.verdict === 'HOLD') return move(draft, message, { ...step, status: 'HELD', heldReason: verdict.reason });
  return move(draft, message, { ...step, status: 'QUEUED' });
}
