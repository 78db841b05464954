import type { FailureKind, ProviderFailure, SendOutcome } from '../domain/conversation/delivery-facts.js';
import { objectIn, textIn, type JsonObject } from './json.js';

type Meaning = {
  readonly kind: FailureKind | 'UNKNOWN';
  readonly retryable: boolean;
  readonly reason: string;
  readonly pauseMs?: number;
};

const HOUR_MS = 60 * 60 * 1000;

const unhealthy = (reason: string): Meaning => ({ kind: 'CHANNEL_UNHEALTHY', retryable: true, reason });
const rejected = (reason: string): Meaning => ({ kind: 'REJECTED', retryable: false, reason });
const notToday = (reason: string): Meaning => ({ kind: 'NOT_DELIVERED_TODAY', retryable: false, reason });
const tooFast = (reason: string): Meaning => ({ kind: 'TOO_FAST_FOR_CHANNEL', retryable: true, reason });
const template = (reason: string): Meaning => ({ kind: 'TEMPLATE_UNUSABLE', retryable: false, reason });
const unknown = (reason: string): Meaning => ({ kind: 'UNKNOWN', retryable: true, reason });

const permission = unhealthy('The access token may not send for this WhatsApp number.');
const expired = unhealthy('The access token of the WhatsApp number is invalid or has expired.');
const locked = unhealthy('WhatsApp has restricted the business account.');
const unregistered = unhealthy('The WhatsApp number is not set up completely at the provider.');
const badRequest = rejected('WhatsApp does not accept the message in this form.');
const badTemplate = template('The WhatsApp template does not fit what it was filled with.');
const unclear = unknown('WhatsApp failed while it handled the message; it may or may not have been sent.');

/** What each code of Meta means for us. A code that is not here is judged by the answer that carries it. */
export const meanings: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [0, expired],
  [190, expired],
  [3, permission],
  [10, permission],
  [131005, permission],
  [368, locked],
  [131031, locked],
  [131042, unhealthy('WhatsApp has a problem with the payment of the business account.')],
  [131037, unhealthy('WhatsApp has not approved the display name of the number.')],
  [131045, unregistered],
  [133010, unregistered],
  [
    131048,
    {
      ...unhealthy('WhatsApp limits this number: too many of its messages were blocked or reported.'),
      // Trying again soon makes it worse.
      pauseMs: 6 * HOUR_MS,
    },
  ],
  [131064, template('WhatsApp limits the templates of this business account.')],

  [4, tooFast('WhatsApp takes no more calls for the moment.')],
  [80007, tooFast('WhatsApp takes no more messages of this business account for the moment.')],
  [130429, tooFast('WhatsApp takes no more messages of this number for the moment.')],
  [
    131056,
    {
      kind: 'TOO_FAST_FOR_CONTACT',
      retryable: true,
      reason: 'Too many messages were sent to this contact in a short time.',
    },
  ],

  [
    131026,
    {
      kind: 'UNREACHABLE',
      retryable: false,
      reason: 'WhatsApp can not deliver to this number: it may not be on WhatsApp, or its app is too old.',
    },
  ],
  [
    131047,
    {
      kind: 'WINDOW_CLOSED',
      retryable: false,
      reason: 'More than 24 hours have passed since the contact last wrote.',
    },
  ],
  [
    137000,
    { kind: 'IDENTITY_CHANGED', retryable: false, reason: 'The WhatsApp account behind this number has changed.' },
  ],
  [131049, notToday('WhatsApp chose not to deliver the message today, to keep the contact from too many.')],
  [
    131050,
    {
      kind: 'UNWANTED',
      retryable: false,
      reason: 'The contact has told WhatsApp to stop marketing messages of this business.',
    },
  ],
  [130472, notToday('WhatsApp withholds such messages from this contact for an experiment of its own.')],

  [33, badRequest],
  [100, badRequest],
  [131008, badRequest],
  [131009, badRequest],
  [131051, rejected('WhatsApp does not support this type of message.')],
  [131052, rejected('WhatsApp could not fetch the media of the message.')],
  [131053, rejected('WhatsApp could not take the media of the message.')],
  [131021, rejected('The contact’s number is the business’s own.')],
  [131030, rejected('The WhatsApp number is a test number and this contact is not on its list.')],
  [131062, rejected('WhatsApp can not send this to a contact known by user name only.')],
  [130403, rejected('The business has blocked this contact.')],
  [130497, rejected('WhatsApp does not let this business write to the contact’s country.')],
  [132000, badTemplate],
  [132012, badTemplate],
  [132018, badTemplate],
  [132001, rejected('The WhatsApp template does not exist or is not approved in this language.')],
  [132005, template('The text of the WhatsApp template is too long.')],
  [132007, template('The WhatsApp template breaks a content rule of WhatsApp.')],
  [132015, rejected('WhatsApp has paused the template because of its quality.')],
  [132016, template('WhatsApp has disabled the template for good.')],
  [132068, rejected('The form in the WhatsApp template is blocked.')],
  [132069, rejected('The form in the WhatsApp template is limited for the moment.')],

  [1, unclear],
  [2, unclear],
  [131000, unclear],
  [131016, unclear],
  [131057, unclear],
  [133004, unclear],
]);

const busy = tooFast('WhatsApp is busy; the message will be sent again.');
const elsewhere = unhealthy('The address of the WhatsApp interface does not answer as WhatsApp does.');

/** An answer of Meta's that is not a success. `error` is the Graph error in its body, null when there is none. */
export type ErrorAnswer = { readonly httpStatus: number; readonly error: JsonObject | null };

/** What an error answer to a send means. The reason is ours; what the provider wrote is not passed on. */
export function outcomeOfError({ httpStatus, error }: ErrorAnswer): SendOutcome {
  const code = codeIn(error);
  const meaning = meaningOfAnswer(httpStatus, error, code);
  if (meaning.kind === 'UNKNOWN') return { outcome: 'UNKNOWN', reason: meaning.reason };
  return { outcome: 'REFUSED', failure: { ...meaning, kind: meaning.kind, code } };
}

/** What a message's `failed` status means, from the first of its errors: it did not arrive, whatever the code. */
export function failureOfStatus(error: unknown): ProviderFailure {
  const code = codeIn(objectIn(error));
  const meaning = meaningOf(code) ?? rejected('WhatsApp did not deliver the message.');
  if (meaning.kind !== 'UNKNOWN') return { ...meaning, kind: meaning.kind, code };
  return { kind: 'REJECTED', code, retryable: true, reason: 'WhatsApp did not deliver the message.' };
}

/** The Graph error in the body of an answer. */
export function graphErrorIn(body: unknown): JsonObject | null {
  const error = objectIn(objectIn(body).error);
  return codeIn(error) === null && textIn(error.message) === null ? null : error;
}

function meaningOfAnswer(httpStatus: number, error: JsonObject | null, code: number | null): Meaning {
  const known = meaningOf(code);
  const transient = error?.is_transient === true || httpStatus === 429;
  if (known && (known.kind !== 'REJECTED' || !transient)) return known;
  if (transient) return busy;
  if (httpStatus >= 500 || httpStatus === 408) return unclear;
  if (error) return rejected('WhatsApp refused the message.');
  // Without a Graph error it was somebody else who answered: a proxy, or a wrong address.
  return httpStatus < 400 || [401, 403, 404, 405, 407].includes(httpStatus) ? elsewhere : badRequest;
}

function meaningOf(code: number | null): Meaning | null {
  if (code === null) return null;
  return code >= 200 && code <= 299 ? permission : (meanings.get(code) ?? null);
}

function codeIn(error: JsonObject | null): number | null {
  return typeof error?.code === 'number' && Number.isSafeInteger(error.code) ? error.code : null;
}
