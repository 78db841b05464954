import type { FailureKind, SendOutcome } from '../domain/conversation/delivery-facts.js';
import type { MessagingProvider, OutgoingMessage } from '../domain/ports.js';
import { neverLeft } from './connection.js';

const unhealthyCodes = new Set([20003, 20005, 20404, 21601, 21603, 21606, 21611, 21660, 30002]);
const busyCodes = new Set([20429, 14107, 30001, 30022]);
const reasons = {
  RETRY_LATER: 'The SMS provider takes no more messages for the moment.',
  CHANNEL_UNHEALTHY: 'The SMS provider refuses the account or its sender number.',
  REJECTED: 'The SMS provider refused the message.',
} as const satisfies Partial<Record<FailureKind, string>>;

/**
 * Sends SMS through Twilio or whatever speaks its protocol. Never throws: REFUSED means that nothing was sent, UNKNOWN
 * that it may have been.
 */
export function createTwilioSms(dependencies: {
  /** What stands before /2010-04-01; asked for each send. */
  readonly baseUrl: () => string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
}): MessagingProvider {
  const { baseUrl, accountSid, authToken, from, fetch, timeoutMs } = dependencies;
  const path = `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;

  async function send(message: OutgoingMessage): Promise<SendOutcome> {
    const url = `${baseUrl().replace(/\/+$/, '')}${path}`;
    if (!URL.canParse(url)) return refused('CHANNEL_UNHEALTHY', null);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization, accept: 'application/json' },
        body: new URLSearchParams({ To: message.to, From: from, Body: message.body }),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return outcomeOf(response.status, await response.text());
    } catch (error) {
      if (neverLeft(error)) return refused('RETRY_LATER', null);
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
  if (httpStatus === 429 || (code !== null && busyCodes.has(code))) return refused('RETRY_LATER', code);
  if ((httpStatus >= 500 && code === null) || httpStatus === 408) {
    return { outcome: 'UNKNOWN', reason: 'The SMS provider failed; the message may or may not have been sent.' };
  }
  if (httpStatus >= 500) return refused('RETRY_LATER', code);
  const unhealthy = httpStatus < 400 || [401, 403, 404, 405, 407].includes(httpStatus);
  return refused(unhealthy || (code !== null && unhealthyCodes.has(code)) ? 'CHANNEL_UNHEALTHY' : 'REJECTED', code);
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function refused(kind: keyof typeof reasons, code: number | null): SendOutcome {
  return { outcome: 'REFUSED', failure: { kind, code, reason: reasons[kind], retryable: kind !== 'REJECTED' } };
}
