import {
  recordElsewhere,
  resendOptIn as resend,
  sendOptIn as ask,
  switchToSms as switchConsentToSms,
  type ConsentDecision,
  type ConsentPolicy,
} from '../consent/decide.js';
import type { PermissionBasis, RecordedEvidence } from '../consent/events.js';
import { isSmsStopped, type ConsentState } from '../consent/state.js';
import type { ConsentStatus } from '../consent/transitions.js';
import type { Channel, Message } from '../message/message.js';
import { languageFor } from '../message/texts.js';
import { compose, move, record, regate, schedule, type Draft } from './conversation.js';
import { canAsk, isUnwanted } from './gate.js';
import { decided, refuse, type Decision, type RefusalCode } from './refusal.js';

/** What the organization has settled about asking and writing. */
export type Policy = ConsentPolicy & {
  /** Messages that may wait for one contact. */
  readonly maxHeld: number;
};

/** The longest text that a channel carries, in characters. */
export const maxBodyLength: Readonly<Record<Channel, number>> = { WHATSAPP: 4096, SMS: 1600 };

/** The agent confirms the prompt: the contact is asked for consent. */
export function sendOptIn(
  command: { readonly by: string; readonly basis: PermissionBasis | null; readonly locale: string | null },
  draft: Draft,
): Decision {
  return (
    askingRefusal(draft) ??
    carryOut(
      draft,
      ask({ ...asking(draft, command.by, command.locale), basis: command.basis }, draft.conversation.consent),
    )
  );
}

/** The agent asks again. */
export function resendOptIn(command: { readonly by: string }, draft: Draft, policy: Policy): Decision {
  return (
    askingRefusal(draft) ?? carryOut(draft, resend(asking(draft, command.by, null), draft.conversation.consent, policy))
  );
}

/** The agent writes: the message leaves if it may, is held while the contact thinks, and is refused otherwise. */
export function queueMessage(
  command: { readonly body: string; readonly channel: Channel; readonly author: string },
  draft: Draft,
  policy: Policy,
): Decision<{ readonly messageId: string }> {
  const { body, channel, author } = command;
  const { organization, consent, messages } = draft.conversation;
  if (body.trim() === '') return refuse('MESSAGE_EMPTY', ['body']);
  if ([...body].length > maxBodyLength[channel]) return refuse('MESSAGE_TOO_LONG', ['body']);
  if (channel === 'WHATSAPP' && !organization.whatsappEnabled) return refuse('WHATSAPP_NOT_ENABLED');
  if (channel === 'SMS' && !organization.smsEnabled) return refuse('SMS_NOT_ENABLED', ['channel']);
  const refusal = channel === 'WHATSAPP' ? whatsappRefusals[consent.status] : smsRefusal(consent);
  if (refusal) return refuse(refusal, ['contactId']);
  const waiting = messages.filter(({ status, kind }) => kind === 'TEXT' && (status === 'HELD' || status === 'QUEUED'));
  if (waiting.length >= policy.maxHeld) return refuse('QUEUE_FULL');
  const written = compose(draft, {
    kind: 'TEXT',
    channel,
    direction: 'OUTBOUND',
    body,
    author,
    requestId: null,
    providerMessageId: null,
    locale: null,
  });
  return decided(schedule(written.draft), { messageId: written.messageId });
}

/** The agent takes back a message that has not left. */
export function cancelMessage(message: Message | null, draft: Draft): Decision<{ readonly messageId: string }> {
  if (!message) return refuse('MESSAGE_NOT_FOUND', ['messageId']);
  const waits = message.status === 'HELD' || message.status === 'QUEUED';
  if (!waits || message.kind !== 'TEXT') return refuse('MESSAGE_NOT_CANCELLABLE', ['messageId']);
  return decided(schedule(move(draft, message, { status: 'CANCELLED' })), { messageId: message.id });
}

export const heldMessageChoices = ['SEND_BY_SMS', 'CANCEL', 'KEEP'] as const;
export type HeldMessageChoice = (typeof heldMessageChoices)[number];

/** The agent moves on by SMS, and says what becomes of the messages that were held. */
export function switchToSms(
  command: { readonly by: string; readonly heldMessages: HeldMessageChoice },
  draft: Draft,
): Decision {
  if (!draft.conversation.organization.smsEnabled) return refuse('SMS_NOT_ENABLED');
  const decision = switchConsentToSms({ now: draft.now, by: command.by }, draft.conversation.consent);
  if (decision.refusal) return refuse(decision.refusal.code, ['contactId']);
  const held = draft.conversation.messages.filter(({ status, channel }) => status === 'HELD' && channel === 'WHATSAPP');
  const moved = held.reduce((current, message) => {
    if (command.heldMessages === 'KEEP') return current;
    if (command.heldMessages === 'CANCEL') return move(current, message, { status: 'CANCELLED' });
    return move(current, message, { status: 'QUEUED', channel: 'SMS' });
  }, draft);
  return decided(schedule(record(moved, decision.events)), null);
}

/** The organization records a consent or withdrawal that it obtained elsewhere. */
export function recordObtained(
  fact: { readonly at: Date; readonly by: string; readonly granted: boolean; readonly evidence: RecordedEvidence },
  draft: Draft,
): Decision {
  if (fact.at > draft.now) return refuse('INVALID_INPUT', ['occurredAt']);
  return carryOut(draft, recordElsewhere(fact, draft.conversation.consent));
}

const whatsappRefusals: Readonly<Record<ConsentStatus, RefusalCode | null>> = {
  NOT_ASKED: 'OPT_IN_REQUIRED',
  PENDING: null,
  NO_RESPONSE: null,
  OPTED_IN: null,
  OPTED_OUT: 'CONTACT_OPTED_OUT',
  UNREACHABLE: 'CONTACT_UNREACHABLE',
  SUSPENDED: null,
};

const smsRefusals: Readonly<Record<ConsentStatus, RefusalCode | null>> = {
  ...whatsappRefusals,
  NOT_ASKED: null,
  UNREACHABLE: null,
};

function smsRefusal(consent: ConsentState): RefusalCode | null {
  return isSmsStopped(consent) ? 'CONTACT_OPTED_OUT' : smsRefusals[consent.status];
}

function askingRefusal({ now, conversation }: Draft): ReturnType<typeof refuse> | null {
  const { organization } = conversation;
  if (!organization.whatsappEnabled) return refuse('WHATSAPP_NOT_ENABLED');
  if (!canAsk(organization, now)) return refuse('CHANNEL_UNHEALTHY');
  return isUnwanted(conversation) ? refuse('CONTACT_OPTED_OUT', ['contactId']) : null;
}

function asking(draft: Draft, by: string, locale: string | null) {
  const { contact, organization } = draft.conversation;
  const language = locale ?? languageFor(contact.locale, organization.locale);
  return { now: draft.now, requestId: draft.newId(), by, locale: language };
}

function carryOut(draft: Draft, decision: ConsentDecision): Decision {
  if (decision.refusal) return refuse(decision.refusal.code, ['contactId'], decision.refusal.retryAt);
  return decided(schedule(regate(record(draft, decision.events))), null);
}
