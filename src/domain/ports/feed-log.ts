import type { MessageView, TransitionFilter, TransitionView } from './readers.js';

/** A change of a message, at its place in the log of its conversation. Places grow; they have gaps. */
export type MessageChange = { readonly position: bigint; readonly message: MessageView };

/** The log of transitions, by position, and of a contact's message changes. */
export interface FeedLog {
  /** The newest position of the organization; 0 before the first transition. */
  head(organizationId: string): Promise<bigint>;
  /** Transitions after the position, in order; `through` is how far the log was read, matching or not. */
  after(
    organizationId: string,
    position: bigint,
    filter: TransitionFilter,
    limit: number,
  ): Promise<{ readonly transitions: readonly TransitionView[]; readonly through: bigint }>;
  /** Resolves when all that was committed before the call has its position. */
  settled(organizationId: string): Promise<void>;
  /** When the oldest transition that has no position yet was recorded; null when none waits. */
  waitingSince(organizationId: string): Promise<Date | null>;
  /** Where the contact's message log ends now; 0 while it is empty. */
  messageHead(organizationId: string, contactId: string): Promise<bigint>;
  messageChanges(
    organizationId: string,
    contactId: string,
    after: bigint,
    limit: number,
  ): Promise<readonly MessageChange[]>;
}
