import type { PermissionBasis } from './consent/events.js';
import type { ConsentCause, ConsentStatus } from './consent/transitions.js';
import type { ConsentState } from './consent/state.js';
import type { Conversation, Draft, OrganizationSettings } from './conversation/conversation.js';
import type { Inbound } from './conversation/contact-facts.js';
import type { SendOutcome, StatusReport } from './conversation/delivery-facts.js';
import type { ConversationQueue } from './conversation/expectation.js';
import type { InboundSms } from './conversation/sms-facts.js';
import type { MessageStep } from './message/attempts.js';
import type {
  Channel,
  DeliveryFailure,
  HeldReason,
  MessageDirection,
  MessageKind,
  MessageStatus,
} from './message/message.js';
import type { ContactLog, Evidence, Posted as PostedBytes } from './evidence.js';
import type { PhoneNumber } from './phone-number.js';
import type { Viewer } from './viewer.js';

/** The time; injected so that tests can set it. */
export interface Clock {
  now(): Date;
}

/** A new id, ordered by time (UUIDv7). */
export type NewId = () => string;

/** Structured lines for the operator. Never a phone number, never the text of a message. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

// ---------------------------------------------------------------- the store of facts

/** Whom a command is about. */
export type Target =
  | { readonly contactId: string }
  /** The number in its canonical form, and other names that the provider knows the contact by. */
  | { readonly phoneKey: string | null; readonly identities: readonly string[] }
  | { readonly messageId: string }
  | { readonly providerMessageId: string };

/** A caller's key for a command: kept with its effect, so that a repetition finds the first answer. */
export type IdempotencyKey = {
  readonly caller: string;
  readonly operation: string;
  readonly key: string;
  readonly inputHash: string;
};

export type LoadRequest = {
  readonly organizationId: string;
  readonly target: Target;
  /** Messages to load beside the open ones. */
  readonly messageIds: readonly string[];
  readonly providerMessageIds: readonly string[];
  readonly idempotencyKey: IdempotencyKey | null;
};

export type Loaded = {
  /** Null when there is no such organization. */
  readonly organization: OrganizationSettings | null;
  /** Null when there is no such contact. */
  readonly conversation: Conversation | null;
  /** The answer stored with the idempotency key, if the key was used before. */
  readonly earlier: { readonly inputHash: string; readonly result: CommandResult } | null;
};

/** What a caller is told of a command that was carried out: ids to look up. */
export type CommandResult = { readonly contactId: string; readonly messageId: string | null };

/** All that one command changes. */
export type Change = {
  readonly draft: Draft;
  /** The revision that was decided against; 0 for a contact that is not yet stored. */
  readonly revision: number;
  /** When a pending request becomes unanswered. */
  readonly answerDueAt: Date | null;
  /** What it was decided on; what has stayed as it was there need not be written. */
  readonly before?: Conversation;
  readonly idempotency: (IdempotencyKey & { readonly result: CommandResult }) | null;
  /** The lease that ends with it. */
  readonly lease?: Pick<Claim, 'channel' | 'fence'>;
  /** The bytes that its events rest on. */
  readonly evidence?: Evidence;
};

/** The entries of a change's events, in their order, and how the contact's chain stands then. */
export type Notarized = {
  readonly log: ContactLog;
  /** `sealed` is what the entry commits to, encrypted. */
  readonly entries: readonly { readonly entry: Uint8Array; readonly sealed: Uint8Array }[];
  readonly artifacts: readonly { readonly sha256: Uint8Array; readonly sealed: Uint8Array }[];
};

/** Writes what proves a change; null for one that is not to be proven. */
export type Notary = (change: Change) => Notarized | null;

/** CONFLICT: someone was first; decide again. */
export type AppendOutcome = 'COMMITTED' | 'CONFLICT';

/**
 * Facts, the contact's row, messages and the sends they imply are committed together, or none of them. Both
 * operations take many commands at once; of a change that fails only that change fails.
 */
export interface ConsentStore {
  load(requests: readonly LoadRequest[]): Promise<readonly Loaded[]>;
  /**
   * The changes must be of different contacts. Throws when the database fails; then nothing was committed. `origins`
   * says where each change comes from, if anybody watches.
   */
  append(changes: readonly Change[], origins?: readonly (object | null)[]): Promise<readonly AppendOutcome[]>;
}

/** Deletes what is stored of contacts that were erased. */
export interface Erasure {
  /** All that is personal, wherever it is stored; what proves that it was there stays. Again, it changes nothing. */
  purge(contact: ConversationKey): Promise<void>;
  /** Contacts that were erased and not purged: a server stopped in between. */
  unpurged(options: { readonly limit: number }): Promise<readonly ConversationKey[]>;
}

/** A part of what is stored, in the order of time. */
type OldPart = {
  readonly before: Date;
  /** Null for the beginning. */
  readonly after: string | null;
  readonly limit: number;
};

/** The same of one organization, in the order of its ids, which is that of time. */
type OldPartOf = OldPart & { readonly organizationId: string };

/**
 * Deletes what is kept no longer. Facts of consent and what proves them stay, and everything of contacts on
 * hold. Each call goes on behind `after` and tells where it came to; null when there is no more.
 */
export interface Retention {
  /** Organizations that keep the texts of messages for a time only. */
  organizations(): Promise<readonly { readonly organizationId: string; readonly keepMs: number }[]>;
  /** Deletes the texts of messages that nothing became of since `before`. */
  clearMessages(part: OldPartOf): Promise<string | null>;
  /** Deletes what the provider posted before, and what has taken effect. */
  deletePosts(part: OldPartOf): Promise<string | null>;
  /** Forgets, for all organizations, idempotency keys that were used before: what is repeated with one is done anew. */
  deleteKeys(part: OldPart): Promise<string | null>;
}

// ---------------------------------------------------------------- reading

/** A page: what comes after a key, and whether there is more. */
export type Page<Item> = { readonly items: readonly Item[]; readonly hasNextPage: boolean };

/** A contact as callers read it. */
export type ContactView = {
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly phone: PhoneNumber;
  readonly locale: string | null;
  readonly consent: ConsentState;
  readonly windowOpenedAt: Date | null;
  readonly continueAskedAt: Date | null;
  readonly heldCount: number;
  readonly createdAt: Date;
};

export type MessageView = {
  readonly id: string;
  readonly organizationId: string;
  readonly contactId: string;
  readonly number: number;
  readonly channel: Channel;
  readonly kind: MessageKind;
  readonly direction: MessageDirection;
  readonly body: string;
  readonly status: MessageStatus;
  readonly heldReason: HeldReason | null;
  readonly failure: DeliveryFailure | null;
  readonly author: string | null;
  /** It was handed over again although an earlier attempt may have arrived. */
  readonly possibleDuplicate: boolean;
  readonly createdAt: Date;
  readonly statusChangedAt: Date;
};

/** The latest opt-in request with the fate of the message that carries it. */
export type OptInRequestView = {
  readonly id: string;
  readonly contactId: string;
  readonly attempt: number;
  readonly requestedAt: Date;
  readonly acceptedAt: Date | null;
  readonly requestedBy: string;
  readonly basis: PermissionBasis | null;
  readonly status: MessageStatus;
  readonly failure: DeliveryFailure | null;
};

/** A transition at its place in the organization's feed. */
export type TransitionView = {
  readonly position: bigint;
  readonly eventId: string;
  readonly organizationId: string;
  readonly contactId: string;
  readonly contactVersion: number;
  readonly from: ConsentStatus;
  readonly to: ConsentStatus;
  readonly cause: ConsentCause;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
};

export type TransitionFilter = {
  readonly contactId: string | null;
  readonly statuses: readonly ConsentStatus[] | null;
};

export type Funnel = Readonly<Record<ConsentStatus, number>> & { readonly heldMessages: number };

/** What queries read. Every read names its organization; what another organization owns is not there. */
export interface Readers {
  organization(id: string): Promise<OrganizationSettings | null>;
  contacts(organizationId: string, ids: readonly string[]): Promise<readonly (ContactView | null)[]>;
  contactByPhoneKey(organizationId: string, phoneKey: string): Promise<ContactView | null>;
  searchContacts(
    organizationId: string,
    query: {
      readonly search: string | null;
      readonly statuses: readonly ConsentStatus[] | null;
      readonly first: number;
      readonly after: { readonly name: string; readonly id: string } | null;
    },
  ): Promise<Page<ContactView>>;
  messages(organizationId: string, ids: readonly string[]): Promise<readonly (MessageView | null)[]>;
  messagesOf(
    organizationId: string,
    contactIds: readonly string[],
    page: { readonly first: number; readonly after: number | null },
  ): Promise<readonly Page<MessageView>[]>;
  /** The steps of each message from its first attempt on, in their order. */
  stepsOf(organizationId: string, messageIds: readonly string[]): Promise<readonly (readonly MessageStep[])[]>;
  /** What each contact's conversation has to send; null where there is no such contact. */
  queues(organizationId: string, contactIds: readonly string[]): Promise<readonly (ConversationQueue | null)[]>;
  latestRequests(organizationId: string, contactIds: readonly string[]): Promise<readonly (OptInRequestView | null)[]>;
  transitionsOf(
    organizationId: string,
    contactIds: readonly string[],
    page: { readonly first: number; readonly after: bigint | null },
  ): Promise<readonly Page<TransitionView>[]>;
  funnel(organizationId: string): Promise<Funnel>;
}

/** What waits in the whole installation, for whoever watches over it. Counts of messages stop at 10,000. */
export type Figures = {
  /** By channel: how many messages wait for their turn, and since when the first of them does. */
  readonly queued: readonly { readonly channel: Channel; readonly count: number; readonly since: Date }[];
  /** Held messages by what they wait for; where there are more, of those that were written first. */
  readonly held: readonly { readonly channel: Channel; readonly reason: HeldReason; readonly count: number }[];
  /** All that are held, without a limit. */
  readonly heldTotal: number;
  readonly unconfirmed: number;
  /** WhatsApp channels that the provider refuses, and those whose template it refuses. */
  readonly refused: { readonly channels: number; readonly templates: number };
  /** Transitions without a position, and since when the first of them waits for one. */
  readonly feed: { readonly waiting: number; readonly since: Date | null };
};

/** How busy the connections of one pool are; what waits does so for a connection, or behind something on the same one. */
export type PoolLoad = {
  readonly pool: string;
  readonly connections: number;
  readonly inUse: number;
  readonly waiting: number;
};

/** A change of a message, at its place in the log of its conversation. Places grow; they have gaps. */
export type MessageChange = { readonly position: bigint; readonly message: MessageView };

/** The log of transitions, by position, and of a contact's message changes. */
export interface FeedLog {
  /** The newest position of the organization; 0 before the first transition. */
  head(organizationId: string): Promise<bigint>;
  /** Transitions after the position, in order; `through` is how far the log was read, matching or not. */
  after(
    organizationId: string,
    position: bigint,
    filter: TransitionFilter,
    limit: number,
  ): Promise<{ readonly transitions: readonly TransitionView[]; readonly through: bigint }>;
  /** Resolves when all that was committed before the call has its position. */
  settled(organizationId: string): Promise<void>;
  /** When the oldest transition that has no position yet was recorded; null when none waits. */
  waitingSince(organizationId: string): Promise<Date | null>;
  /** Where the contact's message log ends now; 0 while it is empty. */
  messageHead(organizationId: string, contactId: string): Promise<bigint>;
  messageChanges(
    organizationId: string,
    contactId: string,
    after: bigint,
    limit: number,
  ): Promise<readonly MessageChange[]>;
}

/** Opaque, signed positions. Valid on every server of the installation, and for one organization only. */
export interface Cursors {
  encode(organizationId: string, position: bigint): string;
  /** Null for anything that was not made by `encode` for this organization. */
  decode(organizationId: string, cursor: string): bigint | null;
}

/** What a subscriber of transitions receives. */
export type FeedItem =
  | { readonly type: 'TRANSITION'; readonly transition: TransitionView; readonly replayed: boolean }
  | {
      readonly type: 'CHECKPOINT';
      readonly organizationId: string;
      readonly position: bigint;
      readonly caughtUp: boolean;
      readonly lagMs: number;
      readonly at: Date;
    }
  | {
      readonly type: 'RESET';
      readonly organizationId: string;
      readonly reason: 'CURSOR_EXPIRED' | 'CURSOR_INVALID';
      readonly oldest: bigint | null;
    };

/** Something that a subscriber is told, at its place in what it subscribed to. */
export type Entry<Item> = { readonly position: bigint; readonly item: Item };

/** What subscribers of the same thing read, the newest part of it in memory and shared by all on this server. */
export interface Source<Item> {
  /** How far it is known. */
  position(): bigint;
  /** Calls the listener whenever it has grown. */
  onNews(listener: () => void): () => void;
  /** Where a subscriber begins and what counts as replay, or the one item that it is told instead. */
  begin(after: string | null): Promise<{ readonly from: bigint; readonly head: bigint } | { readonly reset: Item }>;
  /** Entries after a position, in order; `through` is how far was read. Up to `head` they are marked as replayed. */
  read(
    position: bigint,
    limit: number,
    head?: bigint,
  ): Promise<{ readonly entries: readonly Entry<Item>[]; readonly through: bigint }>;
  /** What tells a subscriber that it has all up to a position; null where nothing does. */
  checkpoint: ((position: bigint) => Promise<Item>) | null;
  close(): void;
}

/** A stream to one subscriber; or, left unread, what it would have read, to be delivered to many. */
export interface FeedStream<Item> extends AsyncIterableIterator<Item> {
  readonly subject: {
    readonly organizationId: string;
    /** Where it begins; null for now. */
    readonly after: string | null;
    readonly open: () => Promise<Source<Item>>;
  };
}

/** Live streams over the logs. Ending the iteration releases all that it holds. */
export interface Feed {
  /** Replay after the cursor (from now on without one), then live, in one ordered stream without a gap. */
  transitions(
    organizationId: string,
    options: { readonly after: string | null; readonly filter: TransitionFilter },
  ): FeedStream<FeedItem>;
  /** Each change of a message of the contact, from now on. */
  messageUpdates(organizationId: string, contactId: string): FeedStream<MessageView>;
  /** The counts now, and again whenever they change, at most four times a second. */
  funnel(organizationId: string): FeedStream<{ readonly funnel: Funnel; readonly at: Date }>;
}

/**
 * A hint to read, never the news itself: of one contact (its messages changed), or of the organization's feed (new
 * positions; `contactId` null).
 */
export type Wake = { readonly organizationId: string; readonly contactId: string | null };

/** Hints within the process and across servers. Losing one costs time, not data. */
export interface Wakes {
  publish(wakes: readonly Wake[]): void;
  subscribe(organizationId: string, listener: (wake: Wake) => void): () => void;
}

/** Positions that an organization's transitions were given at once: the last of them, and how many. */
export type Placement = { readonly organizationId: string; readonly through: bigint; readonly placed: number };

/** Transitions as they get their positions on the server that leads, so that the others need not read the log. */
export interface Batches {
  /**
   * Each batch is in order and without a gap. Batches may be lost or repeated, and may overlap: what is missing is in
   * the log.
   */
  subscribe(organizationId: string, listener: (transitions: readonly TransitionView[]) => void): () => void;
}

// ---------------------------------------------------------------- sending

/** What becomes of a message of unknown fate that no report comes for: it stays as it is, or is sent again, marked. */
export const unconfirmedPolicies = ['PARK', 'RESEND'] as const;
export type UnconfirmedPolicy = (typeof unconfirmedPolicies)[number];

/** A conversation that has something to send, leased to one sender. */
export type Claim = {
  readonly organizationId: string;
  readonly contactId: string;
  readonly channel: Channel;
  /** Which lease of the conversation it is: a later one is not ended with it. */
  readonly fence: string;
};

export interface Outbox {
  /** The texts of messages that are about to leave, in the order asked for; null for one that is gone. */
  contents(
    messages: readonly { readonly organizationId: string; readonly messageId: string }[],
  ): Promise<readonly (MessageContent | null)[]>;
  /**
   * Leases conversations that are due, the longest waiting of each organization and channel first, these in turn and
   * none faster than its pace.
   */
  claim(options: {
    readonly now: Date;
    readonly leaseMs: number;
    readonly limit: number;
    /** How many of one organization's channel may be taken; fewer where `underWay` names it. */
    readonly laneLimit: number;
    readonly underWay: readonly Lane[];
  }): Promise<readonly Claim[]>;
  /** Ends a lease. */
  release(claims: readonly Claim[]): Promise<void>;
  /** When the next conversation may be claimed; null when none waits. */
  nextDueAt(): Promise<Date | null>;
  /** Lets nothing of an organization's channel be claimed before a time. */
  pause(lane: Omit<Lane, 'count'>, until: Date): Promise<void>;
  /** Conversations with messages that were held for longer than since then. */
  heldSince(options: { readonly since: Date; readonly limit: number }): Promise<readonly ConversationKey[]>;
  /** Messages of unknown fate since then, of organizations that want them sent again. */
  unconfirmedSince(options: {
    readonly since: Date;
    readonly limit: number;
  }): Promise<readonly (ConversationKey & { readonly messageId: string })[]>;
  /** Conversations that wait for a channel which is served, or tried, again. */
  channelBack(options: { readonly now: Date; readonly limit: number }): Promise<readonly ConversationKey[]>;
  /** Requests that have waited out the resend interval. */
  unanswered(options: { readonly now: Date; readonly limit: number }): Promise<readonly ConversationKey[]>;
}

/** What a message says, its language, and the request that its buttons name. */
export type MessageContent = {
  readonly body: string;
  readonly locale: string | null;
  readonly requestId: string | null;
};

export type ConversationKey = { readonly organizationId: string; readonly contactId: string };
/** One organization's channel, with how much of it is under way. */
export type Lane = { readonly organizationId: string; readonly channel: Channel; readonly count: number };

/** A message on its way to the provider. */
export type OutgoingMessage = {
  readonly organizationId: string;
  readonly messageId: string;
  readonly attempt: number;
  readonly to: PhoneNumber;
  readonly kind: MessageKind;
  readonly body: string;
  readonly locale: string;
  /** The request or prompt that its buttons name. */
  readonly requestId: string | null;
  readonly organizationName: string;
  readonly buttons: { readonly accept: string; readonly decline: string };
};

/** A provider of one channel. Never throws for what the provider or the network does: that is an outcome. */
export interface MessagingProvider {
  send(message: OutgoingMessage): Promise<SendOutcome>;
}

/** What came of a request: its whole answer, or none. LOST may have arrived, NOT_SENT certainly has not. */
export type Posted =
  | { readonly outcome: 'ANSWERED'; readonly status: number; readonly text: string }
  | { readonly outcome: 'NOT_SENT' | 'LOST' };

/** Posts to a provider; whatever becomes of it is an outcome. Throws for an address or a header that can't be. */
export type Post = (request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}) => Promise<Posted>;

// ---------------------------------------------------------------- channels

/** An organization's WhatsApp number with what is needed to use it. */
export type WhatsAppChannel = {
  readonly organizationId: string;
  readonly phoneNumberId: string;
  readonly accessToken: string;
  readonly appSecret: string;
  /** The secret before, which signs too until its time. */
  readonly previousAppSecret: { readonly secret: string; readonly until: Date } | null;
  readonly templateName: string;
  readonly templateLocale: string;
  /** The number itself, and what the template counts as at the provider and which version it is; null where nobody has said. */
  readonly number: string | null;
  readonly templateCategory: string | null;
  readonly templateVersion: string | null;
  /** The template that asks a contact to reopen the window; null where there is none. */
  readonly continueTemplate: string | null;
  readonly enabled: boolean;
  /** Served by the built-in simulator. */
  readonly simulated: boolean;
};

export interface Channels {
  byOrganization(organizationId: string): Promise<WhatsAppChannel | null>;
  byPhoneNumberIds(phoneNumberIds: readonly string[]): Promise<readonly WhatsAppChannel[]>;
  /** All enabled channels: to find whose secret signed a body that names no number. */
  enabled(): Promise<readonly WhatsAppChannel[]>;
  /** Notes that the provider refuses the channel: it is tried again after a while, longer each time. */
  noteRefused(organizationId: string, problem: string, pauseMs: number | null): Promise<void>;
  /** Notes that the provider refuses the template of the opt-in request. */
  noteTemplateRefused(organizationId: string, problem: string): Promise<void>;
  /** Notes that the provider served the channel, and its template where that was used. */
  noteServed(organizationId: string, used: { readonly template: boolean }): Promise<void>;
}

/** An account and number at the SMS provider, with what is needed to use them. */
export type SmsSender = {
  /** Null for the one that serves every organization without a sender of its own. */
  readonly organizationId: string | null;
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
};

export interface SmsSenders {
  /** What an organization's SMS are sent with; null where there is nothing. */
  byOrganization(organizationId: string): Promise<SmsSender | null>;
  /** All of the account, and the one with the number; also those switched off: a stop may come to them. */
  named(by: { readonly accountSid: string; readonly number: string }): Promise<readonly SmsSender[]>;
  /** All that are used. */
  enabled(): Promise<readonly SmsSender[]>;
  /** The organizations that have a contact with this number. */
  organizationsKnowing(phone: PhoneNumber): Promise<readonly string[]>;
}

/** A provider's request, kept as it came until all of it has taken effect. */
export type InboxEntry = {
  readonly organizationId: string;
  readonly id: string;
  /** Whose request it is: the provider of this channel. */
  readonly channel: Channel;
  readonly receivedAt: Date;
  /** The address that the signature covers with the body; null where it covers the body alone. */
  readonly url: string | null;
  readonly body: Uint8Array;
  readonly signature: string;
  /** When it was set aside as a replay, kept and never to take effect; null for what is taken in. */
  readonly quarantinedAt?: Date | null;
};

export interface Inbox {
  /** Stores before it resolves: only then may the provider be answered. */
  store(entries: readonly InboxEntry[]): Promise<void>;
  /** Leases entries that wait, oldest first. */
  claim(options: {
    readonly now: Date;
    readonly leaseMs: number;
    readonly limit: number;
  }): Promise<readonly InboxEntry[]>;
  done(entry: Pick<InboxEntry, 'organizationId' | 'id'>): Promise<void>;
  /** Keeps the entry for another try. */
  failed(entry: Pick<InboxEntry, 'organizationId' | 'id'>, retryAt: Date, error: string): Promise<void>;
}

/** Who sent something, by every name that the provider gave. */
export type Sender = {
  /** Null when the provider gave no number (users with a username only). */
  readonly phone: PhoneNumber | null;
  /** Provider ids: wa_id, business-scoped user id. */
  readonly identities: readonly string[];
  readonly profileName: string | null;
};

/** One thing that the provider told, read from its wire format. Told twice, it takes effect once. */
export type ProviderItem = {
  /** The part of what was posted that tells it, as JSON; undefined where that is all of it. */
  readonly part?: string;
} & (
  | { readonly kind: 'INBOUND'; readonly from: Sender; readonly inbound: Inbound }
  | { readonly kind: 'INBOUND_SMS'; readonly phone: PhoneNumber; readonly inbound: InboundSms }
  | {
      readonly kind: 'STATUS';
      /** The attempt that the provider echoes; null when it echoes none. */
      readonly attempt: { readonly messageId: string; readonly attempt: number } | null;
      readonly providerMessageId: string;
      readonly report: StatusReport;
    }
  | {
      readonly kind: 'IDENTITY_CHANGED';
      readonly change: 'NUMBER_CHANGED' | 'USER_ID_CHANGED';
      readonly at: Date;
      /** The names known so far, and the new ones. */
      readonly from: Sender;
      readonly to: Sender;
    }
);

/** Takes what a provider told into the organization's facts. */
export interface ProviderNews {
  /** `posted` is what it was read from. */
  record(organizationId: string, item: ProviderItem, posted?: PostedBytes): Promise<void>;
}

/** What hangs on a caller after they were let in: who they are, and by which token or key. */
export type Permission = Pick<Viewer, 'organizationId' | 'subject' | 'issuedAt' | 'partner'>;

export interface Revocations {
  /**
   * For each in its order, whether it still counts: its organization is there, and its token or key was not taken back
   * or has ended. One statement for all.
   */
  stillValid(permissions: readonly Permission[]): Promise<readonly boolean[]>;
}
