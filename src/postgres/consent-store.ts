import postgres, { type Sql } from 'postgres';
import type { Change, ConsentStore, Wake } from '../domain/ports.js';
import { appendChanges } from './append-changes.js';
import { loadConversations } from './load-conversations.js';

const UNIQUE_VIOLATION = '23505';

/** The store of facts on PostgreSQL. `committed` hears of every change after its commit, and whether any is a transition. */
export function createConsentStore(options: {
  readonly sql: Sql;
  /** Whether organizations without a sender of their own can send SMS. */
  readonly smsForAll: boolean;
  readonly committed: (wakes: readonly Wake[], of: { readonly transitions: boolean }) => void;
}): ConsentStore {
  const { sql, smsForAll, committed } = options;
  return {
    load: (requests) => loadConversations(sql, smsForAll, requests),
    append: async (changes) => {
      try {
        const outcomes = await appendChanges(sql, changes);
        const applied = changes.filter((_, index) => outcomes[index] === 'COMMITTED');
        committed(applied.map(wakeOf), { transitions: applied.some(hasTransition) });
        return outcomes;
      } catch (error) {
        // Somebody used the same key, or told the same message, at the same time: alone, it is decided again.
        if (changes.length === 1 && error instanceof postgres.PostgresError && error.code === UNIQUE_VIOLATION) {
          return ['CONFLICT'];
        }
        throw error;
      }
    },
  };
}

function wakeOf({ draft }: Change): Wake {
  return { organizationId: draft.conversation.organization.id, contactId: draft.conversation.contact.id };
}

function hasTransition({ draft }: Change): boolean {
  return draft.events.some(({ transition }) => transition !== null);
}
