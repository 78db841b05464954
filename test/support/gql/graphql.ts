/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Which message to take back. */
export type CancelMessageInput = {
  /** A message of an agent that is HELD or QUEUED. */
  messageId: string | number;
};

/** The way a message travels. */
export type Channel =
  /** SMS, where the organization has set it up; not to contacts who opted out or stopped SMS. */
  | 'SMS'
  /** WhatsApp: only with consent. */
  | 'WHATSAPP';

/** What the place where an agent writes should look like. More modes may be added: go by the `can…` fields where you don't know one. */
export type ComposerMode =
  /** The contact opted out: nothing may be written. */
  | 'BLOCKED'
  /** The organization has no WhatsApp channel, or has switched it off. */
  | 'CHANNEL_DISABLED'
  /** Messages may be written; they are held until the contact agrees or makes their wish clear. */
  | 'HOLDING'
  /** Messages are sent at once. */
  | 'OPEN'
  /** Before anything is written the contact must be asked for consent. */
  | 'OPT_IN_REQUIRED'
  /** The number cannot receive WhatsApp: offer SMS, unless the contact has stopped that too. */
  | 'SMS_OFFERED'
  /** A new opt-in is needed; messages are held until then. */
  | 'SUSPENDED'
  /** Messages may be written; they leave when the contact writes again. */
  | 'WINDOW_CLOSED';

/** Why a status changed or was confirmed. */
export type ConsentCause =
  /** The contact agreed, by button or in words. */
  | 'ACCEPTED'
  /** The contact answered a request with no. */
  | 'DECLINED'
  /** The personal data of the contact was erased. */
  | 'ERASED'
  /** The number or the account behind the contact changed. */
  | 'IDENTITY_CHANGED'
  /** The request could not be delivered for a reason that says nothing about the contact. */
  | 'NOT_DELIVERED'
  /** The resend interval passed without an answer. */
  | 'NO_ANSWER'
  /** A contact who was opted out agreed. */
  | 'OPTED_IN_AGAIN'
  /** An agent asked the contact for consent. */
  | 'OPT_IN_REQUESTED'
  /** An agent asked again after the resend interval. */
  | 'OPT_IN_RESENT'
  /** The organization recorded a consent or a withdrawal that it obtained elsewhere. */
  | 'RECORDED'
  /** The provider says that the number cannot receive WhatsApp. */
  | 'UNDELIVERABLE'
  /** The contact said stop. */
  | 'WITHDRAWN';

/** Where a contact expressed a consent or a withdrawal outside WhatsApp. */
export type ConsentSource =
  /** By e-mail. */
  | 'EMAIL'
  /** Face to face. */
  | 'IN_PERSON'
  /** Elsewhere; `note` should say where. */
  | 'OTHER'
  /** On paper. */
  | 'PAPER'
  /** By SMS. */
  | 'SMS'
  /** In a call. */
  | 'VERBAL'
  /** On a form of a web site. */
  | 'WEB_FORM';

/** The state of a contact's permission to be written to on WhatsApp. */
export type ConsentStatus =
  /** No request has reached the contact and none is on its way. `sendOptIn` is the next step. */
  | 'NOT_ASKED'
  /** The contact did not answer within the resend interval. `resendOptIn` asks again; an answer to an earlier request still counts. */
  | 'NO_RESPONSE'
  /** The contact agreed: messages are sent. */
  | 'OPTED_IN'
  /** The contact declined or stopped. Nothing may be sent until the contact opts in. */
  | 'OPTED_OUT'
  /** A request is on its way or waits for an answer. Messages may be queued; they are held. */
  | 'PENDING'
  /** Whoever holds the number may have changed: an earlier consent does not count, a new one is needed. */
  | 'SUSPENDED'
  /** The number cannot receive WhatsApp. SMS may be offered with `switchToSms`. */
  | 'UNREACHABLE';

/** A new contact. */
export type CreateContactInput = {
  /** The contact's language, such as "es" or "pt_BR"; it decides the language of the system's own messages. Left out, the organization's. */
  locale?: string | null | undefined;
  /** 1 to 200 characters. */
  name: string;
  /** The number that messages go to; no other contact of the organization may have it. */
  phone: string;
};

/** How far an opt-in request came on its way to the contact. */
export type DeliveryStatus =
  /** The provider took it; the time until it may be sent again runs from here. */
  | 'ACCEPTED'
  /** It reached the phone. */
  | 'DELIVERED'
  /** It did not reach the contact; `failure` says why. */
  | 'FAILED'
  /** It waits to be handed to the provider. */
  | 'QUEUED'
  /** The contact has seen it. Not every contact lets this be known. */
  | 'READ'
  /** It is being handed to the provider now. */
  | 'SENDING'
  /** The provider sent it on to the phone. */
  | 'SENT'
  /** It may or may not have left: the provider did not answer. A later report of the provider settles it. */
  | 'UNCONFIRMED';

/** Whose personal data is deleted. */
export type EraseContactInput = {
  /** The contact. */
  contactId: string | number;
};

/** Why a cursor cannot be resumed. */
export type FeedResetReason =
  /** The place lies before what the feed still keeps. */
  | 'CURSOR_EXPIRED'
  /** It is no cursor of this organization's feed. */
  | 'CURSOR_INVALID';

/** What becomes of the messages that are held. */
export type HeldMessageChoice =
  /** They are cancelled. */
  | 'CANCEL'
  /** They stay held, should the contact be reached on WhatsApp one day. */
  | 'KEEP'
  /** They are sent by SMS, in the order they were queued. */
  | 'SEND_BY_SMS';

/** What a held message waits for. */
export type HeldReason =
  /** The contact has not agreed yet, or their wish is unclear. */
  | 'AWAITING_CONSENT'
  /** The organization's WhatsApp number is not being served; it leaves when that is mended. */
  | 'CHANNEL_DOWN'
  /** An operator keeps it from leaving until it is retried. */
  | 'PARKED'
  /** Whoever holds the number may have changed; it leaves after a new opt-in. */
  | 'SUSPENDED'
  /** The number cannot receive WhatsApp; `switchToSms` decides what becomes of it. */
  | 'UNREACHABLE'
  /** The contact has not written within 24 hours, so WhatsApp takes no free text; it leaves when the contact writes. */
  | 'WINDOW_CLOSED';

/** Who sent a message. */
export type MessageDirection =
  /** From the contact to the organization. */
  | 'INBOUND'
  /** From the organization to the contact. */
  | 'OUTBOUND';

/** What a message is for. */
export type MessageKind =
  /** Asks a contact who has agreed to write or press a button, because more than 24 hours have passed. */
  | 'CONTINUE_REQUEST'
  /** Tells the contact that they are opted in. */
  | 'OPT_IN_CONFIRMATION'
  /** Asks the contact for consent, with two buttons. */
  | 'OPT_IN_REQUEST'
  /** Tells the contact that they are opted out and how to return. */
  | 'OPT_OUT_NOTICE'
  /** Asks a contact who wrote without settling the matter whether messages are welcome, with two buttons. */
  | 'PROMPT'
  /** Written by a person: an agent or the contact. */
  | 'TEXT';

/** Where a message is. A status moves forward only, except when the provider says for certain that the message was not sent. */
export type MessageStatus =
  /** The provider took it. */
  | 'ACCEPTED'
  /** It was taken back before it left, by an agent or because the contact opted out. */
  | 'CANCELLED'
  /** It reached the phone. */
  | 'DELIVERED'
  /** It waited longer than messages are kept waiting. */
  | 'EXPIRED'
  /** It did not reach the contact; `failure` says why. */
  | 'FAILED'
  /** It waits on our side; `heldReason` says for what. */
  | 'HELD'
  /** It may leave and waits for its turn. */
  | 'QUEUED'
  /** The contact has seen it. Not every contact lets this be known. */
  | 'READ'
  /** It came from the contact. */
  | 'RECEIVED'
  /** It is being handed to the provider now; it can no longer be taken back. */
  | 'SENDING'
  /** The provider sent it on to the phone. */
  | 'SENT'
  /** It may or may not have left; a later report of the provider settles it. It is sent a second time only if the organization, or an operator, wants that. */
  | 'UNCONFIRMED';

/** Why the organization may ask at all: WhatsApp demands a permission before the first message. It is recorded as evidence. */
export type PermissionBasisInput = {
  /** Where the permission comes from. */
  kind: PermissionBasisKind;
  /** When the permission was given, if that is known. */
  obtainedAt?: string | null | undefined;
  /** Where the organization finds it again, such as the number of a contract. At most 500 characters. */
  reference?: string | null | undefined;
};

/** Where a permission to be contacted comes from. */
export type PermissionBasisKind =
  /** A contract or an agreement with the client. */
  | 'CLIENT_AGREEMENT'
  /** The contact wrote or called first. */
  | 'INBOUND'
  /** Anything else; `reference` should say what. */
  | 'OTHER'
  /** Signed on paper. */
  | 'PAPER'
  /** Said in a conversation. */
  | 'VERBAL'
  /** A form on a web site. */
  | 'WEB_FORM';

/** A message to a contact. */
export type QueueMessageInput = {
  /** The text: at most 4096 characters on WhatsApp, 1600 by SMS, not only spaces. */
  body: string;
  /** The way it shall travel. */
  channel?: Channel;
  /** The contact to write to. */
  contactId: string | number;
  /** Makes repeating safe: the same key with the same input by the same caller is carried out once, and answered alike for at least 7 days. With another input it is refused with IDEMPOTENCY_KEY_PARAMETER_MISMATCH. 1 to 255 characters; keys of different mutations do not meet. */
  idempotencyKey?: string | null | undefined;
};

/** A consent that the contact gave elsewhere, with what proves it. */
export type RecordConsentInput = {
  /** The contact who agreed. */
  contactId: string | number;
  /** Makes repeating safe: the same key with the same input by the same caller is carried out once, and answered alike for at least 7 days. With another input it is refused with IDEMPOTENCY_KEY_PARAMETER_MISMATCH. 1 to 255 characters; keys of different mutations do not meet. */
  idempotencyKey?: string | null | undefined;
  /** Anything else worth keeping. At most 2000 characters. Recorded as evidence. */
  note?: string | null | undefined;
  /** When the contact agreed; left out, now. Not in the future. A consent from before the contact's own stop is refused with CONTACT_OPTED_OUT. */
  occurredAt?: string | null | undefined;
  /** Where the organization finds the proof again. At most 500 characters. Recorded as evidence. */
  reference?: string | null | undefined;
  /** Where the contact agreed. */
  source: ConsentSource;
};

/** Whom to ask again. */
export type ResendOptInInput = {
  /** The contact to ask again. */
  contactId: string | number;
  /** Makes repeating safe: the same key with the same input by the same caller is carried out once, and answered alike for at least 7 days. With another input it is refused with IDEMPOTENCY_KEY_PARAMETER_MISMATCH. 1 to 255 characters; keys of different mutations do not meet. */
  idempotencyKey?: string | null | undefined;
};

/** Either `contactId` or `phone`: with both or neither the mutation is refused with INVALID_INPUT. A phone number that is not yet a contact becomes one. */
export type SendOptInInput = {
  /** Why the organization may ask at all; recorded as evidence. */
  basis?: PermissionBasisInput | null | undefined;
  /** The contact to ask. */
  contactId?: string | number | null | undefined;
  /** Makes repeating safe: the same key with the same input by the same caller is carried out once, and answered alike for at least 7 days. With another input it is refused with IDEMPOTENCY_KEY_PARAMETER_MISMATCH. 1 to 255 characters; keys of different mutations do not meet. */
  idempotencyKey?: string | null | undefined;
  /** The language of a contact that is created, such as "es" or "pt_BR". Left out, the contact's own, then the organization's. */
  locale?: string | null | undefined;
  /** The name of a contact that is created; left out, its number. 1 to 200 characters. */
  name?: string | null | undefined;
  /** The number to ask. If no contact has it, one is created with it. */
  phone?: string | null | undefined;
};

/** Whom to go on with by SMS. */
export type SwitchToSmsInput = {
  /** A contact whose number cannot receive WhatsApp. */
  contactId: string | number;
  /** What becomes of the messages that are held. */
  heldMessages: HeldMessageChoice;
  /** Makes repeating safe: the same key with the same input by the same caller is carried out once, and answered alike for at least 7 days. With another input it is refused with IDEMPOTENCY_KEY_PARAMETER_MISMATCH. 1 to 255 characters; keys of different mutations do not meet. */
  idempotencyKey?: string | null | undefined;
};

/** Why a mutation was refused. More codes may be added: show `message` where you do not know one. */
export type UserErrorCode =
  /** The contact has agreed already. */
  | 'ALREADY_OPTED_IN'
  /** The contact was asked as often as is allowed without an answer. */
  | 'ATTEMPTS_EXHAUSTED'
  /** The provider refuses the organization's WhatsApp channel; an operator must mend it. */
  | 'CHANNEL_UNHEALTHY'
  /** The organization has no such contact. */
  | 'CONTACT_NOT_FOUND'
  /** The contact is on legal hold, so nothing of it may be deleted; an operator can release it. */
  | 'CONTACT_ON_HOLD'
  /** The contact declined or stopped; only the contact can change that. */
  | 'CONTACT_OPTED_OUT'
  /** Whoever holds the number may have changed; a new opt-in is needed. */
  | 'CONTACT_SUSPENDED'
  /** The number cannot receive WhatsApp. */
  | 'CONTACT_UNREACHABLE'
  /** A request with the same idempotency key is being carried out now. */
  | 'IDEMPOTENCY_CONCURRENT_REQUEST'
  /** The idempotency key was used before with another input. */
  | 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH'
  /** The field that `path` names cannot be used as it is. */
  | 'INVALID_INPUT'
  /** There can be no such telephone number. */
  | 'INVALID_PHONE_NUMBER'
  /** The message has no text. */
  | 'MESSAGE_EMPTY'
  /** The message has left, or was never a message of an agent. */
  | 'MESSAGE_NOT_CANCELLABLE'
  /** The organization has no such message. */
  | 'MESSAGE_NOT_FOUND'
  /** The text is longer than the channel carries. */
  | 'MESSAGE_TOO_LONG'
  /** There is no request that could be sent again. */
  | 'NOT_REQUESTED'
  /** The contact has been asked and has not answered yet. */
  | 'OPT_IN_PENDING'
  /** The contact has not been asked for consent. */
  | 'OPT_IN_REQUIRED'
  /** Another contact of the organization has this number. */
  | 'PHONE_NUMBER_TAKEN'
  /** Too many messages to this contact are waiting. */
  | 'QUEUE_FULL'
  /** The contact was asked a short time ago; `retryAt` says from when asking again is possible. */
  | 'RESEND_TOO_SOON'
  /** The organization has not set up SMS. */
  | 'SMS_NOT_ENABLED'
  /** The organization has no WhatsApp channel, or has switched it off. */
  | 'WHATSAPP_NOT_ENABLED';

/** A withdrawal that the contact expressed elsewhere, with what proves it. */
export type WithdrawConsentInput = {
  /** The contact who wants no more messages. */
  contactId: string | number;
  /** Makes repeating safe: the same key with the same input by the same caller is carried out once, and answered alike for at least 7 days. With another input it is refused with IDEMPOTENCY_KEY_PARAMETER_MISMATCH. 1 to 255 characters; keys of different mutations do not meet. */
  idempotencyKey?: string | null | undefined;
  /** Anything else worth keeping. At most 2000 characters. Recorded as evidence. */
  note?: string | null | undefined;
  /** When the contact said so; left out, now. Not in the future. */
  occurredAt?: string | null | undefined;
  /** Where the organization finds the proof again. At most 500 characters. Recorded as evidence. */
  reference?: string | null | undefined;
  /** Where the contact said so. */
  source: ConsentSource;
};

export type ContactPartsFragment = { id: string, name: string, phone: string, consent: { status: ConsentStatus, changedAt: string | null, resendAvailableAt: string | null, request: { id: string, attempt: number, requestedAt: string, acceptedAt: string | null, delivery: DeliveryStatus, failure: { code: number | null, reason: string, retryable: boolean } | null } | null }, composer: { mode: ComposerMode, canSendOptIn: boolean, canResendOptIn: boolean, canQueueMessage: boolean, canSwitchToSms: boolean, heldCount: number, notice: string | null } };

export type MessagePartsFragment = { id: string, channel: Channel, kind: MessageKind, direction: MessageDirection, body: string, status: MessageStatus, heldReason: HeldReason | null, author: string | null, failure: { code: number | null, reason: string, retryable: boolean } | null };

export type TransitionPartsFragment = { cursor: string, eventId: string, contactVersion: number, from: ConsentStatus, to: ConsentStatus, cause: ConsentCause, occurredAt: string, recordedAt: string, replayed: boolean, contact: { id: string } };

export type FunnelPartsFragment = { notAsked: number, pending: number, noResponse: number, optedIn: number, optedOut: number, unreachable: number, suspended: number, heldMessages: number };

type ErrorParts_RefusedError_Fragment = { __typename: 'RefusedError', code: UserErrorCode, message: string, path: Array<string> };

type ErrorParts_RetryLaterError_Fragment = { __typename: 'RetryLaterError', retryAt: string, code: UserErrorCode, message: string, path: Array<string> };

export type ErrorPartsFragment =
  | ErrorParts_RefusedError_Fragment
  | ErrorParts_RetryLaterError_Fragment
;

export type ContactQueryVariables = Exact<{
  id: string | number;
}>;


export type ContactQuery = { contact: { id: string, name: string, phone: string, consent: { status: ConsentStatus, changedAt: string | null, resendAvailableAt: string | null, request: { id: string, attempt: number, requestedAt: string, acceptedAt: string | null, delivery: DeliveryStatus, failure: { code: number | null, reason: string, retryable: boolean } | null } | null }, composer: { mode: ComposerMode, canSendOptIn: boolean, canResendOptIn: boolean, canQueueMessage: boolean, canSwitchToSms: boolean, heldCount: number, notice: string | null } } | null };

export type ContactByPhoneQueryVariables = Exact<{
  phone: string;
}>;


export type ContactByPhoneQuery = { contactByPhone: { id: string, name: string, phone: string, consent: { status: ConsentStatus, changedAt: string | null, resendAvailableAt: string | null, request: { id: string, attempt: number, requestedAt: string, acceptedAt: string | null, delivery: DeliveryStatus, failure: { code: number | null, reason: string, retryable: boolean } | null } | null }, composer: { mode: ComposerMode, canSendOptIn: boolean, canResendOptIn: boolean, canQueueMessage: boolean, canSwitchToSms: boolean, heldCount: number, notice: string | null } } | null };

export type ConversationQueryVariables = Exact<{
  id: string | number;
}>;


export type ConversationQuery = { contact: { messages: { nodes: Array<{ id: string, channel: Channel, kind: MessageKind, direction: MessageDirection, body: string, status: MessageStatus, heldReason: HeldReason | null, author: string | null, failure: { code: number | null, reason: string, retryable: boolean } | null }> } } | null };

export type HistoryQueryVariables = Exact<{
  id: string | number;
}>;


export type HistoryQuery = { contact: { transitions: { nodes: Array<{ cursor: string, eventId: string, contactVersion: number, from: ConsentStatus, to: ConsentStatus, cause: ConsentCause, occurredAt: string, recordedAt: string, replayed: boolean, contact: { id: string } }> } } | null };

export type TransitionsQueryVariables = Exact<{
  after?: string | null | undefined;
  first?: number;
}>;


export type TransitionsQuery = { consentTransitions: { nodes: Array<{ cursor: string, eventId: string, contactVersion: number, from: ConsentStatus, to: ConsentStatus, cause: ConsentCause, occurredAt: string, recordedAt: string, replayed: boolean, contact: { id: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type SnapshotQueryVariables = Exact<{
  first?: number;
}>;


export type SnapshotQuery = { feedCursor: string, contacts: { nodes: Array<{ id: string, consent: { status: ConsentStatus } }> } };

export type FunnelQueryVariables = Exact<{ [key: string]: never; }>;


export type FunnelQuery = { consentFunnel: { notAsked: number, pending: number, noResponse: number, optedIn: number, optedOut: number, unreachable: number, suspended: number, heldMessages: number } };

export type CreateContactMutationVariables = Exact<{
  input: CreateContactInput;
}>;


export type CreateContactMutation = { createContact: { replayed: boolean, contact: { id: string, name: string, phone: string, consent: { status: ConsentStatus, changedAt: string | null, resendAvailableAt: string | null, request: { id: string, attempt: number, requestedAt: string, acceptedAt: string | null, delivery: DeliveryStatus, failure: { code: number | null, reason: string, retryable: boolean } | null } | null }, composer: { mode: ComposerMode, canSendOptIn: boolean, canResendOptIn: boolean, canQueueMessage: boolean, canSwitchToSms: boolean, heldCount: number, notice: string | null } } | null, userErrors: Array<
      | { __typename: 'RefusedError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'RetryLaterError', retryAt: string, code: UserErrorCode, message: string, path: Array<string> }
    > } };

export type SendOptInMutationVariables = Exact<{
  input: SendOptInInput;
}>;


export type SendOptInMutation = { sendOptIn: { replayed: boolean, contact: { id: string, name: string, phone: string, consent: { status: ConsentStatus, changedAt: string | null, resendAvailableAt: string | null, request: { id: string, attempt: number, requestedAt: string, acceptedAt: string | null, delivery: DeliveryStatus, failure: { code: number | null, reason: string, retryable: boolean } | null } | null }, composer: { mode: ComposerMode, canSendOptIn: boolean, canResendOptIn: boolean, canQueueMessage: boolean, canSwitchToSms: boolean, heldCount: number, notice: string | null } } | null, userErrors: Array<
      | { __typename: 'RefusedError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'RetryLaterError', retryAt: string, code: UserErrorCode, message: string, path: Array<string> }
    > } };

export type ResendOptInMutationVariables = Exact<{
  input: ResendOptInInput;
}>;


export type ResendOptInMutation = { resendOptIn: { replayed: boolean, contact: { id: string, name: string, phone: string, consent: { status: ConsentStatus, changedAt: string | null, resendAvailableAt: string | null, request: { id: string, attempt: number, requestedAt: string, acceptedAt: string | null, delivery: DeliveryStatus, failure: { code: number | null, reason: string, retryable: boolean } | null } | null }, composer: { mode: ComposerMode, canSendOptIn: boolean, canResendOptIn: boolean, canQueueMessage: boolean, canSwitchToSms: boolean, heldCount: number, notice: string | null } } | null, userErrors: Array<
      | { __typename: 'RefusedError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'RetryLaterError', retryAt: string, code: UserErrorCode, message: string, path: Array<string> }
    > } };

export type QueueMessageMutationVariables = Exact<{
  input: QueueMessageInput;
}>;


export type QueueMessageMutation = { queueMessage: { replayed: boolean, message: { id: string, channel: Channel, kind: MessageKind, direction: MessageDirection, body: string, status: MessageStatus, heldReason: HeldReason | null, author: string | null, failure: { code: number | null, reason: string, retryable: boolean } | null } | null, contact: { id: string, name: string, phone: string, consent: { status: ConsentStatus, changedAt: string | null, resendAvailableAt: string | null, request: { id: string, attempt: number, requestedAt: string, acceptedAt: string | null, delivery: DeliveryStatus, failure: { code: number | null, reason: string, retryable: boolean } | null } | null }, composer: { mode: ComposerMode, canSendOptIn: boolean, canResendOptIn: boolean, canQueueMessage: boolean, canSwitchToSms: boolean, heldCount: number, notice: string | null } } | null, userErrors: Array<
      | { __typename: 'RefusedError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'RetryLaterError', retryAt: string, code: UserErrorCode, message: string, path: Array<string> }
    > } };

export type CancelMessageMutationVariables = Exact<{
  input: CancelMessageInput;
}>;


export type CancelMessageMutation = { cancelMessage: { replayed: boolean, message: { id: string, channel: Channel, kind: MessageKind, direction: MessageDirection, body: string, status: MessageStatus, heldReason: HeldReason | null, author: string | null, failure: { code: number | null, reason: string, retryable: boolean } | null } | null, userErrors: Array<
      | { __typename: 'RefusedError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'RetryLaterError', retryAt: string, code: UserErrorCode, message: string, path: Array<string> }
    > } };

export type SwitchToSmsMutationVariables = Exact<{
  input: SwitchToSmsInput;
}>;


export type SwitchToSmsMutation = { switchToSms: { replayed: boolean, contact: { id: string, name: string, phone: string, consent: { status: ConsentStatus, changedAt: string | null, resendAvailableAt: string | null, request: { id: string, attempt: number, requestedAt: string, acceptedAt: string | null, delivery: DeliveryStatus, failure: { code: number | null, reason: string, retryable: boolean } | null } | null }, composer: { mode: ComposerMode, canSendOptIn: boolean, canResendOptIn: boolean, canQueueMessage: boolean, canSwitchToSms: boolean, heldCount: number, notice: string | null } } | null, userErrors: Array<
      | { __typename: 'RefusedError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'RetryLaterError', retryAt: string, code: UserErrorCode, message: string, path: Array<string> }
    > } };

export type RecordConsentMutationVariables = Exact<{
  input: RecordConsentInput;
}>;


export type RecordConsentMutation = { recordConsent: { replayed: boolean, contact: { id: string, name: string, phone: string, consent: { status: ConsentStatus, changedAt: string | null, resendAvailableAt: string | null, request: { id: string, attempt: number, requestedAt: string, acceptedAt: string | null, delivery: DeliveryStatus, failure: { code: number | null, reason: string, retryable: boolean } | null } | null }, composer: { mode: ComposerMode, canSendOptIn: boolean, canResendOptIn: boolean, canQueueMessage: boolean, canSwitchToSms: boolean, heldCount: number, notice: string | null } } | null, userErrors: Array<
      | { __typename: 'RefusedError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'RetryLaterError', retryAt: string, code: UserErrorCode, message: string, path: Array<string> }
    > } };

export type WithdrawConsentMutationVariables = Exact<{
  input: WithdrawConsentInput;
}>;


export type WithdrawConsentMutation = { withdrawConsent: { replayed: boolean, contact: { id: string, name: string, phone: string, consent: { status: ConsentStatus, changedAt: string | null, resendAvailableAt: string | null, request: { id: string, attempt: number, requestedAt: string, acceptedAt: string | null, delivery: DeliveryStatus, failure: { code: number | null, reason: string, retryable: boolean } | null } | null }, composer: { mode: ComposerMode, canSendOptIn: boolean, canResendOptIn: boolean, canQueueMessage: boolean, canSwitchToSms: boolean, heldCount: number, notice: string | null } } | null, userErrors: Array<
      | { __typename: 'RefusedError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'RetryLaterError', retryAt: string, code: UserErrorCode, message: string, path: Array<string> }
    > } };

export type EraseContactMutationVariables = Exact<{
  input: EraseContactInput;
}>;


export type EraseContactMutation = { eraseContact: { contact: { id: string, name: string, phone: string } | null, userErrors: Array<
      | { code: UserErrorCode, path: Array<string> }
      | { code: UserErrorCode, path: Array<string> }
    > } };

export type ConsentFeedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
  contactId?: string | number | null | undefined;
  statuses?: Array<ConsentStatus> | ConsentStatus | null | undefined;
}>;


export type ConsentFeedSubscription = { consentTransitions:
    | { __typename: 'ConsentTransition', cursor: string, eventId: string, contactVersion: number, from: ConsentStatus, to: ConsentStatus, cause: ConsentCause, occurredAt: string, recordedAt: string, replayed: boolean, contact: { id: string } }
    | { __typename: 'FeedCheckpoint', cursor: string, caughtUp: boolean, lagMs: number }
    | { __typename: 'FeedReset', reason: FeedResetReason, oldestCursor: string | null }
   };

export type MessageFeedSubscriptionVariables = Exact<{
  contactId: string | number;
}>;


export type MessageFeedSubscription = { messageUpdates: { id: string, channel: Channel, kind: MessageKind, direction: MessageDirection, body: string, status: MessageStatus, heldReason: HeldReason | null, author: string | null, failure: { code: number | null, reason: string, retryable: boolean } | null } };

export type FunnelFeedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type FunnelFeedSubscription = { consentFunnel: { notAsked: number, pending: number, noResponse: number, optedIn: number, optedOut: number, unreachable: number, suspended: number, heldMessages: number } };

export type AttestationQueryVariables = Exact<{
  contactId: string | number;
}>;


export type AttestationQuery = { attestation: { contactId: string, checkpoint: string, size: number, entries: number, publicKey: string, bundle: string } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const ContactPartsFragmentDoc = new TypedDocumentString(`
    fragment ContactParts on Contact {
  id
  name
  phone
  consent {
    status
    changedAt
    resendAvailableAt
    request {
      id
      attempt
      requestedAt
      acceptedAt
      delivery
      failure {
        code
        reason
        retryable
      }
    }
  }
  composer {
    mode
    canSendOptIn
    canResendOptIn
    canQueueMessage
    canSwitchToSms
    heldCount
    notice
  }
}
    `, {"fragmentName":"ContactParts"}) as unknown as TypedDocumentString<ContactPartsFragment, unknown>;
export const MessagePartsFragmentDoc = new TypedDocumentString(`
    fragment MessageParts on Message {
  id
  channel
  kind
  direction
  body
  status
  heldReason
  author
  failure {
    code
    reason
    retryable
  }
}
    `, {"fragmentName":"MessageParts"}) as unknown as TypedDocumentString<MessagePartsFragment, unknown>;
export const TransitionPartsFragmentDoc = new TypedDocumentString(`
    fragment TransitionParts on ConsentTransition {
  cursor
  eventId
  contact {
    id
  }
  contactVersion
  from
  to
  cause
  occurredAt
  recordedAt
  replayed
}
    `, {"fragmentName":"TransitionParts"}) as unknown as TypedDocumentString<TransitionPartsFragment, unknown>;
export const FunnelPartsFragmentDoc = new TypedDocumentString(`
    fragment FunnelParts on ConsentFunnel {
  notAsked
  pending
  noResponse
  optedIn
  optedOut
  unreachable
  suspended
  heldMessages
}
    `, {"fragmentName":"FunnelParts"}) as unknown as TypedDocumentString<FunnelPartsFragment, unknown>;
export const ErrorPartsFragmentDoc = new TypedDocumentString(`
    fragment ErrorParts on UserError {
  __typename
  code
  message
  path
  ... on RetryLaterError {
    retryAt
  }
}
    `, {"fragmentName":"ErrorParts"}) as unknown as TypedDocumentString<ErrorPartsFragment, unknown>;
export const ContactDocument = new TypedDocumentString(`
    query Contact($id: ID!) {
  contact(id: $id) {
    ...ContactParts
  }
}
    fragment ContactParts on Contact {
  id
  name
  phone
  consent {
    status
    changedAt
    resendAvailableAt
    request {
      id
      attempt
      requestedAt
      acceptedAt
      delivery
      failure {
        code
        reason
        retryable
      }
    }
  }
  composer {
    mode
    canSendOptIn
    canResendOptIn
    canQueueMessage
    canSwitchToSms
    heldCount
    notice
  }
}`, {"hash":"sha256:f0cf8d14787d4babad536117203f137e3c812b2638445a51e9385ae25effc983"}) as unknown as TypedDocumentString<ContactQuery, ContactQueryVariables>;
export const ContactByPhoneDocument = new TypedDocumentString(`
    query ContactByPhone($phone: PhoneNumber!) {
  contactByPhone(phone: $phone) {
    ...ContactParts
  }
}
    fragment ContactParts on Contact {
  id
  name
  phone
  consent {
    status
    changedAt
    resendAvailableAt
    request {
      id
      attempt
      requestedAt
      acceptedAt
      delivery
      failure {
        code
        reason
        retryable
      }
    }
  }
  composer {
    mode
    canSendOptIn
    canResendOptIn
    canQueueMessage
    canSwitchToSms
    heldCount
    notice
  }
}`, {"hash":"sha256:bf0561ae1a9a3483a179da66e9fb5774b4b9ff63fe2ab134df7e4739edbaba91"}) as unknown as TypedDocumentString<ContactByPhoneQuery, ContactByPhoneQueryVariables>;
export const ConversationDocument = new TypedDocumentString(`
    query Conversation($id: ID!) {
  contact(id: $id) {
    messages(first: 100) {
      nodes {
        ...MessageParts
      }
    }
  }
}
    fragment MessageParts on Message {
  id
  channel
  kind
  direction
  body
  status
  heldReason
  author
  failure {
    code
    reason
    retryable
  }
}`, {"hash":"sha256:91286c4edaca711693e243cce0e97bcfc03d94ea0f50f3a4c22f432a56c3ceaf"}) as unknown as TypedDocumentString<ConversationQuery, ConversationQueryVariables>;
export const HistoryDocument = new TypedDocumentString(`
    query History($id: ID!) {
  contact(id: $id) {
    transitions(first: 100) {
      nodes {
        ...TransitionParts
      }
    }
  }
}
    fragment TransitionParts on ConsentTransition {
  cursor
  eventId
  contact {
    id
  }
  contactVersion
  from
  to
  cause
  occurredAt
  recordedAt
  replayed
}`, {"hash":"sha256:ba0ac7c5b3c813a695b478b28a5cb4b412fc2cc921918712e4aab4df1599a1b9"}) as unknown as TypedDocumentString<HistoryQuery, HistoryQueryVariables>;
export const TransitionsDocument = new TypedDocumentString(`
    query Transitions($after: Cursor, $first: Int! = 50) {
  consentTransitions(after: $after, first: $first) {
    nodes {
      ...TransitionParts
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    fragment TransitionParts on ConsentTransition {
  cursor
  eventId
  contact {
    id
  }
  contactVersion
  from
  to
  cause
  occurredAt
  recordedAt
  replayed
}`, {"hash":"sha256:b12db205f3ea06bd1a6c6c0b6068f716fee83f6b613a17a68f3a61aa35b40686"}) as unknown as TypedDocumentString<TransitionsQuery, TransitionsQueryVariables>;
export const SnapshotDocument = new TypedDocumentString(`
    query Snapshot($first: Int! = 100) {
  feedCursor
  contacts(first: $first) {
    nodes {
      id
      consent {
        status
      }
    }
  }
}
    `, {"hash":"sha256:de76e1d47bad6294f0e166fa0e401e2393514afc028fa932ab1ef7c13d0807e0"}) as unknown as TypedDocumentString<SnapshotQuery, SnapshotQueryVariables>;
export const FunnelDocument = new TypedDocumentString(`
    query Funnel {
  consentFunnel {
    ...FunnelParts
  }
}
    fragment FunnelParts on ConsentFunnel {
  notAsked
  pending
  noResponse
  optedIn
  optedOut
  unreachable
  suspended
  heldMessages
}`, {"hash":"sha256:393a1d1dc3e5f07589c6fa4639a42cddb14bc24e8cf2cb3cf8f8a1e3cf11604d"}) as unknown as TypedDocumentString<FunnelQuery, FunnelQueryVariables>;
export const CreateContactDocument = new TypedDocumentString(`
    mutation CreateContact($input: CreateContactInput!) {
  createContact(input: $input) {
    contact {
      ...ContactParts
    }
    userErrors {
      ...ErrorParts
    }
    replayed
  }
}
    fragment ContactParts on Contact {
  id
  name
  phone
  consent {
    status
    changedAt
    resendAvailableAt
    request {
      id
      attempt
      requestedAt
      acceptedAt
      delivery
      failure {
        code
        reason
        retryable
      }
    }
  }
  composer {
    mode
    canSendOptIn
    canResendOptIn
    canQueueMessage
    canSwitchToSms
    heldCount
    notice
  }
}
fragment ErrorParts on UserError {
  __typename
  code
  message
  path
  ... on RetryLaterError {
    retryAt
  }
}`, {"hash":"sha256:44b3c58800da5d3b23e4102cebd53db46e8c892d7a069bacd6b013dc67722cdb"}) as unknown as TypedDocumentString<CreateContactMutation, CreateContactMutationVariables>;
export const SendOptInDocument = new TypedDocumentString(`
    mutation SendOptIn($input: SendOptInInput!) {
  sendOptIn(input: $input) {
    contact {
      ...ContactParts
    }
    userErrors {
      ...ErrorParts
    }
    replayed
  }
}
    fragment ContactParts on Contact {
  id
  name
  phone
  consent {
    status
    changedAt
    resendAvailableAt
    request {
      id
      attempt
      requestedAt
      acceptedAt
      delivery
      failure {
        code
        reason
        retryable
      }
    }
  }
  composer {
    mode
    canSendOptIn
    canResendOptIn
    canQueueMessage
    canSwitchToSms
    heldCount
    notice
  }
}
fragment ErrorParts on UserError {
  __typename
  code
  message
  path
  ... on RetryLaterError {
    retryAt
  }
}`, {"hash":"sha256:1c4d3c12e7914ac2e838eb0c970cc9a2690755c7c82328f113c5c1e0f77e258f"}) as unknown as TypedDocumentString<SendOptInMutation, SendOptInMutationVariables>;
export const ResendOptInDocument = new TypedDocumentString(`
    mutation ResendOptIn($input: ResendOptInInput!) {
  resendOptIn(input: $input) {
    contact {
      ...ContactParts
    }
    userErrors {
      ...ErrorParts
    }
    replayed
  }
}
    fragment ContactParts on Contact {
  id
  name
  phone
  consent {
    status
    changedAt
    resendAvailableAt
    request {
      id
      attempt
      requestedAt
      acceptedAt
      delivery
      failure {
        code
        reason
        retryable
      }
    }
  }
  composer {
    mode
    canSendOptIn
    canResendOptIn
    canQueueMessage
    canSwitchToSms
    heldCount
    notice
  }
}
fragment ErrorParts on UserError {
  __typename
  code
  message
  path
  ... on RetryLaterError {
    retryAt
  }
}`, {"hash":"sha256:9b9e5eb7d162c2a6641eca07ffbcbccf7885b0cac2af818254654f247312fdef"}) as unknown as TypedDocumentString<ResendOptInMutation, ResendOptInMutationVariables>;
export const QueueMessageDocument = new TypedDocumentString(`
    mutation QueueMessage($input: QueueMessageInput!) {
  queueMessage(input: $input) {
    message {
      ...MessageParts
    }
    contact {
      ...ContactParts
    }
    userErrors {
      ...ErrorParts
    }
    replayed
  }
}
    fragment ContactParts on Contact {
  id
  name
  phone
  consent {
    status
    changedAt
    resendAvailableAt
    request {
      id
      attempt
      requestedAt
      acceptedAt
      delivery
      failure {
        code
        reason
        retryable
      }
    }
  }
  composer {
    mode
    canSendOptIn
    canResendOptIn
    canQueueMessage
    canSwitchToSms
    heldCount
    notice
  }
}
fragment MessageParts on Message {
  id
  channel
  kind
  direction
  body
  status
  heldReason
  author
  failure {
    code
    reason
    retryable
  }
}
fragment ErrorParts on UserError {
  __typename
  code
  message
  path
  ... on RetryLaterError {
    retryAt
  }
}`, {"hash":"sha256:49939cb1f77911aa4b305ee3c3f420270ff7d3e30e87585ff2b2a078eadf55e8"}) as unknown as TypedDocumentString<QueueMessageMutation, QueueMessageMutationVariables>;
export const CancelMessageDocument = new TypedDocumentString(`
    mutation CancelMessage($input: CancelMessageInput!) {
  cancelMessage(input: $input) {
    message {
      ...MessageParts
    }
    userErrors {
      ...ErrorParts
    }
    replayed
  }
}
    fragment MessageParts on Message {
  id
  channel
  kind
  direction
  body
  status
  heldReason
  author
  failure {
    code
    reason
    retryable
  }
}
fragment ErrorParts on UserError {
  __typename
  code
  message
  path
  ... on RetryLaterError {
    retryAt
  }
}`, {"hash":"sha256:5f25b005230600d590b932a0fb87e4e2eb78b9ea218e844b1472637f1326ca23"}) as unknown as TypedDocumentString<CancelMessageMutation, CancelMessageMutationVariables>;
export const SwitchToSmsDocument = new TypedDocumentString(`
    mutation SwitchToSms($input: SwitchToSmsInput!) {
  switchToSms(input: $input) {
    contact {
      ...ContactParts
    }
    userErrors {
      ...ErrorParts
    }
    replayed
  }
}
    fragment ContactParts on Contact {
  id
  name
  phone
  consent {
    status
    changedAt
    resendAvailableAt
    request {
      id
      attempt
      requestedAt
      acceptedAt
      delivery
      failure {
        code
        reason
        retryable
      }
    }
  }
  composer {
    mode
    canSendOptIn
    canResendOptIn
    canQueueMessage
    canSwitchToSms
    heldCount
    notice
  }
}
fragment ErrorParts on UserError {
  __typename
  code
  message
  path
  ... on RetryLaterError {
    retryAt
  }
}`, {"hash":"sha256:000320e07a4947d7f34ad7ba2d4a8b0c84d6f7123a3e308f1bad9735fd7e5daa"}) as unknown as TypedDocumentString<SwitchToSmsMutation, SwitchToSmsMutationVariables>;
export const RecordConsentDocument = new TypedDocumentString(`
    mutation RecordConsent($input: RecordConsentInput!) {
  recordConsent(input: $input) {
    contact {
      ...ContactParts
    }
    userErrors {
      ...ErrorParts
    }
    replayed
  }
}
    fragment ContactParts on Contact {
  id
  name
  phone
  consent {
    status
    changedAt
    resendAvailableAt
    request {
      id
      attempt
      requestedAt
      acceptedAt
      delivery
      failure {
        code
        reason
        retryable
      }
    }
  }
  composer {
    mode
    canSendOptIn
    canResendOptIn
    canQueueMessage
    canSwitchToSms
    heldCount
    notice
  }
}
fragment ErrorParts on UserError {
  __typename
  code
  message
  path
  ... on RetryLaterError {
    retryAt
  }
}`, {"hash":"sha256:6789979cf653271bc4aa5365a01902d079fcc1de8a5d8a8aa5f2afe150c8fc3b"}) as unknown as TypedDocumentString<RecordConsentMutation, RecordConsentMutationVariables>;
export const WithdrawConsentDocument = new TypedDocumentString(`
    mutation WithdrawConsent($input: WithdrawConsentInput!) {
  withdrawConsent(input: $input) {
    contact {
      ...ContactParts
    }
    userErrors {
      ...ErrorParts
    }
    replayed
  }
}
    fragment ContactParts on Contact {
  id
  name
  phone
  consent {
    status
    changedAt
    resendAvailableAt
    request {
      id
      attempt
      requestedAt
      acceptedAt
      delivery
      failure {
        code
        reason
        retryable
      }
    }
  }
  composer {
    mode
    canSendOptIn
    canResendOptIn
    canQueueMessage
    canSwitchToSms
    heldCount
    notice
  }
}
fragment ErrorParts on UserError {
  __typename
  code
  message
  path
  ... on RetryLaterError {
    retryAt
  }
}`, {"hash":"sha256:f5d894fde5d0149458c271811e43ad9948393e866c4c965c2fbd3e0e3e304833"}) as unknown as TypedDocumentString<WithdrawConsentMutation, WithdrawConsentMutationVariables>;
export const EraseContactDocument = new TypedDocumentString(`
    mutation EraseContact($input: EraseContactInput!) {
  eraseContact(input: $input) {
    contact {
      id
      name
      phone
    }
    userErrors {
      code
      path
    }
  }
}
    `, {"hash":"sha256:7c4822ce0c855684568f48484b8ad26a3f6331ca1b259fbfbc4020fd1d0332e7"}) as unknown as TypedDocumentString<EraseContactMutation, EraseContactMutationVariables>;
export const ConsentFeedDocument = new TypedDocumentString(`
    subscription ConsentFeed($after: Cursor, $contactId: ID, $statuses: [ConsentStatus!]) {
  consentTransitions(after: $after, contactId: $contactId, statuses: $statuses) {
    __typename
    ...TransitionParts
    ... on FeedCheckpoint {
      cursor
      caughtUp
      lagMs
    }
    ... on FeedReset {
      reason
      oldestCursor
    }
  }
}
    fragment TransitionParts on ConsentTransition {
  cursor
  eventId
  contact {
    id
  }
  contactVersion
  from
  to
  cause
  occurredAt
  recordedAt
  replayed
}`, {"hash":"sha256:cc6f84e4083a0298f572683617a993476d87e9e9420d5e08085ecb5d1ee2ffa3"}) as unknown as TypedDocumentString<ConsentFeedSubscription, ConsentFeedSubscriptionVariables>;
export const MessageFeedDocument = new TypedDocumentString(`
    subscription MessageFeed($contactId: ID!) {
  messageUpdates(contactId: $contactId) {
    ...MessageParts
  }
}
    fragment MessageParts on Message {
  id
  channel
  kind
  direction
  body
  status
  heldReason
  author
  failure {
    code
    reason
    retryable
  }
}`, {"hash":"sha256:d2dfeb667ed9de2410ff13b081ebb53ba737d6a78a9ce4a6657df69d71a20892"}) as unknown as TypedDocumentString<MessageFeedSubscription, MessageFeedSubscriptionVariables>;
export const FunnelFeedDocument = new TypedDocumentString(`
    subscription FunnelFeed {
  consentFunnel {
    ...FunnelParts
  }
}
    fragment FunnelParts on ConsentFunnel {
  notAsked
  pending
  noResponse
  optedIn
  optedOut
  unreachable
  suspended
  heldMessages
}`, {"hash":"sha256:599474a6949ed5aa2afa435225b9929eb2832b24036fc0432da376f6585d8950"}) as unknown as TypedDocumentString<FunnelFeedSubscription, FunnelFeedSubscriptionVariables>;
export const AttestationDocument = new TypedDocumentString(`
    query Attestation($contactId: ID!) {
  attestation(contactId: $contactId) {
    contactId
    checkpoint
    size
    entries
    publicKey
    bundle
  }
}
    `, {"hash":"sha256:db8754c163d16bef76d043f151efd0f0632465aa59049e887d25cd23359e9d2e"}) as unknown as TypedDocumentString<AttestationQuery, AttestationQueryVariables>;