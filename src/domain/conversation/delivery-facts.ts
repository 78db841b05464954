import { requestAccepted, requestNotDelivered } from '../consent/decide.js';
import { canStep, nextToSend, type Channel, type DeliveryFailure, type Message } from '../message/message.js';
import { move, record, regate, schedule, type Draft } from './conversation.js';
import { recordNewIdentity } from './contact-facts.js';

/** What a provider's refusal means for us; the adapter that knows the codes says which. */
export type FailureKind =
  /** Not accepted; the same message may be sent again after a while. */
  | 'RETRY_LATER'
  /** Not accepted because of the channel's own state: nothing of it can leave until an operator mends it. */
  | 'CHANNEL_UNHEALTHY'
  /** The number can't receive WhatsApp. */
  | 'UNREACHABLE'
  /** Free-form text outside the contact's window. */
  | 'WINDOW_CLOSED'
  /** Not delivered for a reason that says nothing about the contact; asking again must wait a day. */
  | 'NOT_DELIVERED_TODAY'
  /** The account behind the number is not the one that agreed. */
  | 'IDENTITY_CHANGED'
  /** Not delivered, for good. */
  | 'REJECTED';

export type ProviderFailure = DeliveryFailure & { readonly kind: FailureKind };

/** What came of handing a message to the provider. */
export type SendOutcome =
  | { readonly outcome: 'ACCEPTED'; readonly providerMessageId: string }
  | { readonly outcome: 'REFUSED'; readonly failure: ProviderFailure }
  /** It may or may not have left: the connection was lost, timed out, or answered without sense. */
  | { readonly outcome: 'UNKNOWN'; readonly reason: string };

/** What the provider reports later. */
export type StatusReport =
  | { readonly status: 'SENT' | 'DELIVERED' | 'READ'; readonly at: Date; readonly providerMessageId: string | null }
  | {
      readonly status: 'FAILED';
      readonly at: Date;
      readonly providerMessageId: string | null;
      readonly failure: ProviderFailure;
    };

export type DeliveryPolicy = {
  /** How long the next message of a conversation waits for the one before to be delivered. */
  readonly orderWaitMs: number;
  /** The first pause before sending again; it doubles with each attempt. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
};

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Takes the next message that may leave now; consent, window and order are checked here, in the same commit that says
 * SENDING. One that is found SENDING was left by a sender that died: whether it left is unknown.
 */
export function startSend(channel: Channel, draft: Draft): { readonly draft: Draft; readonly message: Message | null } {
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
  const sending = move(cleared, next, { status: 'SENDING', attempts: next.attempts + 1 });
  return { draft: schedule(sending), message: { ...next, attempts: next.attempts + 1 } };
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
  const after = (ms: number) => ({ [message.channel]: new Date(draft.now.getTime() + ms) });
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
      const again = failure.kind === 'RETRY_LATER' || failure.kind === 'CHANNEL_UNHEALTHY';
      if (!again || message.status !== 'SENDING')
        return schedule(regate(notDelivered(draft, message, failure)), after(0));
      const pause = Math.min(policy.backoffMs * 2 ** (message.attempts - 1), policy.maxBackoffMs);
      return schedule(regate(move(draft, message, { status: 'QUEUED', failure: plain(failure) })), after(pause));
    }
  }
}

/**
 * Records a later report. Statuses only move forward, whatever order the reports come in; that an earlier attempt
 * failed (`attempt` null: the provider named none) says nothing about the one under way.
 */
export function recordStatus(
  fact: { readonly messageId: string; readonly attempt: number | null; readonly report: StatusReport },
  draft: Draft,
): Draft {
  const { messageId, attempt, report } = fact;
  const message = draft.conversation.messages.find(({ id }) => id === messageId);
  if (!message || !canStep(message.status, report.status)) return draft;
  if (message.status === 'HELD' || message.status === 'QUEUED') return draft;
  const ofEarlier = attempt === null ? message.status === 'SENDING' : attempt !== message.attempts;
  if (report.status === 'FAILED' && ofEarlier) return draft;
  const now = { [message.channel]: draft.now };
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
  if (message.kind === 'TEXT' && failure.kind === 'WINDOW_CLOSED') {
    const closed: Draft = { ...draft, conversation: { ...draft.conversation, windowOpenedAt: null } };
    return move(closed, message, { status: 'HELD', heldReason: 'WINDOW_CLOSED', failure: plain(failure) });
  }
  if (message.kind === 'TEXT' && failure.kind === 'IDENTITY_CHANGED') {
    const held = move(draft, message, { status: 'HELD', heldReason: 'SUSPENDED', failure: plain(failure) });
    return recordNewIdentity({ at: draft.now, kind: 'IDENTITY_KEY_MISMATCH' }, held);
  }
  const failed = move(draft, message, { status: 'FAILED', failure: plain(failure) });
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
    },
    draft.conversation.consent,
  );
  return record(failed, events);
}

function plain({ code, reason, retryable }: ProviderFailure): DeliveryFailure {
  return { code, reason, retryable };
}
