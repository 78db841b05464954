import { createHash } from 'node:crypto';

/** A contact by its id: one statement that finds one row. */
export const QUERY = 'query Contact($id: ID!) { contact(id: $id) { id name phone consent { status } } }';

const written = 'replayed userErrors { code }';
/** Consents and withdrawals, in turn: each commits one transition. */
export const RECORD = `mutation Record($input: RecordConsentInput!) { recordConsent(input: $input) { ${written} } }`;
export const WITHDRAW = `mutation Withdraw($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { ${written} } }`;

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What the peers serve: the part of the schema that the operations use. */
export const peerSchema = `
  type Query { contact(id: ID!): Contact }
  type Mutation {
    recordConsent(input: RecordConsentInput!): RecordConsentPayload!
    withdrawConsent(input: WithdrawConsentInput!): WithdrawConsentPayload!
  }
  type Contact { id: ID! name: String! phone: String! consent: Consent! }
  type Consent { status: String! }
  input RecordConsentInput { contactId: ID! source: String! note: String }
  input WithdrawConsentInput { contactId: ID! source: String! note: String }
  type RecordConsentPayload { replayed: Boolean! userErrors: [UserError!]! }
  type WithdrawConsentPayload { replayed: Boolean! userErrors: [UserError!]! }
  type UserError { code: String! }
`;
