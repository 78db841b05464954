import type { PermissionBasis, RecordedEvidence } from './consent/events.js';
import { answerDueAt, initialConsent } from './consent/state.js';
import { createCommitGroup, type Decided } from './commit-group.js';
import * as agent from './conversation/agent-commands.js';
import { recordInbound, recordNewIdentity, recordSilence } from './conversation/contact-facts.js';
import { recordInboundSms } from './conversation/sms-facts.js';
import { draftOf, type Conversation, type Draft, type OrganizationSettings } from './conversation/conversation.js';
import {
  recordStatus,
  settleSend,
  startSend,
  type DeliveryPolicy,
  type SendOutcome,
  expireHeld,
  lookAgain,
  park,
  resendUnconfirmed,
  retry,
} from './conversation/delivery-facts.js';
import { eraseContact } from './conversation/erasure.js';
import { decided, refuse, type Decision, type Refusal } from './conversation/refusal.js';
import { channels, type Channel, type Message } from './message/message.js';
import { phoneKey, type PhoneNumber } from './phone-number.js';
import type { Evidence } from './evidence.js';
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
import type { Erasure } from './ports/deletion.js';
import type { Claim } from './ports/outbox.js';
import type { ProviderItem, ProviderNews, Sender } from './ports/provider-news.js';

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

export type SendOptInCommand = {
  readonly contactId: string | null;
  readonly phone: PhoneNumber | null;
  readonly name: string | null;
  readonly basis: PermissionBasis | null;
  readonly locale: string | null;
  readonly idempotencyKey: string | null;
};

export type RecordElsewhereCommand = {
  readonly contactId: string;
  readonly at: Date | null;
  readonly evidence: RecordedEvidence;
  readonly idempotencyKey: string | null;
};

export type CoreDependencies = {
  readonly store: ConsentStore;
  readonly clock: Clock;
  readonly newId: NewId;
  /** A digest of a command's input, to tell whether a repeated key comes with the same input. */
  readonly digest: (text: string) => string;
  readonly policy: agent.Policy & DeliveryPolicy;
  readonly erasure: Pick<Erasure, 'purge'>;
  /** What the store is told about where a command comes from, for those who watch. */
  readonly origin?: () => object | null;
};

/** What a sender was given to send, or null when nothing may leave. */
export type Started = {
  readonly organization: OrganizationSettings;
  readonly contact: Conversation['contact'];
  readonly message: Message;
  /** The conversation as it was committed; null where it has to be read again. */
  readonly conversation: Conversation | null;
} | null;

export type Core = ReturnType<typeof createCore>;

/** The operations of Assent: read, decide, append. The clock is read once for each decision. */
export function createCore({ store, clock, newId, digest, policy, erasure, origin }: CoreDependencies) {
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
      const decision = decide(draftOf(conversation, clock.now(), newId));
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
      const applied = apply(draftOf(conversation, clock.now(), newId));
      const change = changeOf(conversation, applied.draft, null);
      return { change: change && { ...change, evidence: options.evidence }, answer: applied.answer };
    });
  }

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

  const news: ProviderNews = {
    record: async (organizationId, item, posted) => {
      const evidence = posted && { posted };
      switch (item.kind) {
        case 'INBOUND':
          return inbound(organizationId, item, evidence);
        case 'INBOUND_SMS':
          // From a number that the organization does not know, it is nobody's message.
          return fact(
            loadRequest(organizationId, targetOf({ phone: item.phone, identities: [] }), {
              providerMessageIds: [item.inbound.providerMessageId],
            }),
            (draft) => silently(recordInboundSms(item.inbound, draft)),
            undefined,
            { evidence },
          );
        case 'STATUS': {
          const { attempt, providerMessageId, report } = item;
          const target = attempt ? { messageId: attempt.messageId } : { providerMessageId };
          const names = attempt ? { messageIds: [attempt.messageId] } : { providerMessageIds: [providerMessageId] };
          return fact(
            loadRequest(organizationId, target, names),
            (draft) => {
              const message = draft.conversation.messages.find(
                (one) => one.id === attempt?.messageId || one.providerMessageId === providerMessageId,
              );
              if (!message) return silently(draft);
              return silently(
                recordStatus({ messageId: message.id, attempt: attempt?.attempt ?? null, report }, draft, policy),
              );
            },
            undefined,
            { evidence },
          );
        }
        case 'IDENTITY_CHANGED':
          return identityChanged(organizationId, item, evidence);
      }
    },
  };

  function inbound(
    organizationId: string,
    item: ProviderItem & { readonly kind: 'INBOUND' },
    evidence: Evidence | undefined,
  ): Promise<void> {
    const { from, inbound: received } = item;
    const { phone } = from;
    const names = [received.providerMessageId, ...(received.contextId === null ? [] : [received.contextId])];
    return fact(
      loadRequest(organizationId, targetOf(from), { providerMessageIds: names }),
      (draft) => {
        const next = recordInbound(received, draft, policy);
        return silently(next === draft ? draft : knownBy(next, from.identities));
      },
      undefined,
      {
        evidence,
        create:
          phone === null ? undefined : () => ({ id: newId(), name: from.profileName ?? phone, phone, locale: null }),
      },
    );
  }

  async function identityChanged(
    organizationId: string,
    item: ProviderItem & { readonly kind: 'IDENTITY_CHANGED' },
    evidence: Evidence | undefined,
  ): Promise<void> {
    const { from, to, at, change } = item;
    const newPhone = to.phone;
    const owner =
      newPhone === null
        ? null
        : (await store.load([loadRequest(organizationId, targetOf({ ...to, identities: [] }))]))[0];
    return fact(
      loadRequest(organizationId, targetOf(from)),
      (draft) => {
        const changed = knownBy(recordNewIdentity({ at, kind: change }, draft), to.identities);
        if (newPhone === null || owner?.conversation) return silently(changed);
        const contact = { ...changed.conversation.contact, phone: newPhone };
        return silently({ ...changed, conversation: { ...changed.conversation, contact } });
      },
      undefined,
      { evidence },
    );
  }

  return {
    createContact(
      caller: Caller,
      input: { readonly phone: PhoneNumber; readonly name: string; readonly locale: string | null },
    ): Promise<Outcome> {
      const contact = { name: input.name.trim(), phone: input.phone, locale: input.locale };
      const refusal = contactRefusal(contact);
      if (refusal) return Promise.resolve({ refusal });
      return command(
        caller,
        'createContact',
        input,
        targetOf({ phone: input.phone, identities: [] }),
        (draft) => (draft.conversation.revision > 0 ? refuse('PHONE_NUMBER_TAKEN', ['phone']) : decided(draft, null)),
        { create: () => ({ ...contact, id: newId() }) },
      );
    },

    sendOptIn(caller: Caller, input: SendOptInCommand): Promise<Outcome> {
      const { contactId, phone } = input;
      const decide = (draft: Draft) =>
        agent.sendOptIn({ by: caller.name, basis: input.basis, locale: input.locale }, draft);
      if (contactId !== null && phone !== null) return Promise.resolve(refuse('INVALID_INPUT', ['phone']));
      if (contactId !== null) return command(caller, 'sendOptIn', input, { contactId }, decide);
      if (phone === null) return Promise.resolve(refuse('INVALID_INPUT', ['contactId']));
      const contact = { name: input.name?.trim() ?? phone, phone, locale: input.locale };
      const refusal = contactRefusal(contact);
      if (refusal) return Promise.resolve({ refusal });
      return command(caller, 'sendOptIn', input, targetOf({ phone, identities: [] }), decide, {
        create: () => ({ ...contact, id: newId() }),
      });
    },

    resendOptIn(
      caller: Caller,
      input: { readonly contactId: string; readonly idempotencyKey: string | null },
    ): Promise<Outcome> {
      return command(caller, 'resendOptIn', input, { contactId: input.contactId }, (draft) =>
        agent.resendOptIn({ by: caller.name }, draft, policy),
      );
    },

    queueMessage(
      caller: Caller,
      input: {
        readonly contactId: string;
        readonly body: string;
        readonly channel: Channel;
        readonly idempotencyKey: string | null;
      },
    ): Promise<Outcome> {
      const { contactId, body, channel } = input;
      return command(caller, 'queueMessage', input, { contactId }, (draft) =>
        agent.queueMessage({ body, channel, author: caller.name }, draft, policy),
      );
    },

    cancelMessage(caller: Caller, input: { readonly messageId: string }): Promise<Outcome> {
      const { messageId } = input;
      return command(
        caller,
        'cancelMessage',
        input,
        { messageId },
        (draft) => agent.cancelMessage(draft.conversation.messages.find(({ id }) => id === messageId) ?? null, draft),
        { messageIds: [messageId], notFound: { code: 'MESSAGE_NOT_FOUND', path: ['messageId'] } },
      );
    },

    switchToSms(
      caller: Caller,
      input: {
        readonly contactId: string;
        readonly heldMessages: agent.HeldMessageChoice;
        readonly idempotencyKey: string | null;
      },
    ): Promise<Outcome> {
      return command(caller, 'switchToSms', input, { contactId: input.contactId }, (draft) =>
        agent.switchToSms({ by: caller.name, heldMessages: input.heldMessages }, draft),
      );
    },

    recordConsent: (caller: Caller, input: RecordElsewhereCommand) => recordElsewhere(caller, input, true),
    withdrawConsent: (caller: Caller, input: RecordElsewhereCommand) => recordElsewhere(caller, input, false),

    /** Erases everything personal of the contact; it is gone when this resolves. */
    async eraseContact(caller: Caller, { contactId }: { readonly contactId: string }): Promise<Outcome> {
      const outcome = await command(caller, 'eraseContact', {}, { contactId }, (draft) =>
        draft.conversation.onHold
          ? refuse('CONTACT_ON_HOLD', ['contactId'])
          : decided(eraseContact({ by: caller.name }, draft), null),
      );
      if (!outcome.refusal) await erasure.purge({ organizationId: caller.organizationId, contactId });
      return outcome;
    },

    /** What the provider told. */
    news,

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
          if (!conversation) return answer(false);
          const draft = settleSend(sent, draftOf(conversation, clock.now(), newId), policy);
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

  function recordElsewhere(caller: Caller, input: RecordElsewhereCommand, granted: boolean): Promise<Outcome> {
    const { contactId, at, evidence } = input;
    return command(caller, granted ? 'recordConsent' : 'withdrawConsent', input, { contactId }, (draft) =>
      agent.recordObtained({ at: at ?? draft.now, by: caller.name, granted, evidence }, draft),
    );
  }
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

const silently = (draft: Draft): { readonly draft: Draft; readonly answer: void } => ({ draft, answer: undefined });

function loadRequest(
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

function targetOf({ phone, identities }: Pick<Sender, 'phone' | 'identities'>): Target {
  return { phoneKey: phone === null ? null : phoneKey(phone), identities };
}

/** A provider that takes a message as before says nothing new about the organization, which need not be read again. */
function isRoutine({ outcome }: SendOutcome, { organization }: Conversation): boolean {
  return outcome === 'ACCEPTED' && organization.whatsappHealthy && organization.templateRetryAt === null;
}

function knownAs(conversation: Conversation): Loaded {
  return { organization: conversation.organization, conversation, earlier: null };
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

function knownBy(draft: Draft, identities: readonly string[]): Draft {
  const known = new Set([...draft.conversation.identities, ...identities]);
  if (known.size === draft.conversation.identities.length) return draft;
  return { ...draft, conversation: { ...draft.conversation, identities: [...known] } };
}

const LOCALE = /^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/;

function contactRefusal(contact: { readonly name: string; readonly locale: string | null }): Refusal | null {
  if (contact.name === '' || contact.name.length > 200) return { code: 'INVALID_INPUT', path: ['name'] };
  if (contact.locale !== null && !LOCALE.test(contact.locale)) return { code: 'INVALID_INPUT', path: ['locale'] };
  return null;
}
