import type { Cursors } from '../domain/ports/feed.js';
import type { TransitionView } from '../domain/ports/readers.js';

/** A transition in the shape of the API, all but its contact. */
export function transitionItem(transition: TransitionView, replayed: boolean, cursors: Cursors) {
  const { position, organizationId, eventId, contactId, contactVersion, from, to, cause } = transition;
  return {
    __typename: 'ConsentTransition' as const,
    cursor: cursors.encode(organizationId, position),
    eventId,
    contactId,
    contactVersion,
    from,
    to,
    cause,
    occurredAt: transition.occurredAt,
    recordedAt: transition.recordedAt,
    replayed,
  };
}
