import postgres from 'postgres';
import type { Change, ConsentStore, Notary } from '../domain/ports/consent-store.js';
import type { Wake } from '../domain/ports/wakes.js';
import { Unanswered } from '../domain/unanswered.js';
import { appendChanges } from './append.js';
import { loadConversations } from './load-conversations.js';
import type { Scoped } from './scoped.js';

const UNIQUE_VIOLATION = '23505';
/** Codes of postgres.js, of sockets and of PostgreSQL for a connection that was lost, or a statement that was stopped. */
const unansweredCode = /^(CONNECT|E[A-Z]+$|08|57)/;

/** The store of facts on PostgreSQL. `committed` hears of every change after its commit, and whether any is a transition. */
export function createConsentStore(options: {
  readonly scoped: Scoped;
  /** Writes what proves each change; without it, nothing is provable. */
  readonly notary?: Notary;
  /** Whether organizations without a sender of their own can send SMS. */
  readonly smsForAll: boolean;
  readonly committed: (wakes: readonly Wake[], of: { readonly transitions: boolean }) => void;
}): ConsentStore {
  const { scoped, notary, smsForAll, committed } = options;
  return {
    load: (requests) => loadConversations(scoped, smsForAll, requests).catch(asUnanswered),
    append: async (changes) => {
      try {
        const outcomes = await appendChanges(scoped, changes, notary);
        const applied = changes.filter((_, index) => outcomes[index] === 'COMMITTED');
        committed(applied.map(wakeOf), { transitions: applied.some(hasTransition) });
        return outcomes;
      } catch (error) {
        // Somebody used the same key, or told the same message, at the same time: alone, it is decided again.
        if (changes.length === 1 && error instanceof postgres.PostgresError && error.code === UNIQUE_VIOLATION) {
          return ['CONFLICT'];
        }
        return asUnanswered(error);
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

function asUnanswered(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (unansweredCode.test(code)) throw new Unanswered('the database has not answered', { cause: error });
  throw error;
}
