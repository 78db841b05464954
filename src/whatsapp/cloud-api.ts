import type { FailureKind, SendOutcome } from '../domain/conversation/delivery-facts.js';
import type { Channels, MessagingProvider, OutgoingMessage, WhatsAppChannel } from '../domain/ports.js';
import { neverLeft } from './connection.js';
import { graphErrorIn, outcomeOfError } from './errors.js';
import { listIn, objectIn, textIn } from './json.js';
import { sendBody } from './outgoing.js';
import { templateLanguage } from './template-language.js';

const missingTranslation = 132001;

/**
 * Sends through Meta's Cloud API. Never throws: REFUSED means that nothing was sent, UNKNOWN that it may have been.
 */
export function createCloudApi(dependencies: {
  readonly channels: Pick<Channels, 'byOrganization'>;
  /** Where the channel is served: Meta's address, or the simulator's. */
  readonly baseUrlFor: (channel: WhatsAppChannel) => string;
  readonly version: string;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
}): MessagingProvider {
  const { channels, baseUrlFor, version, fetch, timeoutMs } = dependencies;

  async function send(message: OutgoingMessage): Promise<SendOutcome> {
    const channel = await channels.byOrganization(message.organizationId).catch(() => undefined);
    if (channel === undefined) return refused('RETRY_LATER', 'The settings of the WhatsApp channel can not be read.');
    if (!channel?.enabled) return refused('CHANNEL_UNHEALTHY', 'WhatsApp is not enabled for the organization.');
    const { templateLocale } = channel;
    const name = message.kind === 'CONTINUE_REQUEST' ? channel.continueTemplate : channel.templateName;
    if (name === null) return refused('REJECTED', 'The organization has no template for this message.');
    const language = templateLanguage(message.locale, templateLocale);
    const outcome = await post(channel, sendBody(message, { name, language }));
    const untranslated = outcome.outcome === 'REFUSED' && outcome.failure.code === missingTranslation;
    if (!untranslated || language === templateLocale) return outcome;
    return post(channel, sendBody(message, { name, language: templateLocale }));
  }

  async function post(channel: WhatsAppChannel, body: object | null): Promise<SendOutcome> {
    if (!body) return refused('REJECTED', 'The message names no request that its buttons could answer.');
    const request = requestTo(channel, baseUrlFor, version);
    if (!request) return refused('CHANNEL_UNHEALTHY', 'The settings of the WhatsApp channel can not be used.');
    try {
      const response = await fetch(request.url, {
        method: 'POST',
        headers: request.headers,
        body: JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return outcomeOf(response.status, await response.text());
    } catch (error) {
      if (neverLeft(error)) return refused('RETRY_LATER', 'WhatsApp can not be reached at the moment.');
      return { outcome: 'UNKNOWN', reason: 'The connection to WhatsApp ended before it answered.' };
    }
  }

  return { send };
}

function requestTo(channel: WhatsAppChannel, baseUrlFor: (channel: WhatsAppChannel) => string, version: string) {
  try {
    const base = baseUrlFor(channel).replace(/\/+$/, '');
    return {
      url: new URL(`${base}/${version}/${encodeURIComponent(channel.phoneNumberId)}/messages`).href,
      headers: new Headers({
        authorization: `Bearer ${channel.accessToken}`,
        'content-type': 'application/json',
        accept: 'application/json',
      }),
    };
  } catch {
    return null;
  }
}

function outcomeOf(httpStatus: number, text: string): SendOutcome {
  const body = parse(text);
  const error = graphErrorIn(body);
  if (error || httpStatus < 200 || httpStatus > 299) return outcomeOfError({ httpStatus, error });
  const providerMessageId = textIn(objectIn(listIn(objectIn(body).messages)[0]).id);
  if (providerMessageId) return { outcome: 'ACCEPTED', providerMessageId };
  return { outcome: 'UNKNOWN', reason: 'WhatsApp gave an answer that can not be read.' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refused(kind: FailureKind, reason: string): SendOutcome {
  return { outcome: 'REFUSED', failure: { kind, code: null, reason, retryable: kind !== 'REJECTED' } };
}
