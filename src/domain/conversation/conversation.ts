import type { ContactLog } from '../evidence.js';
import { impliedSend } from '../consent/outbound.js';
import type { ConsentEvent } from '../consent/events.js';
import { evolve, transitionOf, type ConsentState, type Transition } from '../consent/state.js';
import { gate, isChannelDown, type Verdict, type WhatsAppState } from './gate.js';
import { languageFor, render, type TextKey, type TextOverrides } from '../message/texts.js';
import {
  channels,
  evolveMessage,
  isOpen,
  type Channel,
  type DeliveryFailure,
  type Message,
  type MessageComposed,
  type MessageEvent,
} from '../message/message.js';
import type { Pace } from '../message/pace.js';
import type { PhoneNumber } from '../phone-number.js';

/** What the organization has set up, as decisions need it. */
export type OrganizationSettings = WhatsAppState & {
  readonly id: string;
  readonly name: string;
  readonly locale: string;
  /** Whether there is a template that asks a contact to reopen the window. */
  readonly continuesWindow: boolean;
  readonly smsEnabled: boolean;
  readonly texts: TextOverrides;
};

export type Contact = {
  readonly id: string;
  readonly name: string;
  readonly phone: PhoneNumber;
  readonly locale: string | null;
};

/** One contact with all that a decision about it must see. */
export type Conversation = {
  readonly organization: OrganizationSettings;
  readonly contact: Contact;
  /** How often it was written; 0 while it is not stored. Decisions are made against one revision. */
  readonly revision: number;
  readonly consent: ConsentState;
  /** The contact's message that opened the window; null when it is closed. */
  readonly windowOpenedAt: Date | null;
  readonly messageCount: number;
  /** Open messages, and those that the command names. */
  readonly messages: readonly Message[];
  /** When the next message may leave, per channel; null when none waits. */
  readonly sendAfter: Readonly<Record<Channel, Date | null>>;
  /** What the provider calls this contact: wa_id, business-scoped user id. */
  readonly identities: readonly string[];
  /** What was sent to the contact on WhatsApp of late. */
  readonly pace: Pace | null;
  /** When the contact was asked to reopen the window; null since it last wrote. */
  readonly continueAskedAt: Date | null;
  /** On legal hold: nothing of it may be deleted. */
  readonly onHold: boolean;
  /** Null while nothing of the contact is in the log. */
  readonly log: ContactLog | null;
};

/** A consent event with what it did to the status. */
export type RecordedEvent = {
  readonly id: string;
  readonly event: ConsentEvent;
  readonly transition: Transition | null;
};

/** A decision in the making: the conversation as it will be, and the facts that lead there. */
export type Draft = {
  readonly now: Date;
  readonly newId: () => string;
  readonly conversation: Conversation;
  readonly events: readonly RecordedEvent[];
  readonly messages: readonly MessageEvent[];
};

export function draftOf(conversation: Conversation, now: Date, newId: () => string): Draft {
  return { now, newId, conversation, events: [], messages: [] };
}

/** Records consent events; the messages that they imply are composed with them. */
export function record(draft: Draft, events: readonly ConsentEvent[]): Draft {
  return events.reduce(recordOne, draft);
}

function recordOne(draft: Draft, event: ConsentEvent): Draft {
  const { conversation } = draft;
  const transition = transitionOf(conversation.consent, event);
  const recorded: Draft = {
    ...draft,
    conversation: { ...conversation, consent: evolve(conversation.consent, event) },
    events: [...draft.events, { id: draft.newId(), event, transition }],
  };
  const send = impliedSend(event);
  if (!send || verdictOn(recorded, { ...send, channel: 'WHATSAPP' }).verdict !== 'GO') return recorded;
  const { organization, contact } = conversation;
  const locale = languageFor(contact.locale, organization.locale);
  return compose(recorded, {
    ...send,
    channel: 'WHATSAPP',
    direction: 'OUTBOUND',
    body: render(organization.texts, locale, textKeyFor(send.kind, recorded), { business: organization.name }),
    author: null,
    providerMessageId: null,
    locale,
  }).draft;
}

function textKeyFor(
  kind: 'OPT_IN_REQUEST' | 'OPT_IN_CONFIRMATION' | 'OPT_OUT_NOTICE' | 'PROMPT',
  draft: Draft,
): TextKey {
  if (kind !== 'PROMPT') return kind;
  return draft.conversation.consent.status === 'OPTED_OUT' ? 'PROMPT_OPTED_OUT' : 'PROMPT_UNCLEAR';
}

type NewMessage = Pick<
  MessageComposed,
  'channel' | 'kind' | 'direction' | 'body' | 'author' | 'requestId' | 'providerMessageId' | 'locale'
>;

/** Adds a message: received when it came in, otherwise queued or held as the gate says. */
export function compose(draft: Draft, message: NewMessage): { readonly draft: Draft; readonly messageId: string } {
  const verdict = verdictOn(draft, message);
  const event: MessageComposed = {
    ...message,
    type: 'MessageComposed',
    at: draft.now,
    messageId: draft.newId(),
    number: draft.conversation.messageCount + 1,
    status: message.direction === 'INBOUND' ? 'RECEIVED' : verdict.verdict === 'HOLD' ? 'HELD' : 'QUEUED',
    heldReason: message.direction === 'OUTBOUND' && verdict.verdict === 'HOLD' ? verdict.reason : null,
  };
  const { conversation } = draft;
  return {
    messageId: event.messageId,
    draft: {
      ...draft,
      conversation: {
        ...conversation,
        messageCount: event.number,
        messages: [...conversation.messages, evolveMessage(null, event)],
      },
      messages: [...draft.messages, event],
    },
  };
}

/** Takes one step of a message. */
export function move(
  draft: Draft,
  message: Message,
  step: Partial<Message> & Pick<Message, 'status'> & { failure?: DeliveryFailure; by?: string },
): Draft {
  const event: MessageEvent = {
    type: 'MessageMoved',
    at: draft.now,
    messageId: message.id,
    status: step.status,
    channel: step.channel ?? message.channel,
    heldReason: step.heldReason ?? null,
    failure: step.failure ?? null,
    attempts: step.attempts ?? message.attempts,
    providerMessageId: step.providerMessageId ?? null,
    possibleDuplicate: step.possibleDuplicate ?? false,
    by: step.by ?? null,
  };
  const { conversation } = draft;
  const messages = conversation.messages.map((other) =>
    other.id === message.id ? evolveMessage(other, event) : other,
  );
  return { ...draft, conversation: { ...conversation, messages }, messages: [...draft.messages, event] };
}

/** Lets every waiting message be what the gate now says: queued, held (and why), or cancelled. */
export function regate(draft: Draft): Draft {
  return draft.conversation.messages.filter(isOpen).reduce((current, message) => {
    if (message.status === 'SENDING') return current;
    const verdict = verdictOn(current, message);
    switch (verdict.verdict) {
      case 'CANCEL':
        return move(current, message, { status: 'CANCELLED' });
      case 'HOLD':
        // What an operator parked stays parked, whatever else it would wait for.
        if (message.heldReason === verdict.reason || message.heldReason === 'PARKED') return current;
        return move(current, message, { status: 'HELD', heldReason: verdict.reason });
      case 'GO':
        if (message.status !== 'HELD' || message.heldReason === 'PARKED') return current;
        return move(current, message, { status: 'QUEUED' });
    }
  }, draft);
}

/**
 * Ends a decision: the contact is asked to reopen the window where messages wait for that, and it is set when the next
 * message of each channel may leave; `at` replaces what was set before.
 */
export function schedule(decided: Draft, at: Partial<Record<Channel, Date>> = {}): Draft {
  const draft = askToContinue(decided);
  const { conversation } = draft;
  const sendAfter = { ...conversation.sendAfter };
  for (const channel of channels) {
    const waits = conversation.messages.some(
      (message) => message.channel === channel && (message.status === 'QUEUED' || message.status === 'SENDING'),
    );
    sendAfter[channel] = waits ? (at[channel] ?? sendAfter[channel] ?? draft.now) : null;
  }
  return { ...draft, conversation: { ...conversation, sendAfter } };
}

/** One request for each time that the window closed on messages. */
function askToContinue(draft: Draft): Draft {
  const { organization, contact, messages, continueAskedAt } = draft.conversation;
  if (!organization.continuesWindow || continueAskedAt !== null) return draft;
  if (!messages.some(({ heldReason }) => heldReason === 'WINDOW_CLOSED')) return draft;
  const locale = languageFor(contact.locale, organization.locale);
  const asked = compose(draft, {
    kind: 'CONTINUE_REQUEST',
    channel: 'WHATSAPP',
    direction: 'OUTBOUND',
    body: render(organization.texts, locale, 'CONTINUE_REQUEST', { business: organization.name }),
    author: null,
    requestId: null,
    providerMessageId: null,
    locale,
  }).draft;
  return { ...asked, conversation: { ...asked.conversation, continueAskedAt: draft.now } };
}

export function verdictOn(draft: Draft, message: Pick<Message, 'kind' | 'channel' | 'requestId'>): Verdict {
  const { organization, consent, windowOpenedAt } = draft.conversation;
  const { now } = draft;
  return gate(message, { now, consent, windowOpenedAt, channelDown: isChannelDown(organization, now) });
}
