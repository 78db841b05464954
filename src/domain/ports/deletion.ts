import type { ConversationKey } from './outbox.js';

/** Deletes what is stored of contacts that were erased. */
export interface Erasure {
  /** All that is personal, wherever it is stored; what proves that it was there stays. Again, it changes nothing. */
  purge(contact: ConversationKey): Promise<void>;
  /** Contacts that were erased and not purged: a server stopped in between. */
  unpurged(options: { readonly limit: number }): Promise<readonly ConversationKey[]>;
}

/** A part of what is stored, in the order of time. */
type OldPart = {
  readonly before: Date;
  /** Null for the beginning. */
  readonly after: string | null;
  readonly limit: number;
};

/** The same of one organization, in the order of its ids, which is that of time. */
type OldPartOf = OldPart & { readonly organizationId: string };

/**
 * Deletes what is kept no longer. Facts of consent and what proves them stay, and everything of contacts on
 * hold. Each call goes on behind `after` and tells where it came to; null when there is no more.
 */
export interface Retention {
  /** Organizations that keep the texts of messages for a time only. */
  organizations(): Promise<readonly { readonly organizationId: string; readonly keepMs: number }[]>;
  /** Deletes the texts of messages that nothing became of since `before`. */
  clearMessages(part: OldPartOf): Promise<string | null>;
  /** Deletes what the provider posted before, and what has taken effect. */
  deletePosts(part: OldPartOf): Promise<string | null>;
  /** Forgets, for all organizations, idempotency keys that were used before: what is repeated with one is done anew. */
  deleteKeys(part: OldPart): Promise<string | null>;
}
