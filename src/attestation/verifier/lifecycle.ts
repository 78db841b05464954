import type { Entry } from './entry.js';

/** Where the event leads to the status that the contact had when it was asked. */
const BEFORE_REQUEST = 'BEFORE_REQUEST';

/** Status × event → status: the lifecycle of format 1. An event missing from a row can't happen in that status. */
// prettier-ignore
export const legalTransitions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  NOT_ASKED:   { OptInRequested: 'PENDING', ConsentGiven: 'OPTED_IN',                              ConsentWithdrawn: 'OPTED_OUT',                                 ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  PENDING:     { OptInRequested: 'PENDING', ConsentGiven: 'OPTED_IN', ConsentRefused: 'OPTED_OUT', ConsentWithdrawn: 'OPTED_OUT', OptInUnanswered: 'NO_RESPONSE',
                 OptInRequestUndeliverable: 'UNREACHABLE', OptInRequestFailed: BEFORE_REQUEST,                                                                    ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  NO_RESPONSE: { OptInRequested: 'PENDING', ConsentGiven: 'OPTED_IN', ConsentRefused: 'OPTED_OUT', ConsentWithdrawn: 'OPTED_OUT',                                 ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  OPTED_IN:    { ConsentConfirmed: 'OPTED_IN',                                                     ConsentWithdrawn: 'OPTED_OUT', IdentityChanged: 'SUSPENDED',   ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  OPTED_OUT:   {                            ConsentGiven: 'OPTED_IN',                                                                                             ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  UNREACHABLE: { OptInRequested: 'PENDING', ConsentGiven: 'OPTED_IN',                              ConsentWithdrawn: 'OPTED_OUT',                                 ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
  SUSPENDED:   { OptInRequested: 'PENDING',                                                        ConsentWithdrawn: 'OPTED_OUT',                                 ConsentRecorded: 'OPTED_IN', WithdrawalRecorded: 'OPTED_OUT', ContactErased: 'OPTED_OUT' },
};

/** Events without a place in the feed. */
export const unplacedEvents: readonly string[] = [
  'OptInRequestAccepted',
  'WithdrawalRepeated',
  'ConsentRepeated',
  'SendingPaused',
  'ContactPrompted',
  'SwitchedToSms',
  'SmsStopped',
  'SmsStarted',
];

/** After these, earlier requests no longer count as asked now. */
const settling = new Set([
  'ConsentGiven',
  'ConsentConfirmed',
  'ConsentRecorded',
  'ConsentRepeated',
  'ConsentRefused',
  'ConsentWithdrawn',
  'WithdrawalRecorded',
  'WithdrawalRepeated',
  'IdentityChanged',
]);

const causes: Readonly<Record<string, string>> = {
  ConsentConfirmed: 'ACCEPTED',
  ConsentRefused: 'DECLINED',
  ConsentWithdrawn: 'WITHDRAWN',
  OptInUnanswered: 'NO_ANSWER',
  OptInRequestUndeliverable: 'UNDELIVERABLE',
  OptInRequestFailed: 'NOT_DELIVERED',
  IdentityChanged: 'IDENTITY_CHANGED',
  ConsentRecorded: 'RECORDED',
  WithdrawalRecorded: 'RECORDED',
  ContactErased: 'ERASED',
};

const REMEMBERED_REQUESTS = 50;

type Request = { readonly id: string | null; readonly before: string; readonly failed: boolean };

/** What is wrong with the order of events, or null when each could follow on those before it. */
export function findIllegalStep(entries: readonly Entry[]): string | null {
  let status = 'NOT_ASKED';
  let transitions = 0;
  let requests: readonly Request[] = [];
  let erased = false;
  for (const { seq, event, transition, facts } of entries) {
    if (erased) return `Entry ${seq} follows on an erasure.`;
    if (transition === null) {
      if (!unplacedEvents.includes(event)) return `Entry ${seq}: ${event} needs a transition and has none.`;
    } else {
      const target = Object.hasOwn(legalTransitions, status) ? legalTransitions[status] : undefined;
      const cell = target && Object.hasOwn(target, event) ? target[event] : undefined;
      if (cell === undefined) return `Entry ${seq}: ${event} can not happen in ${status}.`;
      const asked = requests.findLast(({ failed }) => !failed);
      const to = cell === BEFORE_REQUEST ? (asked?.before ?? 'NOT_ASKED') : cell;
      if (transition.from !== status || transition.to !== to)
        return `Entry ${seq}: ${event} leads from ${status} to ${to}, not from ${transition.from} to ${transition.to}.`;
      if (transition.cause !== causeOf(event, status, facts)) return `Entry ${seq} names a wrong cause.`;
      transitions += 1;
      if (transition.version !== transitions) return `Entry ${seq} should be transition ${transitions}.`;
      if (event === 'OptInRequested') {
        requests = [...requests, { id: requestIn(facts), before: status, failed: false }].slice(-REMEMBERED_REQUESTS);
      }
      status = to;
    }
    if (event === 'OptInRequestFailed' || event === 'OptInRequestUndeliverable') {
      const id = requestIn(facts);
      requests = requests.map((request) => (request.id === id ? { ...request, failed: true } : request));
    }
    if (settling.has(event)) requests = [];
    erased = event === 'ContactErased';
  }
  return null;
}

function requestIn(facts: Entry['facts']): string | null {
  return typeof facts['requestId'] === 'string' ? facts['requestId'] : null;
}

function causeOf(event: string, status: string, facts: Entry['facts']): string | undefined {
  if (event === 'OptInRequested') return facts['attempt'] === 1 ? 'OPT_IN_REQUESTED' : 'OPT_IN_RESENT';
  if (event === 'ConsentGiven') return status === 'OPTED_OUT' ? 'OPTED_IN_AGAIN' : 'ACCEPTED';
  return causes[event];
}
