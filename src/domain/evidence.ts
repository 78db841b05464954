/** Where a contact's chain of entries stands, in the log that proves what happened. */
export type ContactLog = {
  /** The contact's random name in the log. */
  readonly name: string;
  readonly lastHash: Uint8Array;
  readonly lastRecordedAt: Date;
  /** The key of what entries only commit to; encrypted itself. */
  readonly key: Uint8Array;
};

/** A request to the provider and its answer, as they went over the wire; without what authorized it. */
export type Exchange = {
  readonly url: string;
  readonly sentAt: Date;
  readonly request: string;
  /** Null where no answer came. */
  readonly answer: { readonly status: number; readonly text: string; readonly at: Date } | null;
};

/** What a provider posted, as it came: its signature was found good before it was stored. */
export type Posted = {
  readonly inboxId: string;
  readonly receivedAt: Date;
  readonly signature: string;
  readonly body: Uint8Array;
  /** The part that is about this contact, where the body tells of others too; null where it doesn't. */
  readonly part: string | null;
};

/** The bytes that a change rests on. */
export type Evidence = { readonly exchange: Exchange } | { readonly posted: Posted };
