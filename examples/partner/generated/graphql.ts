/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
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

/** Why a cursor cannot be resumed. */
export type FeedResetReason =
  /** The place lies before what the feed still keeps. */
  | 'CURSOR_EXPIRED'
  /** It is no cursor of this organization's feed. */
  | 'CURSOR_INVALID';

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

export type OverviewQueryVariables = Exact<{ [key: string]: never; }>;


export type OverviewQuery = { organization: { __typename: 'Organization', name: string }, consentFunnel: { __typename: 'ConsentFunnel', pending: number, optedIn: number, optedOut: number, heldMessages: number, at: string } };

export type FindContactQueryVariables = Exact<{
  phone: string;
}>;


export type FindContactQuery = { contactByPhone: { __typename: 'Contact', id: string, name: string, consent: { __typename: 'Consent', status: ConsentStatus } } | null };

export type AskForConsentMutationVariables = Exact<{
  input: SendOptInInput;
}>;


export type AskForConsentMutation = { sendOptIn: { __typename: 'SendOptInPayload', replayed: boolean, contact: { __typename: 'Contact', id: string, consent: { __typename: 'Consent', status: ConsentStatus } } | null, userErrors: Array<
      | { __typename: 'RefusedError', code: UserErrorCode, message: string }
      | { __typename: 'RetryLaterError', code: UserErrorCode, message: string }
    > } };

export type ConsentFeedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type ConsentFeedSubscription = { consentTransitions:
    | { __typename: 'ConsentTransition', cursor: string, from: ConsentStatus, to: ConsentStatus, contact: { __typename: 'Contact', id: string, name: string } }
    | { __typename: 'FeedCheckpoint', cursor: string, caughtUp: boolean }
    | { __typename: 'FeedReset', reason: FeedResetReason }
   };


export const OverviewDocument = {"__meta__":{"hash":"sha256:97d1c750b9214079239ca6cfd3d37ea6c02418dc0eec0967ae78324fa9bfc2e8"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Overview"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"organization"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}},{"kind":"Field","name":{"kind":"Name","value":"consentFunnel"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"pending"}},{"kind":"Field","name":{"kind":"Name","value":"optedIn"}},{"kind":"Field","name":{"kind":"Name","value":"optedOut"}},{"kind":"Field","name":{"kind":"Name","value":"heldMessages"}},{"kind":"Field","name":{"kind":"Name","value":"at"}}]}}]}}]} as unknown as DocumentNode<OverviewQuery, OverviewQueryVariables>;
export const FindContactDocument = {"__meta__":{"hash":"sha256:c0b525a21ec3268d9b14bc67f064166081608af7a5fc61ab770f582c7bd1a328"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"FindContact"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"phone"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"PhoneNumber"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"contactByPhone"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"phone"},"value":{"kind":"Variable","name":{"kind":"Name","value":"phone"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"consent"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}}]}}]} as unknown as DocumentNode<FindContactQuery, FindContactQueryVariables>;
export const AskForConsentDocument = {"__meta__":{"hash":"sha256:b523868848277cc9389f6ee563a141a09768bad06814925a5417018d91c7d700"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"AskForConsent"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"input"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"SendOptInInput"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sendOptIn"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"Variable","name":{"kind":"Name","value":"input"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"replayed"}},{"kind":"Field","name":{"kind":"Name","value":"contact"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"consent"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"status"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"userErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<AskForConsentMutation, AskForConsentMutationVariables>;
export const ConsentFeedDocument = {"__meta__":{"hash":"sha256:b1f7de1165007944e5a3ecca180ba69263a05b4acbb1d2235d8d2f2aa805f393"},"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"ConsentFeed"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Cursor"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"consentTransitions"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ConsentTransition"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"contact"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FeedCheckpoint"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"caughtUp"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"FeedReset"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reason"}}]}}]}}]}}]} as unknown as DocumentNode<ConsentFeedSubscription, ConsentFeedSubscriptionVariables>;