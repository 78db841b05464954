/* eslint-disable */
import * as types from './graphql.js';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query Overview {\n  organization {\n    __typename\n    name\n  }\n  consentFunnel {\n    __typename\n    pending\n    optedIn\n    optedOut\n    heldMessages\n    at\n  }\n}\n\nquery FindContact($phone: PhoneNumber!) {\n  contactByPhone(phone: $phone) {\n    __typename\n    id\n    name\n    consent {\n      __typename\n      status\n    }\n  }\n}\n\nmutation AskForConsent($input: SendOptInInput!) {\n  sendOptIn(input: $input) {\n    __typename\n    replayed\n    contact {\n      __typename\n      id\n      consent {\n        __typename\n        status\n      }\n    }\n    userErrors {\n      __typename\n      code\n      message\n    }\n  }\n}\n\nsubscription ConsentFeed($after: Cursor) {\n  consentTransitions(after: $after) {\n    __typename\n    ... on ConsentTransition {\n      cursor\n      from\n      to\n      contact {\n        __typename\n        id\n        name\n      }\n    }\n    ... on FeedCheckpoint {\n      cursor\n      caughtUp\n    }\n    ... on FeedReset {\n      reason\n    }\n  }\n}": typeof types.OverviewDocument,
};
const documents: Documents = {
    "query Overview {\n  organization {\n    __typename\n    name\n  }\n  consentFunnel {\n    __typename\n    pending\n    optedIn\n    optedOut\n    heldMessages\n    at\n  }\n}\n\nquery FindContact($phone: PhoneNumber!) {\n  contactByPhone(phone: $phone) {\n    __typename\n    id\n    name\n    consent {\n      __typename\n      status\n    }\n  }\n}\n\nmutation AskForConsent($input: SendOptInInput!) {\n  sendOptIn(input: $input) {\n    __typename\n    replayed\n    contact {\n      __typename\n      id\n      consent {\n        __typename\n        status\n      }\n    }\n    userErrors {\n      __typename\n      code\n      message\n    }\n  }\n}\n\nsubscription ConsentFeed($after: Cursor) {\n  consentTransitions(after: $after) {\n    __typename\n    ... on ConsentTransition {\n      cursor\n      from\n      to\n      contact {\n        __typename\n        id\n        name\n      }\n    }\n    ... on FeedCheckpoint {\n      cursor\n      caughtUp\n    }\n    ... on FeedReset {\n      reason\n    }\n  }\n}": types.OverviewDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Overview {\n  organization {\n    __typename\n    name\n  }\n  consentFunnel {\n    __typename\n    pending\n    optedIn\n    optedOut\n    heldMessages\n    at\n  }\n}\n\nquery FindContact($phone: PhoneNumber!) {\n  contactByPhone(phone: $phone) {\n    __typename\n    id\n    name\n    consent {\n      __typename\n      status\n    }\n  }\n}\n\nmutation AskForConsent($input: SendOptInInput!) {\n  sendOptIn(input: $input) {\n    __typename\n    replayed\n    contact {\n      __typename\n      id\n      consent {\n        __typename\n        status\n      }\n    }\n    userErrors {\n      __typename\n      code\n      message\n    }\n  }\n}\n\nsubscription ConsentFeed($after: Cursor) {\n  consentTransitions(after: $after) {\n    __typename\n    ... on ConsentTransition {\n      cursor\n      from\n      to\n      contact {\n        __typename\n        id\n        name\n      }\n    }\n    ... on FeedCheckpoint {\n      cursor\n      caughtUp\n    }\n    ... on FeedReset {\n      reason\n    }\n  }\n}"): (typeof documents)["query Overview {\n  organization {\n    __typename\n    name\n  }\n  consentFunnel {\n    __typename\n    pending\n    optedIn\n    optedOut\n    heldMessages\n    at\n  }\n}\n\nquery FindContact($phone: PhoneNumber!) {\n  contactByPhone(phone: $phone) {\n    __typename\n    id\n    name\n    consent {\n      __typename\n      status\n    }\n  }\n}\n\nmutation AskForConsent($input: SendOptInInput!) {\n  sendOptIn(input: $input) {\n    __typename\n    replayed\n    contact {\n      __typename\n      id\n      consent {\n        __typename\n        status\n      }\n    }\n    userErrors {\n      __typename\n      code\n      message\n    }\n  }\n}\n\nsubscription ConsentFeed($after: Cursor) {\n  consentTransitions(after: $after) {\n    __typename\n    ... on ConsentTransition {\n      cursor\n      from\n      to\n      contact {\n        __typename\n        id\n        name\n      }\n    }\n    ... on FeedCheckpoint {\n      cursor\n      caughtUp\n    }\n    ... on FeedReset {\n      reason\n    }\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;