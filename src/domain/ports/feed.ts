import type { Funnel, MessageView, TransitionFilter, TransitionView } from './readers.js';

/** Opaque, signed positions. Valid on every server of the installation, and for one organization only. */
export interface Cursors {
  encode(organizationId: string, position: bigint): string;
  /** Null for anything that was not made by `encode` for this organization. */
  decode(organizationId: string, cursor: string): bigint | null;
}

/** What a subscriber of transitions receives. */
export type FeedItem =
  | { readonly type: 'TRANSITION'; readonly transition: TransitionView; readonly replayed: boolean }
  | {
      readonly type: 'CHECKPOINT';
      readonly organizationId: string;
      readonly position: bigint;
      readonly caughtUp: boolean;
      readonly lagMs: number;
      readonly at: Date;
    }
  | {
      readonly type: 'RESET';
      readonly organizationId: string;
      readonly reason: 'CURSOR_EXPIRED' | 'CURSOR_INVALID';
      readonly oldest: bigint | null;
    };

/** Something that a subscriber is told, at its place in what it subscribed to. */
export type Entry<Item> = { readonly position: bigint; readonly item: Item };

/** What subscribers of the same thing read, the newest part of it in memory and shared by all on this server. */
export interface Source<Item> {
  /** How far it is known. */
  position(): bigint;
  /** Calls the listener whenever it has grown. */
  onNews(listener: () => void): () => void;
  /** Where a subscriber begins and what counts as replay, or the one item that it is told instead. */
  begin(after: string | null): Promise<{ readonly from: bigint; readonly head: bigint } | { readonly reset: Item }>;
  /** Entries after a position, in order; `through` is how far was read. Up to `head` they are marked as replayed. */
  read(
    position: bigint,
    limit: number,
    head?: bigint,
  ): Promise<{ readonly entries: readonly Entry<Item>[]; readonly through: bigint }>;
  /** What tells a subscriber that it has all up to a position; null where nothing does. */
  checkpoint: ((position: bigint) => Promise<Item>) | null;
  close(): void;
}

/** A stream to one subscriber; or, left unread, what it would have read, to be delivered to many. */
export interface FeedStream<Item> extends AsyncIterableIterator<Item> {
  readonly subject: {
    readonly organizationId: string;
    /** Where it begins; null for now. */
    readonly after: string | null;
    readonly open: () => Promise<Source<Item>>;
  };
}

/** Live streams over the logs. Ending the iteration releases all that it holds. */
export interface Feed {
  /** Replay after the cursor (from now on without one), then live, in one ordered stream without a gap. */
  transitions(
    organizationId: string,
    options: { readonly after: string | null; readonly filter: TransitionFilter },
  ): FeedStream<FeedItem>;
  /** Each change of a message of the contact, from now on. */
  messageUpdates(organizationId: string, contactId: string): FeedStream<MessageView>;
  /** The counts now, and again whenever they change, at most four times a second. */
  funnel(organizationId: string): FeedStream<{ readonly funnel: Funnel; readonly at: Date }>;
}
