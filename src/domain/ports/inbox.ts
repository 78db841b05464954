import type { Channel } from '../message/message.js';

/** A provider's request, kept as it came until all of it has taken effect. */
export type InboxEntry = {
  readonly organizationId: string;
  readonly id: string;
  /** Whose request it is: the provider of this channel. */
  readonly channel: Channel;
  readonly receivedAt: Date;
  /** The address that the signature covers with the body; null where it covers the body alone. */
  readonly url: string | null;
  readonly body: Uint8Array;
  readonly signature: string;
  /** When it was set aside as a replay, kept and never to take effect; null for what is taken in. */
  readonly quarantinedAt?: Date | null;
};

export interface Inbox {
  /** Stores before it resolves: only then may the provider be answered. */
  store(entries: readonly InboxEntry[]): Promise<void>;
  /** Leases entries that wait, oldest first. */
  claim(options: {
    readonly now: Date;
    readonly leaseMs: number;
    readonly limit: number;
  }): Promise<readonly InboxEntry[]>;
  done(entry: Pick<InboxEntry, 'organizationId' | 'id'>): Promise<void>;
  /** Keeps the entry for another try. */
  failed(entry: Pick<InboxEntry, 'organizationId' | 'id'>, retryAt: Date, error: string): Promise<void>;
}
