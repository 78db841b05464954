import * as agent from '../../src/domain/conversation/agent-commands.js';
import type { HeldMessageChoice, Policy } from '../../src/domain/conversation/agent-commands.js';
import { eraseContact } from '../../src/domain/conversation/erasure.js';
import { composerOf } from '../../src/domain/conversation/composer.js';
import { recordInbound, recordNewIdentity, recordSilence } from '../../src/domain/conversation/contact-facts.js';
import {
  draftOf,
  type Conversation,
  type Draft,
  type OrganizationSettings,
  type RecordedEvent,
} from '../../src/domain/conversation/conversation.js';
import {
  expireHeld,
  lookAgain,
  park,
  recordStatus,
  resendUnconfirmed,
  retry,
  settleSend,
  startSend,
  type DeliveryPolicy,
  type FailureKind,
  type ProviderFailure,
  type SendOutcome,
  type StatusReport,
} from '../../src/domain/conversation/delivery-facts.js';
import { recordInboundSms, type InboundSms } from '../../src/domain/conversation/sms-facts.js';
import { initialConsent } from '../../src/domain/consent/state.js';
import type { Decision, Refusal } from '../../src/domain/conversation/refusal.js';
import type { Channel, Message, MessageKind, MessageStatus } from '../../src/domain/message/message.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import { DAY, HOUR, MINUTE, SECOND, testPolicy } from './policy.js';

export { DAY, HOUR, MINUTE, SECOND };

export const policy: Policy & DeliveryPolicy = {
  ...testPolicy,
  maxAttempts: 3,
  maxHeld: 3,
  orderWaitMs: 15 * SECOND,
  pairIntervalMs: 0,
};

/** What the provider says of some failures, as its adapter reads the codes. */
export const failures = {
  131026: failure('UNREACHABLE', 131026),
  131047: failure('WINDOW_CLOSED', 131047),
  131049: failure('NOT_DELIVERED_TODAY', 131049),
  131050: failure('UNWANTED', 131050),
  132015: failure('REJECTED', 132015),
  137000: failure('IDENTITY_CHANGED', 137000),
  130429: failure('TOO_FAST_FOR_CHANNEL', 130429),
  131056: failure('TOO_FAST_FOR_CONTACT', 131056),
  131048: failure('CHANNEL_UNHEALTHY', 131048),
} as const;

/** What the SMS provider says of a contact that has told it to stop. */
export const unwantedSms = failure('UNWANTED', 21610);

function failure(kind: FailureKind, code: number): ProviderFailure {
  return { kind, code, reason: `code ${code}`, retryable: kind === 'RETRY_LATER' || kind === 'CHANNEL_UNHEALTHY' };
}

/** How a contact's act reaches us: by default it is done and told now, and names nothing. */
export type Told = {
  /** The provider's time of the act. */
  readonly at?: Date;
  /** The provider's id; the same id is the same message told again. */
  readonly id?: string;
  /** The provider's id of the message that is replied to. */
  readonly replyTo?: string | null;
  readonly opensWindow?: boolean;
};

/** The same by SMS. */
export type ToldBySms = Pick<Told, 'at' | 'id'> & { readonly takenFor?: InboundSms['takenFor'] };

export type ConversationSpec = ReturnType<typeof startConversation>;

/**
 * One conversation, folded from commands and facts as the store would: a clock that only the test moves, ids that
 * count, and of its messages only the open ones and those named are shown to a decision.
 */
export function startConversation(
  given: {
    readonly organization?: Partial<OrganizationSettings>;
    readonly locale?: string;
    readonly policy?: Partial<Policy & DeliveryPolicy>;
  } = {},
) {
  const rules = { ...policy, ...given.policy };
  const phone = parsePhoneNumber('+14155550100');
  if (!phone) throw new Error('the number of the contact does not parse');
  let now = new Date('2026-03-02T09:00:00.000Z');
  let ids = 0;
  let told = 0;
  const newId = (): string => `id-${++ids}`;
  let state: Conversation = {
    organization: {
      id: 'organization',
      name: 'Acme',
      locale: 'en',
      whatsappEnabled: true,
      whatsappHealthy: true,
      whatsappRetryAt: null,
      templateRetryAt: null,
      continuesWindow: false,
      smsEnabled: true,
      texts: {},
      ...given.organization,
    },
    contact: { id: 'contact', name: 'Ana', phone, locale: given.locale ?? null },
    revision: 1,
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
  const events: RecordedEvent[] = [];
  const bodies = new Map<string, string>();
  const steps: { readonly messageId: string; readonly status: MessageStatus }[] = [];

  function load(named: (message: Message) => boolean): Draft {
    const open = (message: Message) => ['HELD', 'QUEUED', 'SENDING'].includes(message.status);
    const messages = state.messages.filter((message) => open(message) || named(message));
    return draftOf({ ...state, messages }, now, newId);
  }

  function append(draft: Draft): Draft {
    const changed = new Map(draft.conversation.messages.map((message) => [message.id, message]));
    const kept = state.messages.map((message) => changed.get(message.id) ?? message);
    const fresh = draft.conversation.messages.filter(({ id }) => !state.messages.some((known) => known.id === id));
    state = { ...draft.conversation, messages: [...kept, ...fresh], revision: state.revision + 1 };
    events.push(...draft.events);
    for (const event of draft.messages) {
      steps.push({ messageId: event.messageId, status: event.status });
      if (event.type === 'MessageComposed') bodies.set(event.messageId, event.body);
    }
    return draft;
  }

  function carryOut(decision: Decision<unknown>): Refusal | null {
    if (decision.refusal) return decision.refusal;
    append(decision.draft);
    return null;
  }

  const nothingNamed = (): boolean => false;
  const byId = (id: string) => (message: Message) => message.id === id;

  function receive(
    content: Parameters<typeof recordInbound>[0]['content'],
    text: string,
    { at = now, id = `wamid.in.${++told}`, replyTo = null, opensWindow = true }: Told,
  ): Draft {
    const named = ({ providerMessageId }: Message) =>
      providerMessageId !== null && (providerMessageId === id || providerMessageId === replyTo);
    const inbound = { providerMessageId: id, at, text, content, contextId: replyTo, opensWindow, inboxId: null };
    return append(recordInbound(inbound, load(named), rules));
  }

  const spec = {
    policy: rules,
    now: (): Date => now,
    later: (ms: number): Date => new Date(now.getTime() + ms),
    earlier: (ms: number): Date => new Date(now.getTime() - ms),
    pass: (ms: number): void => {
      now = new Date(now.getTime() + ms);
    },
    conversation: (): Conversation => state,
    configure: (organization: Partial<OrganizationSettings>): void => {
      state = { ...state, organization: { ...state.organization, ...organization } };
    },

    // The agent and the organization
    sendOptIn: (): Refusal | null =>
      carryOut(agent.sendOptIn({ by: 'Dana', basis: null, locale: null }, load(nothingNamed))),
    resendOptIn: (): Refusal | null => carryOut(agent.resendOptIn({ by: 'Dana' }, load(nothingNamed), rules)),
    queue: (body: string, channel: Channel = 'WHATSAPP'): Refusal | null =>
      carryOut(agent.queueMessage({ body, channel, author: 'Dana' }, load(nothingNamed), rules)),
    cancel: (messageId: string): Refusal | null => {
      const draft = load(byId(messageId));
      return carryOut(agent.cancelMessage(draft.conversation.messages.find(byId(messageId)) ?? null, draft));
    },
    switchToSms: (heldMessages: HeldMessageChoice = 'KEEP'): Refusal | null =>
      carryOut(agent.switchToSms({ by: 'Dana', heldMessages }, load(nothingNamed))),
    recordConsent: (at: Date = now): Refusal | null => recordObtained(true, at),
    withdrawConsent: (at: Date = now): Refusal | null => recordObtained(false, at),

    eraseContact: (): Draft => append(eraseContact({ by: 'Dana' }, load(nothingNamed))),

    // The contact
    says: (text: string, how: Told = {}): Draft => receive({ kind: 'WORDS' }, text, how),
    sendsPicture: (caption: string, how: Told = {}): Draft => receive({ kind: 'OTHER' }, caption, how),
    reacts: (emoji: string, how: Told = {}): Draft => receive({ kind: 'OTHER' }, emoji, { opensWindow: false, ...how }),
    accepts: (requestId: string = spec.requestId(), how: Told = {}): Draft =>
      receive({ kind: 'BUTTON', answer: 'ACCEPT', requestId }, 'Yes, I agree', how),
    declines: (requestId: string = spec.requestId(), how: Told = {}): Draft =>
      receive({ kind: 'BUTTON', answer: 'DECLINE', requestId }, 'No, thanks', how),
    writesSms: (text: string, { at = now, id = `SM.in.${++told}`, takenFor = null }: ToldBySms = {}): Draft => {
      const draft = load(({ providerMessageId }) => providerMessageId === id);
      return append(recordInboundSms({ providerMessageId: id, at, text, takenFor, inboxId: 'inbox' }, draft));
    },
    changesIdentity: (at: Date = now): Draft =>
      append(recordNewIdentity({ at, kind: 'NUMBER_CHANGED' }, load(nothingNamed))),

    // Time and the provider
    noticeSilence: (): Draft => append(recordSilence(load(nothingNamed), rules)),
    handOver: (channel: Channel = 'WHATSAPP'): Message | null => {
      const { draft, message } = startSend(channel, load(nothingNamed), rules);
      append(draft);
      return message;
    },
    settle: (message: Pick<Message, 'id' | 'attempts'>, outcome: SendOutcome): Draft =>
      append(settleSend({ messageId: message.id, attempt: message.attempts, outcome }, load(byId(message.id)), rules)),
    accept: (message: Message): Draft =>
      spec.settle(message, { outcome: 'ACCEPTED', providerMessageId: wamidOf(message) }),
    refuse: (message: Message, failed: ProviderFailure): Draft =>
      spec.settle(message, { outcome: 'REFUSED', failure: failed }),
    lose: (message: Message): Draft => spec.settle(message, { outcome: 'UNKNOWN', reason: 'timed out' }),
    report: (
      message: Pick<Message, 'id' | 'attempts'>,
      status: 'SENT' | 'DELIVERED' | 'READ' | ProviderFailure,
      at: Date = now,
    ): Draft => {
      const providerMessageId = wamidOf(message);
      const report: StatusReport =
        typeof status === 'string'
          ? { status, at, providerMessageId }
          : { status: 'FAILED', at, providerMessageId, failure: status };
      const fact = { messageId: message.id, attempt: message.attempts, report };
      return append(recordStatus(fact, load(byId(message.id)), rules));
    },

    // What happens by the passing of time, and by operators
    resendUnconfirmed: (): Draft =>
      append(
        resendUnconfirmed(
          load(() => true),
          rules,
        ),
      ),
    expireHeld: (): Draft => append(expireHeld(load(nothingNamed), rules)),
    lookAgain: (): Draft => append(lookAgain(load(nothingNamed))),
    park: (message: Message): Draft => operate(park, message),
    retry: (message: Message): Draft => operate(retry, message),

    // What can be seen
    status: () => state.consent.status,
    events: (): readonly RecordedEvent[] => events,
    facts: () => events.map(({ event }) => event.type),
    feed: () =>
      events.flatMap(({ transition }) =>
        transition ? [`${transition.from} → ${transition.to} (${transition.cause})`] : [],
      ),
    steps: () => steps,
    composer: () => composerOf(state, now, rules),
    requestId: (): string => state.consent.requests.at(-1)?.id ?? 'no request',
    promptId: (): string => state.consent.prompts.at(-1)?.id ?? 'no prompt',
    messages: (kind?: MessageKind): readonly Message[] =>
      state.messages.filter((message) => kind === undefined || message.kind === kind),
    /** The agents' messages: what they say and where they stand. */
    texts: () =>
      state.messages
        .filter(({ kind, direction }) => kind === 'TEXT' && direction === 'OUTBOUND')
        .map(({ id, status, heldReason }) => `${bodies.get(id)} ${status}${heldReason ? ` ${heldReason}` : ''}`),
    text: (body: string): Message => {
      const found = state.messages.find(({ id }) => bodies.get(id) === body);
      if (!found) throw new Error('there is no such message');
      return found;
    },
    bodyOf: (messageId: string): string => bodies.get(messageId) ?? '',
    statusesOf: (kind: MessageKind) => spec.messages(kind).map(({ status }) => status),
    /** Hands over and has accepted whatever may leave; the bodies or kinds, in that order. */
    drain: (channel: Channel = 'WHATSAPP'): readonly string[] => {
      const left: string[] = [];
      for (let message = spec.handOver(channel); message; message = spec.handOver(channel)) {
        left.push(message.kind === 'TEXT' ? (bodies.get(message.id) ?? '') : message.kind);
        spec.accept(message);
      }
      return left;
    },
  };
  return spec;

  function operate(operation: typeof park, { id }: Message): Draft {
    const draft = load(byId(id));
    return append(operation(draft.conversation.messages.find(byId(id)) ?? null, 'operator:ana', draft));
  }

  function recordObtained(granted: boolean, at: Date): Refusal | null {
    const evidence = { source: 'paper form', reference: null, note: null };
    return carryOut(agent.recordObtained({ at, by: 'Dana', granted, evidence }, load(nothingNamed)));
  }
}

/** The provider's id of an attempt, as these tests name it. */
export function wamidOf({ id, attempts }: Pick<Message, 'id' | 'attempts'>): string {
  return `wamid.${id}.${attempts}`;
}

const situations = {
  NOT_ASKED: () => undefined,
  PENDING: (c: ConversationSpec) => {
    c.sendOptIn();
    c.drain();
  },
  NO_RESPONSE: (c: ConversationSpec) => {
    situations.PENDING(c);
    c.pass(c.policy.resendIntervalMs);
    c.noticeSilence();
  },
  OPTED_IN: (c: ConversationSpec) => {
    situations.PENDING(c);
    c.pass(MINUTE);
    c.accepts();
    c.drain();
  },
  OPTED_OUT: (c: ConversationSpec) => {
    situations.PENDING(c);
    c.pass(MINUTE);
    c.declines();
    c.drain();
  },
  UNREACHABLE: (c: ConversationSpec) => {
    c.sendOptIn();
    const request = c.handOver();
    if (request) c.refuse(request, failures[131026]);
  },
  SUSPENDED: (c: ConversationSpec) => {
    situations.OPTED_IN(c);
    c.pass(MINUTE);
    c.changesIdentity();
  },
} as const;

/** A conversation that has come, as people would bring it there, to the status; a minute has passed since. */
export function conversationIn(
  status: keyof typeof situations,
  given: Parameters<typeof startConversation>[0] = {},
): ConversationSpec {
  const conversation = startConversation(given);
  situations[status](conversation);
  if (conversation.status() !== status) throw new Error(`the conversation came to ${conversation.status()}`);
  conversation.pass(MINUTE);
  return conversation;
}
