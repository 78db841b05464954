import type { Policy } from './conversation/agent-commands.js';
import { recordSilence } from './conversation/contact-facts.js';
import type { Conversation, OrganizationSettings } from './conversation/conversation.js';
import {
  expireHeld,
  lookAgain,
  park,
  resendUnconfirmed,
  retry,
  settleSend,
  startSend,
  type DeliveryPolicy,
  type SendOutcome,
} from './conversation/delivery-facts.js';
import { loadRequest, silently, type Deciding } from './deciding.js';
import type { Message } from './message/message.js';
import type { Loaded } from './ports/consent-store.js';
import type { Claim } from './ports/outbox.js';

/** What a sender was given to send, or null when nothing may leave. */
export type Started = {
  readonly organization: OrganizationSettings;
  readonly contact: Conversation['contact'];
  readonly message: Message;
  /** The conversation as it was committed; null where it has to be read again. */
  readonly conversation: Conversation | null;
} | null;

/** What the system does by itself, and what operators do to a message. */
export function createDeliveryOperations({
  fact,
  group,
  draftNow,
  changeOf,
  policy,
}: Pick<Deciding, 'fact' | 'group' | 'draftNow' | 'changeOf'> & { readonly policy: Policy & DeliveryPolicy }) {
  return {
    /** The interval of a pending request passed. */
    noteNoAnswer(organizationId: string, contactId: string): Promise<void> {
      return fact(
        loadRequest(organizationId, { contactId }),
        (draft) => silently(recordSilence(draft, policy)),
        undefined,
      );
    },

    /** Commits SENDING for the next message of a claimed conversation, consent checked in the same commit. */
    startSend({ organizationId, contactId, channel }: Omit<Claim, 'fence'>): Promise<Started> {
      return fact<Started>(
        loadRequest(organizationId, { contactId }),
        (draft) => {
          const started = startSend(channel, draft, policy);
          const conversation = { ...started.draft.conversation, revision: draft.conversation.revision + 1 };
          const { organization, contact } = conversation;
          const { message } = started;
          // With an event its chain in the log went on.
          const known = started.draft.events.length === 0 ? conversation : null;
          return {
            draft: started.draft,
            answer: message && { organization, contact, message, conversation: known },
          };
        },
        null,
      );
    },

    /** Messages of unknown fate for which no report came are handed over again, marked. */
    resendUnconfirmed(organizationId: string, contactId: string, messageIds: readonly string[]): Promise<void> {
      return fact(
        loadRequest(organizationId, { contactId }, { messageIds }),
        (draft) => silently(resendUnconfirmed(draft, policy)),
        undefined,
      );
    },

    /** Messages that were held too long expire. */
    expireHeld(organizationId: string, contactId: string): Promise<void> {
      return fact(
        loadRequest(organizationId, { contactId }),
        (draft) => silently(expireHeld(draft, policy)),
        undefined,
      );
    },

    /** What waits for a channel is looked at again. */
    lookAgain(organizationId: string, contactId: string): Promise<void> {
      return fact(loadRequest(organizationId, { contactId }), (draft) => silently(lookAgain(draft)), undefined);
    },

    /** An operator keeps a message from leaving, or lets it leave again. True when that changed anything. */
    operate(
      organizationId: string,
      { action, messageId, by }: { readonly action: 'PARK' | 'RETRY'; readonly messageId: string; readonly by: string },
    ): Promise<boolean> {
      return fact(
        loadRequest(organizationId, { messageId }, { messageIds: [messageId] }),
        (draft) => {
          const message = draft.conversation.messages.find(({ id }) => id === messageId) ?? null;
          const operated = action === 'PARK' ? park(message, by, draft) : retry(message, by, draft);
          return { draft: operated, answer: operated !== draft };
        },
        false,
      );
    },

    /**
     * Records what came of it. The claim that it was sent under ends with the commit; false when nothing was committed.
     */
    settleSend(
      organizationId: string,
      sent: { readonly messageId: string; readonly attempt: number; readonly outcome: SendOutcome },
      under?: { readonly claim: Claim; readonly conversation: Conversation | null },
    ): Promise<boolean> {
      const target = under ? { contactId: under.claim.contactId } : { messageId: sent.messageId };
      return group.submit<boolean>(
        loadRequest(organizationId, target, { messageIds: [sent.messageId] }),
        ({ conversation }) => {
          if (!conversation) return { change: null, answer: false };
          const draft = settleSend(sent, draftNow(conversation), policy);
          const change = changeOf(conversation, draft, null);
          const { exchange } = sent.outcome;
          return {
            change: change && { ...change, lease: under?.claim, evidence: exchange && { exchange } },
            answer: change !== null,
          };
        },
        under?.conversation && isRoutine(sent.outcome, under.conversation) ? knownAs(under.conversation) : null,
      );
    },
  };
}

/** A provider that takes a message as before says nothing new about the organization, which need not be read again. */
function isRoutine({ outcome }: SendOutcome, { organization }: Conversation): boolean {
  return outcome === 'ACCEPTED' && organization.whatsappHealthy && organization.templateRetryAt === null;
}

function knownAs(conversation: Conversation): Loaded {
  return { organization: conversation.organization, conversation, earlier: null };
}
