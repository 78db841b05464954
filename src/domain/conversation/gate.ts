import { currentRequest, type ConsentState } from '../consent/state.js';
import type { HeldReason, Message } from '../message/message.js';

/** How long free-form messages may follow the contact's last one: Meta's customer service window. */
export const WINDOW_MS = 24 * 60 * 60 * 1000;

/** What the gate looks at. */
export type Situation = {
  readonly now: Date;
  readonly consent: ConsentState;
  readonly windowOpenedAt: Date | null;
};

/** Whether a message may leave now, must wait, or must never leave. */
export type Verdict =
  | { readonly verdict: 'GO' }
  | { readonly verdict: 'HOLD'; readonly reason: HeldReason }
  | { readonly verdict: 'CANCEL' };

const GO: Verdict = { verdict: 'GO' };
const CANCEL: Verdict = { verdict: 'CANCEL' };
const hold = (reason: HeldReason): Verdict => ({ verdict: 'HOLD', reason });

/** Free-form messages are possible until then; null when it is closed. */
export function windowClosesAt(windowOpenedAt: Date | null): Date | null {
  return windowOpenedAt === null ? null : new Date(windowOpenedAt.getTime() + WINDOW_MS);
}

/** Whether free-form messages may be sent now. */
export function isWindowOpen({ now, windowOpenedAt }: Pick<Situation, 'now' | 'windowOpenedAt'>): boolean {
  const closesAt = windowClosesAt(windowOpenedAt);
  return closesAt !== null && now < closesAt;
}

/**
 * The one rule of sending: no message of a person leaves for the provider unless the contact is OPTED_IN; the system's
 * own messages leave only while what they say is true.
 */
export function gate(message: Pick<Message, 'kind' | 'channel' | 'requestId'>, situation: Situation): Verdict {
  if (message.channel === 'SMS') return situation.consent.status === 'OPTED_OUT' ? CANCEL : GO;
  switch (message.kind) {
    case 'TEXT':
      return gateText(situation);
    case 'OPT_IN_REQUEST':
      return situation.consent.status === 'PENDING' && currentRequest(situation.consent)?.id === message.requestId
        ? GO
        : CANCEL;
    case 'OPT_IN_CONFIRMATION':
      return situation.consent.status === 'OPTED_IN' && isWindowOpen(situation) ? GO : CANCEL;
    case 'OPT_OUT_NOTICE':
      return situation.consent.status === 'OPTED_OUT' && isWindowOpen(situation) ? GO : CANCEL;
    case 'PROMPT':
      return (situation.consent.status === 'OPTED_OUT' || situation.consent.paused !== null) && isWindowOpen(situation)
        ? GO
        : CANCEL;
  }
}

function gateText(situation: Situation): Verdict {
  switch (situation.consent.status) {
    case 'NOT_ASKED':
    case 'PENDING':
    case 'NO_RESPONSE':
      return hold('AWAITING_CONSENT');
    case 'UNREACHABLE':
      return hold('UNREACHABLE');
    case 'SUSPENDED':
      return hold('SUSPENDED');
    case 'OPTED_OUT':
      return CANCEL;
    case 'OPTED_IN':
      if (situation.consent.paused) return hold('AWAITING_CONSENT');
      if (!isWindowOpen(situation)) return hold('WINDOW_CLOSED');
      return GO;
  }
}
