import type { PermissionBasis } from '../consent/events.js';
import type { ConsentState } from '../consent/state.js';
import type { ConsentCause, ConsentStatus } from '../consent/transitions.js';
import type { OrganizationSettings } from '../conversation/conversation.js';
import type { ConversationQueue } from '../conversation/expectation.js';
import type { MessageStep } from '../message/attempts.js';
import type {
  Channel,
  DeliveryFailure,
  HeldReason,
  MessageDirection,
  MessageKind,
  MessageStatus,
} from '../message/message.js';
import type { PhoneNumber } from '../phone-number.js';

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
