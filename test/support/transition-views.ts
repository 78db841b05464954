import { v7 as newId } from 'uuid';
import type { TransitionView } from '../../src/domain/ports/readers.js';

/** Transitions at consecutive positions, each of a contact of its own. */
export function transitionViews(organizationId: string, from: bigint, count: number): readonly TransitionView[] {
  return Array.from({ length: count }, (_, index) => ({
    position: from + BigInt(index),
    eventId: newId(),
    organizationId,
    contactId: newId(),
    contactVersion: 1,
    from: 'PENDING',
    to: 'OPTED_IN',
    cause: 'ACCEPTED',
    occurredAt: new Date('2026-03-01T09:00:00.123Z'),
    recordedAt: new Date('2026-03-01T09:00:01.456Z'),
  }));
}
