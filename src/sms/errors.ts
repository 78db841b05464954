import type { FailureKind, ProviderFailure, SendOutcome } from '../domain/conversation/delivery-facts.js';

type Meaning = {
  readonly kind: Extract<
    FailureKind,
    'RETRY_LATER' | 'TOO_FAST_FOR_CHANNEL' | 'CHANNEL_UNHEALTHY' | 'UNWANTED' | 'REJECTED'
  >;
  readonly retryable: boolean;
  readonly reason: string;
};

const tooFast = (reason: string): Meaning => ({ kind: 'TOO_FAST_FOR_CHANNEL', retryable: true, reason });
const unhealthy = (reason: string): Meaning => ({ kind: 'CHANNEL_UNHEALTHY', retryable: true, reason });
const rejected = (reason: string): Meaning => ({ kind: 'REJECTED', retryable: false, reason });
const unknown = (reason: string): Meaning => ({ kind: 'REJECTED', retryable: true, reason });

const busy = tooFast('The SMS provider takes no more messages for the moment.');
const account = unhealthy('The SMS provider refuses the account or its token.');
const sender = unhealthy('The SMS provider refuses the number that messages are sent from.');
const unregistered = unhealthy('The number that messages are sent from is not registered for its country.');
const notNow: Meaning = {
  kind: 'RETRY_LATER',
  retryable: true,
  reason: 'The SMS provider can not take the message at the moment.',
};
const elsewhere = unhealthy('The address of the SMS provider does not answer as the provider does.');
const invalid = rejected('This is no number that can receive SMS.');
const unreachable = rejected('The phone can not be reached: it is switched off, unknown or a landline.');
const refusedMessage = rejected('The SMS provider refused the message.');

/** What each code of the provider means for us. A code that is not here is judged by what carries it. */
export const meanings: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [20003, account],
  [20005, account],
  [20404, account],
  [30002, unhealthy('The SMS provider has suspended the account.')],
  [21601, sender],
  [21603, sender],
  [21606, sender],
  [21660, sender],
  [21659, sender],
  [30024, sender],
  [30032, unregistered],
  [30034, unregistered],

  [20429, busy],
  [14107, busy],
  [21611, busy],
  [30001, busy],
  [30022, busy],

  [21610, { kind: 'UNWANTED', retryable: false, reason: 'The contact has told the SMS provider to stop.' }],

  [21211, invalid],
  [21614, invalid],
  [21635, invalid],
  [21408, rejected('The account may not send SMS to the contact’s country.')],
  [21612, rejected('The contact’s number can not be reached from the number that messages are sent from.')],
  [21602, rejected('The message has no text.')],
  [21617, rejected('The text is too long for SMS.')],
  [30003, unreachable],
  [30005, unreachable],
  [30006, unreachable],
  [30004, rejected('The phone or its carrier blocks messages from this number.')],
  [30007, rejected('The carrier filtered the message out.')],
  [30008, unknown('The carrier did not deliver the message and does not say why.')],
]);

/** The code for a `StatusCallback` that the provider can not reach. */
export const UNREACHABLE_CALLBACK = 21609;

/** What an answer to a send that is not a success means. The reason is ours; what the provider wrote is not passed on. */
export function outcomeOfError(httpStatus: number, code: number | null): SendOutcome {
  const meaning = meaningOfAnswer(httpStatus, code);
  if (meaning === null) {
    return { outcome: 'UNKNOWN', reason: 'The SMS provider failed; the message may or may not have been sent.' };
  }
  return { outcome: 'REFUSED', failure: { ...meaning, code } };
}

/** What a report of failure means: it did not arrive, whatever the code, and is not tried again by itself. */
export function failureOfStatus(code: number | null): ProviderFailure {
  const { kind, reason, retryable } = meaningOf(code) ?? rejected('The SMS provider did not deliver the message.');
  return { kind: kind === 'UNWANTED' ? kind : 'REJECTED', code, reason, retryable };
}

/** Null where it may or may not have been sent. */
function meaningOfAnswer(httpStatus: number, code: number | null): Meaning | null {
  if (httpStatus === 429) return busy;
  const known = meaningOf(code);
  if (known) return known;
  if ((httpStatus >= 500 && code === null) || httpStatus === 408) return null;
  if (httpStatus >= 500) return notNow;
  if (httpStatus === 401 || httpStatus === 403) return account;
  return httpStatus < 400 || [404, 405, 407].includes(httpStatus) ? elsewhere : refusedMessage;
}

function meaningOf(code: number | null): Meaning | null {
  return code === null ? null : (meanings.get(code) ?? null);
}
