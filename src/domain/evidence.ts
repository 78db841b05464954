/** Where a contact's chain of entries stands, in the log that proves what happened. */
export type ContactLog = {
  /** The contact's random name in the log. */
  readonly name: string;
  readonly lastHash: Uint8Array;
  readonly lastRecordedAt: Date;
  /** The key of what entries only commit to; encrypted itself. */
  readonly key: Uint8Array;
};

/** Who something was sent as; the number is null where nobody has said it. */
export type SentAs = {
  readonly phoneNumberId: string;
  readonly number: string | null;
  readonly businessName: string;
};

/** The template that something was sent with; category and version are null where nobody has said them. */
export type SentTemplate = {
  readonly name: string;
  readonly language: string;
  readonly category: string | null;
  readonly version: string | null;
};

/** A request to the provider and its answer, as they went over the wire; without what authorized it. */
export type Exchange = {
  readonly sender: SentAs;
  /** Null where it was no template. */
  readonly template: SentTemplate | null;
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
