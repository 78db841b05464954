import { createCommitGroup, type Decided } from './commit-group.js';
import type { ConsentPolicy } from './consent/decide.js';
import { answerDueAt, initialConsent } from './consent/state.js';
import { draftOf, type Conversation, type Draft, type OrganizationSettings } from './conversation/conversation.js';
import { refuse, type Decision, type Refusal } from './conversation/refusal.js';
import type { Evidence } from './evidence.js';
import { channels } from './message/message.js';
import { phoneKey } from './phone-number.js';
import type { Clock, NewId } from './ports/clock.js';
import type {
  Change,
  CommandResult,
  ConsentStore,
  IdempotencyKey,
  Loaded,
  LoadRequest,
  Target,
} from './ports/consent-store.js';
import type { Sender } from './ports/provider-news.js';

/** Who gives a command. */
export type Caller = { readonly organizationId: string; readonly id: string; readonly name: string };

/** What became of a command that a caller gave. */
export type Outcome =
  | { readonly refusal: Refusal }
  | (CommandResult & {
      readonly refusal: null;
      /** True when the idempotency key had been used: the answer is that of the first time. */
      readonly replayed: boolean;
    });

export type DecidingDependencies = {
  readonly store: ConsentStore;
  readonly clock: Clock;
  readonly newId: NewId;
  /** A digest of a command's input, to tell whether a repeated key comes with the same input. */
  readonly digest: (text: string) => string;
  readonly policy: ConsentPolicy;
  /** What the store is told about where a command comes from, for those who watch. */
  readonly origin?: () => object | null;
};

export type Deciding = ReturnType<typeof createDeciding>;

/** Read, decide, append: what all operations go through. The clock is read once for each decision. */
export function createDeciding({ store, clock, newId, digest, policy, origin }: DecidingDependencies) {
  const group = createCommitGroup(store, origin);

  /** A command that a caller asked for: refused with a reason, or carried out once per idempotency key. */
  function command(
    caller: Caller,
    operation: string,
    input: object & { readonly idempotencyKey?: string | null },
    target: Target,
    decide: (draft: Draft) => Decision<{ readonly messageId: string } | null>,
    options: {
      readonly messageIds?: readonly string[];
      readonly create?: (organization: OrganizationSettings) => Conversation['contact'] | Refusal;
      readonly notFound?: Refusal;
    } = {},
  ): Promise<Outcome> {
    const key = input.idempotencyKey ?? null;
    const idempotencyKey: IdempotencyKey | null =
      key === null ? null : { caller: caller.id, operation, key, inputHash: digest(JSON.stringify(input)) };
    const request = loadRequest(caller.organizationId, target, { messageIds: options.messageIds, idempotencyKey });
    return group.submit<Outcome>(request, (loaded) => {
      if (loaded.earlier) {
        return loaded.earlier.inputHash === idempotencyKey?.inputHash
          ? answer({ ...loaded.earlier.result, refusal: null, replayed: true })
          : answer(refuse('IDEMPOTENCY_KEY_PARAMETER_MISMATCH', ['idempotencyKey']));
      }
      const conversation = conversationOf(loaded, options.create);
      if (!conversation) return answer({ refusal: options.notFound ?? contactNotFound });
      if ('code' in conversation) return answer({ refusal: conversation });
      const decision = decide(draftNow(conversation));
      if (decision.refusal) return answer({ refusal: decision.refusal });
      const contactId = conversation.contact.id;
      const result = { contactId, messageId: decision.result?.messageId ?? null };
      return {
        change: changeOf(conversation, decision.draft, idempotencyKey && { ...idempotencyKey, result }),
        answer: { ...result, refusal: null, replayed: false },
      };
    });
  }

  /** A fact that the world made: it takes effect or, known already, changes nothing. */
  function fact<Answer>(
    request: LoadRequest,
    apply: (draft: Draft) => { readonly draft: Draft; readonly answer: Answer },
    unknown: Answer,
    options: {
      readonly create?: (organization: OrganizationSettings) => Conversation['contact'];
      readonly evidence?: Evidence;
    } = {},
  ): Promise<Answer> {
    return group.submit<Answer>(request, (loaded) => {
      const conversation = conversationOf(loaded, options.create);
      if (!conversation || 'code' in conversation) return answer(unknown);
      const applied = apply(draftNow(conversation));
      const change = changeOf(conversation, applied.draft, null);
      return { change: change && { ...change, evidence: options.evidence }, answer: applied.answer };
    });
  }

  /** What is appended so that the draft becomes so; null where it changes nothing. */
  function changeOf(before: Conversation, draft: Draft, idempotency: Change['idempotency']): Change | null {
    if (!idempotency && before.revision > 0 && changesNothing(before, draft)) return null;
    return {
      draft,
      before,
      revision: before.revision,
      answerDueAt: answerDueAt(draft.conversation.consent, policy.resendIntervalMs),
      idempotency,
    };
  }

  /** The conversation, to be changed as of now. */
  function draftNow(conversation: Conversation): Draft {
    return draftOf(conversation, clock.now(), newId);
  }

  return { group, command, fact, draftNow, changeOf };
}

/** Asks for a conversation, and for what is named besides. */
export function loadRequest(
  organizationId: string,
  target: Target,
  named: {
    readonly messageIds?: readonly string[];
    readonly providerMessageIds?: readonly string[];
    readonly idempotencyKey?: IdempotencyKey | null;
  } = {},
): LoadRequest {
  const { messageIds = [], providerMessageIds = [], idempotencyKey = null } = named;
  return { organizationId, target, messageIds, providerMessageIds, idempotencyKey };
}

/** The contact that the number, in any of its forms, or an identity belongs to. */
export function targetOf({ phone, identities }: Pick<Sender, 'phone' | 'identities'>): Target {
  return { phoneKey: phone === null ? null : phoneKey(phone), identities };
}

/** It takes effect, and there is nothing to answer. */
export function silently(draft: Draft): { readonly draft: Draft; readonly answer: void } {
  return { draft, answer: undefined };
}

const contactNotFound: Refusal = { code: 'CONTACT_NOT_FOUND', path: ['contactId'] };

const answer = <Answer>(given: Answer): Decided<Answer> => ({ change: null, answer: given });

/** No fact, and nothing else that is stored differs. */
function changesNothing(before: Conversation, { conversation, events, messages }: Draft): boolean {
  return (
    events.length === 0 &&
    messages.length === 0 &&
    conversation.contact === before.contact &&
    conversation.identities === before.identities &&
    conversation.windowOpenedAt === before.windowOpenedAt &&
    conversation.pace === before.pace &&
    conversation.continueAskedAt === before.continueAskedAt &&
    channels.every((channel) => conversation.sendAfter[channel]?.getTime() === before.sendAfter[channel]?.getTime())
  );
}

function conversationOf(
  { organization, conversation }: Loaded,
  create?: (organization: OrganizationSettings) => Conversation['contact'] | Refusal,
): Conversation | Refusal | null {
  if (conversation) return conversation;
  if (!organization || !create) return null;
  const contact = create(organization);
  if ('code' in contact) return contact;
  return {
    organization,
    contact,
    revision: 0,
    consent: initialConsent,
    windowOpenedAt: null,
    messageCount: 0,
    messages: [],
    sendAfter: { WHATSAPP: null, SMS: null },
    identities: [],
    pace: null,
    continueAskedAt: null,
    onHold: false,
    log: null,
  };
}
