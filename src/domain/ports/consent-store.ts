import type { Conversation, Draft, OrganizationSettings } from '../conversation/conversation.js';
import type { ContactLog, Evidence } from '../evidence.js';
import type { Claim } from './outbox.js';

/** Whom a command is about. */
export type Target =
  | { readonly contactId: string }
  /** The number in its canonical form, and other names that the provider knows the contact by. */
  | { readonly phoneKey: string | null; readonly identities: readonly string[] }
  | { readonly messageId: string }
  | { readonly providerMessageId: string };

/** A caller's key for a command: kept with its effect, so that a repetition finds the first answer. */
export type IdempotencyKey = {
  readonly caller: string;
  readonly operation: string;
  readonly key: string;
  readonly inputHash: string;
};

export type LoadRequest = {
  readonly organizationId: string;
  readonly target: Target;
  /** Messages to load beside the open ones. */
  readonly messageIds: readonly string[];
  readonly providerMessageIds: readonly string[];
  readonly idempotencyKey: IdempotencyKey | null;
};

export type Loaded = {
  /** Null when there is no such organization. */
  readonly organization: OrganizationSettings | null;
  /** Null when there is no such contact. */
  readonly conversation: Conversation | null;
  /** The answer stored with the idempotency key, if the key was used before. */
  readonly earlier: { readonly inputHash: string; readonly result: CommandResult } | null;
};

/** What a caller is told of a command that was carried out: ids to look up. */
export type CommandResult = { readonly contactId: string; readonly messageId: string | null };

/** All that one command changes. */
export type Change = {
  readonly draft: Draft;
  /** The revision that was decided against; 0 for a contact that is not yet stored. */
  readonly revision: number;
  /** When a pending request becomes unanswered. */
  readonly answerDueAt: Date | null;
  /** What it was decided on; what has stayed as it was there need not be written. */
  readonly before?: Conversation;
  readonly idempotency: (IdempotencyKey & { readonly result: CommandResult }) | null;
  /** The lease that ends with it. */
  readonly lease?: Pick<Claim, 'channel' | 'fence'>;
  /** The bytes that its events rest on. */
  readonly evidence?: Evidence;
};

/** The entries of a change's events, in their order, and how the contact's chain stands then. */
export type Notarized = {
  readonly log: ContactLog;
  /** `sealed` is what the entry commits to, encrypted. */
  readonly entries: readonly { readonly entry: Uint8Array; readonly sealed: Uint8Array }[];
  readonly artifacts: readonly { readonly sha256: Uint8Array; readonly sealed: Uint8Array }[];
};

/** Writes what proves a change; null for one that is not to be proven. */
export type Notary = (change: Change) => Notarized | null;

/** CONFLICT: someone was first; decide again. */
export type AppendOutcome = 'COMMITTED' | 'CONFLICT';

/**
 * Facts, the contact's row, messages and the sends they imply are committed together, or none of them. Both
 * operations take many commands at once; of a change that fails only that change fails.
 */
export interface ConsentStore {
  load(requests: readonly LoadRequest[]): Promise<readonly Loaded[]>;
  /**
   * The changes must be of different contacts. Throws when the database fails; then nothing was committed. `origins`
   * says where each change comes from, if anybody watches.
   */
  append(changes: readonly Change[], origins?: readonly (object | null)[]): Promise<readonly AppendOutcome[]>;
}
