import type { Channel, HeldReason } from '../message/message.js';

/** What waits in the whole installation, for whoever watches over it. Counts of messages stop at 10,000. */
export type Figures = {
  /** By channel: how many messages wait for their turn, and since when the first of them does. */
  readonly queued: readonly { readonly channel: Channel; readonly count: number; readonly since: Date }[];
  /** Held messages by what they wait for; where there are more, of those that were written first. */
  readonly held: readonly { readonly channel: Channel; readonly reason: HeldReason; readonly count: number }[];
  /** All that are held, without a limit. */
  readonly heldTotal: number;
  readonly unconfirmed: number;
  /** WhatsApp channels that the provider refuses, and those whose template it refuses. */
  readonly refused: { readonly channels: number; readonly templates: number };
  /** Transitions without a position, and since when the first of them waits for one. */
  readonly feed: { readonly waiting: number; readonly since: Date | null };
};

/** How busy the connections of one pool are; what waits does so for a connection, or behind something on the same one. */
export type PoolLoad = {
  readonly pool: string;
  readonly connections: number;
  readonly inUse: number;
  readonly waiting: number;
};
