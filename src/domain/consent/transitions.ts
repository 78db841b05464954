import type { ConsentEventType } from './events.js';

export const consentStatuses = [
  'NOT_ASKED',
  'PENDING',
  'NO_RESPONSE',
  'OPTED_IN',
  'OPTED_OUT',
  'UNREACHABLE',
  'SUSPENDED',
] as const;

export type ConsentStatus = (typeof consentStatuses)[number];

/** Events that change the status or confirm it; the others are remembered without a place in the feed. */
export type TransitionEventType = Exclude<ConsentEventType, (typeof unplacedEvents)[number]>;

const unplacedEvents = [
  'OptInRequestAccepted',
  'WithdrawalRepeated',
  'ConsentRepeated',
  'SendingPaused',
  'ContactPrompted',
  'SwitchedToSms',
  'SmsStopped',
  'SmsStarted',
] as const satisfies readonly ConsentEventType[];

/** The status that the contact had before the request that failed. */
export const BEFORE_REQUEST = 'BEFORE_REQUEST';

/** The whole lifecycle: status × event → status. An event missing from a row cannot happen in that status. */
// prettier-ignore
export const transitions = {
  NOT_ASKED:   { OptInRequested: 'PENDING', ConsentGiven: 'OPTED_IN',                              ConsentWithdrawn: 'OPTED_OUT',                                 ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  PENDING:     { OptInRequested: 'PENDING', ConsentGiven: 'OPTED_IN', ConsentRefused: 'OPTED_OUT', ConsentWithdrawn: 'OPTED_OUT', OptInUnanswered: 'NO_RESPONSE',
                 OptInRequestUndeliverable: 'UNREACHABLE', OptInRequestFailed: BEFORE_REQUEST,                                                                    ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  NO_RESPONSE: { OptInRequested: 'PENDING', ConsentGiven: 'OPTED_IN', ConsentRefused: 'OPTED_OUT', ConsentWithdrawn: 'OPTED_OUT',                                 ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  OPTED_IN:    { ConsentConfirmed: 'OPTED_IN',                                                     ConsentWithdrawn: 'OPTED_OUT', IdentityChanged: 'SUSPENDED',   ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  OPTED_OUT:   {                            ConsentGiven: 'OPTED_IN',                                                                                             ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  UNREACHABLE: { OptInRequested: 'PENDING', ConsentGiven: 'OPTED_IN',                              ConsentWithdrawn: 'OPTED_OUT',                                 ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  SUSPENDED:   { OptInRequested: 'PENDING',                                                        ConsentWithdrawn: 'OPTED_OUT',                                 ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
} as const satisfies Record<
  ConsentStatus,
  Partial<Record<TransitionEventType, ConsentStatus | typeof BEFORE_REQUEST>>
>;

export const consentCauses = [
  'OPT_IN_REQUESTED',
  'OPT_IN_RESENT',
  'ACCEPTED',
  'DECLINED',
  'WITHDRAWN',
  'OPTED_IN_AGAIN',
  'NO_ANSWER',
  'UNDELIVERABLE',
  'NOT_DELIVERED',
  'IDENTITY_CHANGED',
  'RECORDED',
  'ERASED',
] as const;

/** Why a status changed, in the words that callers see. */
export type ConsentCause = (typeof consentCauses)[number];

/** Where the event leads from this status, or null where the table has no such cell. */
export function targetOf(status: ConsentStatus, event: ConsentEventType): ConsentStatus | typeof BEFORE_REQUEST | null {
  const row: Partial<Record<ConsentEventType, ConsentStatus | typeof BEFORE_REQUEST>> = transitions[status];
  return row[event] ?? null;
}

/** Whether the event has a place in the feed. */
export function isTransition(event: ConsentEventType): event is TransitionEventType {
  return !(unplacedEvents as readonly ConsentEventType[]).includes(event);
}
