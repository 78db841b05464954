import { noteNoAnswer, recordAnswer, recordIdentityChange } from '../consent/decide.js';
import { interpretReply, onlyAcknowledges, replyRulesVersion } from '../reply/interpret.js';
import { compose, record, regate, schedule, type Conversation, type Draft } from './conversation.js';
import { isWindowOpen } from './gate.js';
import type { Policy } from './agent-commands.js';

/** What a contact sent, as the provider told it. */
export type Inbound = {
  readonly providerMessageId: string;
  /** When the contact did it, by the provider's clock. */
  readonly at: Date;
  /** What the agent is shown. */
  readonly text: string;
  readonly content:
    | { readonly kind: 'WORDS' }
    | { readonly kind: 'BUTTON'; readonly answer: 'ACCEPT' | 'DECLINE'; readonly requestId: string }
    /** A reaction, media, anything that can't be an answer. */
    | { readonly kind: 'OTHER' };
  /** The provider's id of the message that it replies to. */
  readonly contextId: string | null;
  /** Whether it opens the provider's window for free-form messages. */
  readonly opensWindow: boolean;
  readonly inboxId: string | null;
};

/** Records what the contact sent and what it means for consent. Told twice, it changes nothing the second time. */
export function recordInbound(inbound: Inbound, draft: Draft, policy: Policy): Draft {
  const { conversation } = draft;
  if (conversation.messages.some(({ providerMessageId }) => providerMessageId === inbound.providerMessageId))
    return draft;
  const opened = inbound.opensWindow && (!conversation.windowOpenedAt || conversation.windowOpenedAt < inbound.at);
  const { continueAskedAt } = conversation;
  const windowOpenedAt = opened ? inbound.at : conversation.windowOpenedAt;
  const received = compose(
    { ...draft, conversation: { ...conversation, windowOpenedAt, continueAskedAt: opened ? null : continueAskedAt } },
    {
      kind: 'TEXT',
      channel: 'WHATSAPP',
      direction: 'INBOUND',
      body: inbound.text,
      author: null,
      requestId: null,
      providerMessageId: inbound.providerMessageId,
      locale: null,
    },
  );
  const answer = {
    at: inbound.at,
    ...meaningOf(inbound, received.draft),
    evidence: {
      messageId: received.messageId,
      providerMessageId: inbound.providerMessageId,
      kind: inbound.content.kind === 'BUTTON' ? ('BUTTON' as const) : ('TEXT' as const),
      rules: inbound.content.kind === 'BUTTON' ? null : replyRulesVersion,
      inboxId: inbound.inboxId,
    },
  };
  const promptId = isWindowOpen({ now: draft.now, windowOpenedAt }) ? draft.newId() : null;
  const events = recordAnswer({ now: draft.now, answer, promptId }, conversation.consent, policy);
  return schedule(regate(record(received.draft, events)));
}

function meaningOf(inbound: Inbound, draft: Draft) {
  const { content, contextId } = inbound;
  const { messages } = draft.conversation;
  switch (content.kind) {
    case 'BUTTON':
      return { meaning: content.answer === 'ACCEPT' ? ('YES' as const) : ('NO' as const), names: content.requestId };
    case 'OTHER': {
      // A caption can't grant, but a wish to stop counts wherever it is written.
      const meaning = meaningOfWords(inbound.text, null, draft.conversation);
      return { meaning: meaning === 'STOP' || meaning === 'UNCLEAR_STOP' ? meaning : ('OTHER' as const), names: null };
    }
    case 'WORDS': {
      const repliedTo = messages.find(({ providerMessageId }) => contextId !== null && providerMessageId === contextId);
      const names = repliedTo?.requestId ?? null;
      return { meaning: meaningOfWords(inbound.text, names, draft.conversation), names };
    }
  }
}

function meaningOfWords(text: string, names: string | null, { contact, organization, consent }: Conversation) {
  const locales = [contact.locale, organization.locale].filter((locale) => locale !== null);
  const meaning = interpretReply(text, locales);
  // Where nothing was asked, an "ok" acknowledges what was read; it is no wish to opt in.
  const asked = names !== null || consent.status === 'PENDING' || consent.status === 'NO_RESPONSE';
  return meaning === 'YES' && !asked && !consent.paused && onlyAcknowledges(text, locales) ? 'OTHER' : meaning;
}

/** The account or number behind the contact changed. */
export function recordNewIdentity(
  fact: { readonly at: Date; readonly kind: 'NUMBER_CHANGED' | 'USER_ID_CHANGED' | 'IDENTITY_KEY_MISMATCH' },
  draft: Draft,
): Draft {
  return schedule(regate(record(draft, recordIdentityChange(fact, draft.conversation.consent))));
}

/** The interval passed: PENDING becomes NO_RESPONSE. */
export function recordSilence(draft: Draft, policy: Policy): Draft {
  return schedule(regate(record(draft, noteNoAnswer(draft.now, draft.conversation.consent, policy))));
}
