import { currentRequest, isSmsStopped, type ConsentState } from '../consent/state.js';
import type { HeldReason, Message } from '../message/message.js';

/** How long free-form messages may follow the contact's last one: Meta's customer service window. */
export const WINDOW_MS = 24 * 60 * 60 * 1000;

/** How an organization's WhatsApp channel is. */
export type WhatsAppState = {
  readonly whatsappEnabled: boolean;
  /** Whether the provider serves the channel. */
  readonly whatsappHealthy: boolean;
  /** When a channel that is not served is tried again; null while it is served. */
  readonly whatsappRetryAt: Date | null;
  /** Until when the provider takes no opt-in request of this channel, for its template's sake; null while it does. */
  readonly templateRetryAt: Date | null;
};

/** What the gate looks at. */
export type Situation = {
  readonly now: Date;
  readonly consent: ConsentState;
  readonly windowOpenedAt: Date | null;
  /** Whether the WhatsApp channel is not served and not being tried again. */
  readonly channelDown: boolean;
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

/** Whether nothing may be handed to WhatsApp now. From its time on, a channel that was refused is tried again. */
export function isChannelDown(
  channel: Pick<WhatsAppState, 'whatsappEnabled' | 'whatsappHealthy' | 'whatsappRetryAt'>,
  now: Date,
): boolean {
  const { whatsappEnabled, whatsappHealthy, whatsappRetryAt } = channel;
  return !whatsappEnabled || (!whatsappHealthy && (whatsappRetryAt === null || now < whatsappRetryAt));
}

/** Whether the channel can carry an opt-in request now. */
export function canAsk(
  channel: Pick<WhatsAppState, 'whatsappEnabled' | 'whatsappHealthy' | 'templateRetryAt'>,
  now: Date,
): boolean {
  const { whatsappEnabled, whatsappHealthy, templateRetryAt } = channel;
  return whatsappEnabled && whatsappHealthy && (templateRetryAt === null || now >= templateRetryAt);
}

/** Whether the contact has the provider stop what is sent unasked, and has not written since. */
export function isUnwanted({ consent, windowOpenedAt }: Pick<Situation, 'consent' | 'windowOpenedAt'>): boolean {
  const { unwantedAt } = consent;
  return unwantedAt !== null && (windowOpenedAt === null || windowOpenedAt <= unwantedAt);
}

/**
 * The one rule of sending: no message of a person leaves for the provider unless the contact is OPTED_IN; the system's
 * own messages leave only while what they say is true.
 */
export function gate(message: Pick<Message, 'kind' | 'channel' | 'requestId'>, situation: Situation): Verdict {
  if (message.channel === 'SMS') return gateSms(situation);
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
    case 'CONTINUE_REQUEST':
      return situation.consent.status === 'OPTED_IN' && !situation.consent.paused && !isWindowOpen(situation)
        ? GO
        : CANCEL;
    case 'PROMPT':
      return (situation.consent.status === 'OPTED_OUT' || situation.consent.paused !== null) && isWindowOpen(situation)
        ? GO
        : CANCEL;
  }
}

/** SMS needs no opt-in; it stops for who stopped it, and for who opted out of WhatsApp. */
function gateSms({ consent }: Situation): Verdict {
  return consent.status === 'OPTED_OUT' || isSmsStopped(consent) ? CANCEL : GO;
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
      return situation.channelDown ? hold('CHANNEL_DOWN') : GO;
  }
}
