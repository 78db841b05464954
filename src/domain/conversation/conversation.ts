import { impliedSend } from '../consent/outbound.js';
import type { ConsentEvent } from '../consent/events.js';
import { evolve, transitionOf, type ConsentState, type Transition } from '../consent/state.js';
import { gate, type Verdict } from './gate.js';
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
import type { PhoneNumber } from '../phone-number.js';

/** What the organization has set up, as decisions need it. */
export type OrganizationSettings = {
  readonly id: string;
  readonly name: string;
  readonly locale: string;
  readonly whatsappEnabled: boolean;
  readonly whatsappHealthy: boolean;
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
  step: Partial<Message> & Pick<Message, 'status'> & { failure?: DeliveryFailure },
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
        if (message.status === 'HELD' && message.heldReason === verdict.reason) return current;
        return move(current, message, { status: 'HELD', heldReason: verdict.reason });
      case 'GO':
        return message.status === 'HELD' ? move(current, message, { status: 'QUEUED' }) : current;
    }
  }, draft);
}

/** Sets when the next message of each channel may leave; `at` replaces what was set before. */
export function schedule(draft: Draft, at: Partial<Record<Channel, Date>> = {}): Draft {
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

export function verdictOn(draft: Draft, message: Pick<Message, 'kind' | 'channel' | 'requestId'>): Verdict {
  const { consent, windowOpenedAt } = draft.conversation;
  return gate(message, { now: draft.now, consent, windowOpenedAt });
}
