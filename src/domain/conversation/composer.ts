import type { ConsentPolicy } from '../consent/decide.js';
import { currentRequest, isSmsStopped, resendAvailableAt } from '../consent/state.js';
import { canAsk, isChannelDown, isUnwanted, isWindowOpen } from './gate.js';
import type { Conversation } from './conversation.js';

export const composerModes = [
  'CHANNEL_DISABLED',
  'OPT_IN_REQUIRED',
  'HOLDING',
  'OPEN',
  'WINDOW_CLOSED',
  'BLOCKED',
  'SMS_OFFERED',
  'SUSPENDED',
] as const;
export type ComposerMode = (typeof composerModes)[number];

/** Why the screen shows what it shows; the sentence for it is chosen in the viewer's language. */
export type ComposerNotice =
  | ComposerMode
  | 'HOLDING_NO_RESPONSE'
  | 'HOLDING_UNCLEAR'
  | 'HOLDING_CAN_RESEND'
  | 'HOLDING_CHANNEL_DOWN'
  | 'WINDOW_CLOSED_ASKED'
  | 'SMS_STOPPED'
  | 'SMS_NOT_ENABLED';

/** What the agent's screen should show and allow now. */
export type Composer = {
  readonly mode: ComposerMode;
  readonly canSendOptIn: boolean;
  readonly canResendOptIn: boolean;
  readonly canQueueMessage: boolean;
  readonly canSwitchToSms: boolean;
  readonly notice: ComposerNotice | null;
};

/** Derived from the same state and rules as the decisions, so that what it allows is not refused. */
export function composerOf(
  conversation: Pick<Conversation, 'organization' | 'consent' | 'windowOpenedAt' | 'continueAskedAt'>,
  now: Date,
  policy: ConsentPolicy,
): Composer {
  const { organization, consent } = conversation;
  const { whatsappEnabled, smsEnabled } = organization;
  const nothing = { canSendOptIn: false, canResendOptIn: false, canQueueMessage: false, canSwitchToSms: false };
  const canSwitchToSms = smsEnabled && consent.status === 'UNREACHABLE' && !isSmsStopped(consent);
  if (!whatsappEnabled) return { ...nothing, canSwitchToSms, mode: 'CHANNEL_DISABLED', notice: 'CHANNEL_DISABLED' };
  const canBeAsked = canAsk(organization, now) && !isUnwanted(conversation);
  const canSendOptIn = canBeAsked && !(consent.blockedUntil && now < consent.blockedUntil);
  switch (consent.status) {
    case 'NOT_ASKED':
      return { ...nothing, mode: 'OPT_IN_REQUIRED', canSendOptIn, notice: 'OPT_IN_REQUIRED' };
    case 'PENDING':
    case 'NO_RESPONSE': {
      const retryAt = resendAvailableAt(consent, policy.resendIntervalMs);
      const attempts = currentRequest(consent)?.attempt ?? 0;
      const canResendOptIn = canBeAsked && attempts < policy.maxAttempts && !(retryAt && now < retryAt);
      const notice = canResendOptIn
        ? 'HOLDING_CAN_RESEND'
        : consent.status === 'PENDING'
          ? 'HOLDING'
          : 'HOLDING_NO_RESPONSE';
      return { ...nothing, mode: 'HOLDING', canResendOptIn, canQueueMessage: true, notice };
    }
    case 'OPTED_IN': {
      const open = { ...nothing, canQueueMessage: true };
      if (consent.paused) return { ...open, mode: 'HOLDING', notice: 'HOLDING_UNCLEAR' };
      const windowOpen = isWindowOpen({ now, windowOpenedAt: conversation.windowOpenedAt });
      if (!windowOpen) {
        const notice = conversation.continueAskedAt === null ? 'WINDOW_CLOSED' : 'WINDOW_CLOSED_ASKED';
        return { ...open, mode: 'WINDOW_CLOSED', notice };
      }
      return isChannelDown(organization, now)
        ? { ...open, mode: 'HOLDING', notice: 'HOLDING_CHANNEL_DOWN' }
        : { ...open, mode: 'OPEN', notice: null };
    }
    case 'OPTED_OUT':
      return { ...nothing, mode: 'BLOCKED', notice: 'BLOCKED' };
    case 'UNREACHABLE':
      return {
        ...nothing,
        mode: 'SMS_OFFERED',
        canSendOptIn,
        canSwitchToSms,
        notice: isSmsStopped(consent) ? 'SMS_STOPPED' : smsEnabled ? 'SMS_OFFERED' : 'SMS_NOT_ENABLED',
      };
    case 'SUSPENDED':
      return { ...nothing, mode: 'SUSPENDED', canSendOptIn, canQueueMessage: true, notice: 'SUSPENDED' };
  }
}
