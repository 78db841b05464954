import type { ConsentEvent } from './events.js';

/** A message of the system that a fact implies; `requestId` is what its buttons name. */
export type ImpliedSend = {
  readonly kind: 'OPT_IN_REQUEST' | 'OPT_IN_CONFIRMATION' | 'OPT_OUT_NOTICE' | 'PROMPT';
  readonly requestId: string | null;
};

/** What the contact must be sent because of the fact; null for most. */
export function impliedSend(event: ConsentEvent): ImpliedSend | null {
  switch (event.type) {
    case 'OptInRequested':
      return { kind: 'OPT_IN_REQUEST', requestId: event.requestId };
    case 'ConsentGiven':
      return { kind: 'OPT_IN_CONFIRMATION', requestId: null };
    case 'ConsentRefused':
    case 'ConsentWithdrawn':
      return { kind: 'OPT_OUT_NOTICE', requestId: null };
    case 'ContactPrompted':
      return { kind: 'PROMPT', requestId: event.promptId };
    case 'OptInRequestAccepted':
    case 'OptInRequestFailed':
    case 'OptInRequestUndeliverable':
    case 'OptInUnanswered':
    case 'WithdrawalRepeated':
    case 'ConsentRepeated':
    case 'ConsentConfirmed':
    case 'ConsentRecorded':
    case 'WithdrawalRecorded':
    case 'IdentityChanged':
    case 'SendingPaused':
    case 'SwitchedToSms':
    case 'SmsStopped':
    case 'SmsStarted':
    case 'ContactErased':
      return null;
  }
}
