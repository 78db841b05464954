import { maxBodyLength } from '../domain/conversation/agent-commands.js';
import type { Refusal } from '../domain/conversation/refusal.js';
import type { UserErrorCodeName } from '../schema/user-error.js';

const sentences: Readonly<Record<UserErrorCodeName, string>> = {
  WHATSAPP_NOT_ENABLED: 'Ask an administrator to set up a WhatsApp channel for the organization or to switch it on.',
  CHANNEL_UNHEALTHY: 'WhatsApp refuses the channel of the organization at present: ask an operator to mend it.',
  SMS_NOT_ENABLED: 'Ask an administrator to set up SMS, or write on WhatsApp.',
  CONTACT_NOT_FOUND: 'There is no such contact: look the contact up again and use the id found.',
  CONTACT_ON_HOLD: 'The contact is on legal hold: have an operator release it, then erase it.',
  INVALID_PHONE_NUMBER: 'There can be no such number: write it with "+" and the country code, such as "+16505550123".',
  PHONE_NUMBER_TAKEN: 'Another contact has this number: find it with contactByPhone and use it.',
  INVALID_INPUT: 'Correct the field that the path names; its description says what it takes.',
  OPT_IN_REQUIRED: 'Ask the contact for consent first, with sendOptIn.',
  OPT_IN_PENDING:
    'The contact has been asked already: wait for the answer, or ask again with resendOptIn when allowed.',
  RESEND_TOO_SOON: 'The contact was asked a short time ago: ask again from retryAt on.',
  ATTEMPTS_EXHAUSTED: 'The contact was asked as often as is allowed: wait until the contact answers.',
  ALREADY_OPTED_IN: 'The contact has agreed already: write with queueMessage.',
  CONTACT_OPTED_OUT: 'The contact opted out: write again only after the contact has opted in by their own act.',
  CONTACT_UNREACHABLE: 'The number cannot receive WhatsApp: go on by SMS with switchToSms.',
  CONTACT_SUSPENDED: 'Whoever holds the number may have changed: ask for consent anew with sendOptIn.',
  NOT_REQUESTED: 'The contact has not been asked yet: ask with sendOptIn.',
  MESSAGE_EMPTY: 'Write a text that is more than spaces.',
  MESSAGE_TOO_LONG: `Shorten the text: at most ${maxBodyLength.WHATSAPP} characters on WhatsApp, ${maxBodyLength.SMS} by SMS.`,
  QUEUE_FULL: 'Too many messages to this contact are waiting: cancel some, or wait until they have left.',
  MESSAGE_NOT_CANCELLABLE: 'Only messages of agents that are held or queued can be cancelled; leave this one as it is.',
  MESSAGE_NOT_FOUND: 'There is no such message: look the conversation up again and use the id found.',
  IDEMPOTENCY_KEY_PARAMETER_MISMATCH: 'This key was used before with another input: use a new key for a new request.',
  IDEMPOTENCY_CONCURRENT_REQUEST: 'A request with this key is being carried out: send it again in a moment.',
};

/** The domain's no as an error of the payload; its path is relative to the arguments of the mutation. */
export function userErrorOf({ code, path, retryAt }: Refusal) {
  const error = { code, message: sentences[code], path: ['input', ...path] };
  return retryAt
    ? { __typename: 'RetryLaterError' as const, ...error, retryAt }
    : { __typename: 'RefusedError' as const, ...error };
}
