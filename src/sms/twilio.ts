import type { SendOutcome } from '../domain/conversation/delivery-facts.js';
import type { MessagingProvider, OutgoingMessage, Post } from '../domain/ports/messaging-provider.js';
import type { SmsSender, SmsSenders } from '../domain/ports/sms-senders.js';
import { statusCallback } from './attempt-name.js';
import { outcomeOfError, UNREACHABLE_CALLBACK } from './errors.js';

const FORM = 'application/x-www-form-urlencoded;charset=UTF-8';

/**
 * Sends SMS through Twilio or whatever speaks its protocol, with the sender of the organization. Never throws: REFUSED
 * means that nothing was sent, UNKNOWN that it may have been.
 */
export function createTwilioSms(dependencies: {
  readonly senders: Pick<SmsSenders, 'byOrganization'>;
  /** What stands before /2010-04-01; asked for each send. */
  readonly baseUrlFor: (sender: SmsSender) => string;
  /** Where the provider reaches this server; asked for each send. */
  readonly publicUrl: () => string;
  readonly post: Post;
}): MessagingProvider {
  const { senders, baseUrlFor, publicUrl, post } = dependencies;

  async function send(message: OutgoingMessage): Promise<SendOutcome> {
    const sender = await senders.byOrganization(message.organizationId).catch(() => undefined);
    if (sender === undefined) return refused('RETRY_LATER', 'The settings of the SMS sender can not be read.');
    if (!sender) return refused('CHANNEL_UNHEALTHY', 'SMS is not set up for the organization.');
    const address = publicUrl();
    if (address === '') return refused('RETRY_LATER', 'The server does not listen to reports yet.');
    const form = { To: message.to, From: sender.from, Body: message.body };
    const reported = { ...form, StatusCallback: statusCallback(address, message) };
    const outcome = await hand(sender, reported);
    const unheard = outcome.outcome === 'REFUSED' && outcome.failure.code === UNREACHABLE_CALLBACK;
    return unheard ? hand(sender, form) : outcome;
  }

  async function hand(sender: SmsSender, form: Record<string, string>): Promise<SendOutcome> {
    const { accountSid, authToken } = sender;
    const path = `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`;
    const url = `${baseUrlFor(sender).replace(/\/+$/, '')}${path}`;
    if (!URL.canParse(url)) return refused('CHANNEL_UNHEALTHY', 'The address of the SMS provider can not be used.');
    const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
    const headers = { authorization, accept: 'application/json', 'content-type': FORM };
    const posted = await post({ url, headers, body: new URLSearchParams(form).toString() });
    switch (posted.outcome) {
      case 'ANSWERED':
        return outcomeOf(posted.status, posted.text);
      case 'NOT_SENT':
        return refused('RETRY_LATER', 'The SMS provider can not be reached at the moment.');
      case 'LOST':
        return { outcome: 'UNKNOWN', reason: 'The connection to the SMS provider ended before it answered.' };
    }
  }

  return { send };
}

function outcomeOf(httpStatus: number, text: string): SendOutcome {
  const answer = parse(text);
  if (httpStatus >= 200 && httpStatus <= 299) {
    if (typeof answer?.sid === 'string' && answer.sid !== '') {
      return { outcome: 'ACCEPTED', providerMessageId: answer.sid };
    }
    return { outcome: 'UNKNOWN', reason: 'The SMS provider gave an answer that can not be read.' };
  }
  const code = typeof answer?.code === 'number' && Number.isSafeInteger(answer.code) ? answer.code : null;
  return outcomeOfError(httpStatus, code);
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function refused(kind: 'RETRY_LATER' | 'CHANNEL_UNHEALTHY', reason: string): SendOutcome {
  return { outcome: 'REFUSED', failure: { kind, code: null, reason, retryable: true } };
}
