import type { FailureKind, SendOutcome } from '../domain/conversation/delivery-facts.js';
import type { SentTemplate } from '../domain/evidence.js';
import type { Channels, WhatsAppChannel } from '../domain/ports/channels.js';
import type { Clock } from '../domain/ports/clock.js';
import type { MessagingProvider, OutgoingMessage, Post } from '../domain/ports/messaging-provider.js';
import { graphErrorIn, outcomeOfError } from './errors.js';
import { listIn, objectIn, textIn } from './json.js';
import { sendBody } from './outgoing.js';
import { templateLanguage } from './template-language.js';

const missingTranslation = 132001;
/** What a header may hold. */
const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Sends through Meta's Cloud API. Never throws: REFUSED means that nothing was sent, UNKNOWN that it may have been.
 */
export function createCloudApi(dependencies: {
  readonly channels: Pick<Channels, 'byOrganization'>;
  /** Where the channel is served: Meta's address, or the simulator's. */
  readonly baseUrlFor: (channel: WhatsAppChannel) => string;
  readonly version: string;
  readonly post: Post;
  readonly clock: Clock;
}): MessagingProvider {
  const { channels, baseUrlFor, version, post, clock } = dependencies;

  async function send(message: OutgoingMessage): Promise<SendOutcome> {
    const channel = await channels.byOrganization(message.organizationId).catch(() => undefined);
    if (channel === undefined) return refused('RETRY_LATER', 'The settings of the WhatsApp channel can not be read.');
    if (!channel?.enabled) return refused('CHANNEL_UNHEALTHY', 'WhatsApp is not enabled for the organization.');
    const { templateLocale } = channel;
    const name = message.kind === 'CONTINUE_REQUEST' ? channel.continueTemplate : channel.templateName;
    if (name === null) return refused('REJECTED', 'The organization has no template for this message.');
    const language = templateLanguage(message.locale, templateLocale);
    const outcome = await hand(channel, message, { name, language });
    const untranslated = outcome.outcome === 'REFUSED' && outcome.failure.code === missingTranslation;
    if (!untranslated || language === templateLocale) return outcome;
    return hand(channel, message, { name, language: templateLocale });
  }

  async function hand(
    channel: WhatsAppChannel,
    message: OutgoingMessage,
    template: { readonly name: string; readonly language: string },
  ): Promise<SendOutcome> {
    const body = sendBody(message, template);
    if (!body) return refused('REJECTED', 'The message names no request that its buttons could answer.');
    const request = requestTo(channel, baseUrlFor, version);
    if (!request) return refused('CHANNEL_UNHEALTHY', 'The settings of the WhatsApp channel can not be used.');
    const { phoneNumberId, number } = channel;
    const sent = {
      sender: { phoneNumberId, number, businessName: message.organizationName },
      template: templateSent(channel, message, template),
      url: request.url,
      sentAt: clock.now(),
      request: JSON.stringify(body),
    };
    const posted = await post({ ...request, body: sent.request });
    switch (posted.outcome) {
      case 'ANSWERED': {
        const { status, text } = posted;
        return { ...outcomeOf(status, text), exchange: { ...sent, answer: { status, text, at: clock.now() } } };
      }
      case 'NOT_SENT':
        return refused('RETRY_LATER', 'WhatsApp can not be reached at the moment.');
      case 'LOST': {
        const reason = 'The connection to WhatsApp ended before it answered.';
        return { outcome: 'UNKNOWN', reason, exchange: { ...sent, answer: null } };
      }
    }
  }

  return { send };
}

function requestTo(channel: WhatsAppChannel, baseUrlFor: (channel: WhatsAppChannel) => string, version: string) {
  const base = baseUrlFor(channel).replace(/\/+$/, '');
  const url = `${base}/${version}/${encodeURIComponent(channel.phoneNumberId)}/messages`;
  const authorization = `Bearer ${channel.accessToken}`;
  if (!URL.canParse(url) || !headerText.test(authorization)) return null;
  return { url, headers: { authorization, 'content-type': 'application/json', accept: 'application/json' } };
}

/** Category and version are said of the template of the opt-in request alone. */
function templateSent(
  { templateCategory: category, templateVersion: version }: WhatsAppChannel,
  { kind }: OutgoingMessage,
  template: { readonly name: string; readonly language: string },
): SentTemplate | null {
  if (kind === 'OPT_IN_REQUEST') return { ...template, category, version };
  return kind === 'CONTINUE_REQUEST' ? { ...template, category: null, version: null } : null;
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
