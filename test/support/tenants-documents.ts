const parts = {
  contact: `fragment C on Contact { id name phone
    consent { status changedAt resendAvailableAt
      request { id attempt requestedAt acceptedAt delivery failure { code reason retryable } } }
    composer { mode canSendOptIn canResendOptIn canQueueMessage canSwitchToSms heldCount notice } }`,
  message: `fragment M on Message { id channel kind direction body status heldReason author createdAt statusChangedAt
    failure { code reason retryable } contact { id name } }`,
  transition: `fragment T on ConsentTransition { cursor eventId contactVersion from to cause occurredAt recordedAt
    contact { id name } }`,
};

/** What a mutation answers at once is told by its refusals; what became of it is read when it has settled. */
const mutation = (name: string, input: string, made = ''): string =>
  `mutation ($input: ${input}!) { ${name}(input: $input) { contact { id name } ${made} replayed userErrors { code path } } }`;

/** The operations by which tenants are told apart. */
export const documents = {
  createContact: mutation('createContact', 'CreateContactInput'),
  sendOptIn: mutation('sendOptIn', 'SendOptInInput'),
  resendOptIn: mutation('resendOptIn', 'ResendOptInInput'),
  queueMessage: mutation('queueMessage', 'QueueMessageInput', 'message { id body }'),
  cancelMessage: mutation('cancelMessage', 'CancelMessageInput', 'message { id body }'),
  switchToSms: mutation('switchToSms', 'SwitchToSmsInput'),
  recordConsent: mutation('recordConsent', 'RecordConsentInput'),
  withdrawConsent: mutation('withdrawConsent', 'WithdrawConsentInput'),
  eraseContact: mutation('eraseContact', 'EraseContactInput'),
  contact: `query ($id: ID!) { contact(id: $id) { ...C messages(first: 100) { nodes { ...M } pageInfo { endCursor hasNextPage } }
    transitions(first: 100) { nodes { ...T } } } } ${parts.contact} ${parts.message} ${parts.transition}`,
  conversation: `query ($id: ID!, $after: Cursor) { contact(id: $id) { id messages(first: 3, after: $after) {
    nodes { ...M } pageInfo { endCursor hasNextPage } } } } ${parts.message}`,
  contactByPhone: `query ($phone: PhoneNumber!) { contactByPhone(phone: $phone) { ...C } } ${parts.contact}`,
  contacts: `query ($search: String, $statuses: [ConsentStatus!], $first: Int!, $after: Cursor) {
    contacts(search: $search, statuses: $statuses, first: $first, after: $after) {
      nodes { ...C } pageInfo { endCursor hasNextPage } } } ${parts.contact}`,
  transitions: `query ($after: Cursor, $contactId: ID, $statuses: [ConsentStatus!], $first: Int!) {
    consentTransitions(after: $after, contactId: $contactId, statuses: $statuses, first: $first) {
      nodes { ...T } pageInfo { endCursor hasNextPage } } } ${parts.transition}`,
  node: `query ($id: ID!) { node(id: $id) { id ... on Contact { ...C } ... on Message { ...M } } } ${parts.contact} ${parts.message}`,
  overview: `{ viewer { name role } organization { id name } feedCursor
    consentFunnel { notAsked pending noResponse optedIn optedOut unreachable suspended heldMessages } }`,
  onTransitions: `subscription ($after: Cursor, $contactId: ID) { consentTransitions(after: $after, contactId: $contactId) {
    __typename ... on FeedReset { reason } ... on ConsentTransition {
      cursor eventId contactVersion from to cause occurredAt recordedAt contact { id } } } }`,
  onMessages: `subscription ($contactId: ID!) { messageUpdates(contactId: $contactId) { ...M } } ${parts.message}`,
  onFunnel: 'subscription { consentFunnel { notAsked pending optedIn optedOut unreachable heldMessages } }',
};

export type DocumentName = keyof typeof documents;
