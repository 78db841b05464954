import { randomUUID } from 'node:crypto';

/** What every subscriber asks for: eight fields, about 300 bytes a frame. */
export const subscription = `subscription {
  consentTransitions {
    ... on ConsentTransition { cursor eventId contactVersion from to cause occurredAt recordedAt }
  }
}`;

/** The peers' schema: the same fields with the same types of value. */
export const peerSchema = `
  type ConsentTransition {
    cursor: String! eventId: ID! contactVersion: Int! from: ConsentStatus! to: ConsentStatus! cause: ConsentCause!
    occurredAt: String! recordedAt: String!
  }
  enum ConsentStatus { OPTED_IN OPTED_OUT }
  enum ConsentCause { RECORDED }
  union ConsentFeedItem = ConsentTransition
  type Query { ready: Boolean! }
  type Subscription { consentTransitions: ConsentFeedItem! }
`;

/** A frame with less is a handshake or a checkpoint, not an event. */
export const EVENT_BYTES = 240;

let version = 1_000_000;

/** The next event, in memory, with values as long as the server's. */
export function nextEvent() {
  version += 1;
  const at = new Date().toISOString();
  return {
    __typename: 'ConsentTransition',
    cursor: 'AQAAAAAAAAABmZmZmZmZmZmZmZmZmZmZmQ',
    eventId: randomUUID(),
    contactVersion: version,
    from: 'OPTED_OUT',
    to: 'OPTED_IN',
    cause: 'RECORDED',
    occurredAt: at,
    recordedAt: at,
  };
}

/** The whole message as graphql-transport-ws carries it, ready to send. */
export function readyMessage(): string {
  const { __typename: _, ...consentTransitions } = nextEvent();
  return JSON.stringify({ id: randomUUID(), type: 'next', payload: { data: { consentTransitions } } });
}
