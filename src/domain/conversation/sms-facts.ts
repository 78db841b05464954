import type { ReplyEvidence } from '../consent/events.js';
import { startSms, stopSms } from '../consent/sms.js';
import type { Message } from '../message/message.js';
import { interpretReply, onlyAcknowledges, replyRulesVersion } from '../reply/interpret.js';
import { compose, record, regate, schedule, type Conversation, type Draft } from './conversation.js';

/** What a contact sent by SMS, as the provider told it. */
export type InboundSms = {
  readonly providerMessageId: string;
  /** When it came in: the provider tells no time. */
  readonly at: Date;
  /** What the agent is shown. */
  readonly text: string;
  /** What the provider itself took it for and acts upon; null where it says nothing. */
  readonly takenFor: 'STOP' | 'START' | null;
  readonly inboxId: string;
};

/**
 * Records what the contact sent by SMS and what it means for SMS. Consent for WhatsApp stays as it is, whatever the
 * words. Told twice, it changes nothing the second time.
 */
export function recordInboundSms(inbound: InboundSms, draft: Draft): Draft {
  const { conversation } = draft;
  const { providerMessageId, at, inboxId } = inbound;
  if (conversation.messages.some((message) => message.providerMessageId === providerMessageId)) return draft;
  const received = compose(draft, {
    kind: 'TEXT',
    channel: 'SMS',
    direction: 'INBOUND',
    body: inbound.text,
    author: null,
    requestId: null,
    providerMessageId,
    locale: null,
  });
  const evidence: ReplyEvidence = {
    messageId: received.messageId,
    providerMessageId,
    kind: 'TEXT',
    rules: replyRulesVersion,
    inboxId,
  };
  const wish = wishIn(inbound, conversation);
  const { consent } = conversation;
  const events =
    wish === 'STOP' ? stopSms({ at, evidence }, consent) : wish === 'START' ? startSms({ at, evidence }, consent) : [];
  return schedule(regate(record(received.draft, events)));
}

/** Nobody can be asked by SMS what an unclear wish to stop means: it counts as one. A bare "no" is conversation. */
function wishIn({ text, takenFor }: InboundSms, { contact, organization }: Conversation): 'STOP' | 'START' | null {
  const locales = [contact.locale, organization.locale].filter((locale) => locale !== null);
  const meaning = interpretReply(text, locales);
  if (takenFor === 'STOP' || meaning === 'STOP' || meaning === 'UNCLEAR_STOP') return 'STOP';
  if (takenFor === 'START' || (meaning === 'YES' && !onlyAcknowledges(text, locales))) return 'START';
  return null;
}

/** The provider did not deliver a message because the contact has told it to stop: as of when it was handed over. */
export function recordUnwantedSms(message: Message, code: number | null, draft: Draft): Draft {
  const evidence = { kind: 'PROVIDER' as const, messageId: message.id, code };
  return record(draft, stopSms({ at: message.statusChangedAt, evidence }, draft.conversation.consent));
}
