/** A key of an organization's log. */
export type LogKey = {
  /** As verifiers are given it. */
  readonly verifierKey: string;
  /** What it is made of, encrypted; null once another has taken over. */
  readonly seed: Uint8Array | null;
  readonly createdAt: Date;
  /** The word of both keys that this one follows on the one before; null for the first. */
  readonly rotation: string | null;
};

/** A tree head that was signed. */
export type StoredCheckpoint = {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
  readonly signedAt: Date;
};

/** A transition as a leaf. Position 1 is the first. */
export type StoredLeaf = {
  readonly position: number;
  /** Which of the contact's entries it is. */
  readonly version: number;
  /** As the feed has it. */
  readonly hash: Uint8Array | null;
  readonly entry: Uint8Array | null;
  /** The hash of the contact's entry before; null for the first. */
  readonly previousHash: Uint8Array | null;
  /** Whether the contact has a chain of entries at all: it has none if it is older than the log. */
  readonly chained: boolean;
  readonly recordedAt: Date | null;
};

/** The root of a full subtree of 2^level leaves; the levels are 8, 16 and 24. */
export type StoredTile = { readonly level: number; readonly index: number; readonly hash: Uint8Array };

/** What one organization's log holds. */
export interface LogReader {
  /** Transitions in the feed. */
  head(): Promise<number>;
  /** The oldest first. */
  keys(): Promise<readonly LogKey[]>;
  newest(): Promise<StoredCheckpoint | null>;
  checkpointAt(size: number): Promise<StoredCheckpoint | null>;
  /** In the order of their sizes. */
  checkpointsAfter(size: number, limit: number): Promise<readonly StoredCheckpoint[]>;
  /** Hashes of leaves as the feed has them, of positions after the one and up to the other. */
  leafHashes(after: number, through: number): Promise<readonly (Uint8Array | null)[]>;
  leaves(after: number, limit: number): Promise<readonly StoredLeaf[]>;
  /** The tiles of a level that are there, from one index up to before the other. */
  tiles(level: number, from: number, before: number): Promise<readonly StoredTile[]>;
}

/** The log while nobody else may sign for it; what is added is committed when it is let go. */
export interface HeldLog extends LogReader {
  /** The key in use from now on; those before it can't sign any more. */
  addKey(key: LogKey): Promise<void>;
  addCheckpoint(checkpoint: StoredCheckpoint, tiles: readonly StoredTile[]): Promise<void>;
}

/** An entry of a contact, with what is kept beside it. */
export type StoredEntry = {
  readonly version: number;
  readonly id: string;
  readonly type: string;
  /** The event as JSON; empty once it was erased. */
  readonly data: unknown;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly entry: Uint8Array | null;
  readonly transition: {
    readonly version: number;
    readonly from: string;
    readonly to: string;
    readonly cause: string;
  } | null;
  /** In the feed; null for an event without a place there, or that waits for it. */
  readonly position: number | null;
  /** It waits for its position. */
  readonly waiting: boolean;
  /** What it commits to, encrypted with the contact's key; null once that is erased. */
  readonly sealed: Uint8Array | null;
};

/** A contact with all of its entries. */
export type StoredContact = {
  readonly id: string;
  readonly status: string;
  readonly chain: {
    readonly name: string;
    readonly lastHash: Uint8Array;
    /** The contact's key, encrypted; null once the contact is erased. */
    readonly key: Uint8Array | null;
  } | null;
  /** The first first. */
  readonly entries: readonly StoredEntry[];
};

/** The file that proves what is known of one contact, and what it says of itself; or why there is none now. */
export type Attestation =
  | {
      readonly outcome: 'ATTESTED';
      /** The text of the file. */
      readonly bundle: string;
      /** The signed note of the log that it is as of, and how many transitions that has. */
      readonly checkpoint: string;
      readonly size: number;
      /** Of the contact. */
      readonly entries: number;
      readonly publicKey: string;
    }
  /** What was recorded last is not signed yet; or what is stored is not what was signed. */
  | { readonly outcome: 'NOT_SIGNED' | 'NOT_TRUE'; readonly detail: string };

export interface Attestations {
  /** With all transitions of the contact; null where there is no such contact, or nothing was recorded of it. */
  attest(organizationId: string, contactId: string): Promise<Attestation | null>;
}

/** Where what proves consent is kept: the logs of all organizations. */
export interface AttestationLog {
  /** Organizations whose feed is not where their newest checkpoint is. */
  behind(): Promise<readonly string[]>;
  of(organizationId: string): LogReader;
  /** One at a time for an organization. Null when another holds it and `wait` is false; then nothing was done. */
  hold<Result>(
    organizationId: string,
    options: { readonly wait: boolean },
    use: (log: HeldLog) => Promise<Result>,
  ): Promise<Result | null>;
  contact(organizationId: string, contactId: string): Promise<StoredContact | null>;
  /** Contacts after an id, in the order of ids. */
  contactsAfter(organizationId: string, id: string | null, limit: number): Promise<readonly StoredContact[]>;
  /** What was sent and received of a contact, encrypted with its key. */
  artifacts(organizationId: string, contactId: string): Promise<readonly Uint8Array[]>;
  /** How the organization is called, and its language. */
  organization(organizationId: string): Promise<{ readonly name: string; readonly locale: string } | null>;
}
