/**
 * What a partner's key may run. OFF: any document. AUDIT: any, and what is not published is noted. SAFELIST: published
 * documents, sent as text or by hash. ID_ONLY: published documents, by hash alone; a text is refused before it is read.
 */
export const enforcements = ['OFF', 'AUDIT', 'SAFELIST', 'ID_ONLY'] as const;
export type Enforcement = (typeof enforcements)[number];

/** What a key adds to its caller. */
export type PartnerAccess = {
  readonly partnerId: string;
  readonly keyId: string;
  readonly enforcement: Enforcement;
  /** What its documents may do; narrower than the role where the key says so. */
  readonly scopes: readonly PartnerScope[];
};

export const partnerScopes = ['read', 'write'] as const;
export type PartnerScope = (typeof partnerScopes)[number];

/** A published document is never changed: a new version of it is another document. */
export type PublishedDocument = {
  readonly partnerId: string;
  readonly application: string;
  readonly version: string;
  /** SHA-256 of the text, 64 hexadecimal digits. */
  readonly hash: string;
  readonly text: string;
  /** Points of cost as the check counted them when it was published. */
  readonly cost: number;
  readonly status: 'ACTIVE' | 'DEPRECATED';
  /** When a deprecated document is planned to retire; callers are told. */
  readonly sunsetAt: Date | null;
};

/** One run of a published document, for its usage. */
export type DocumentRun = Pick<PublishedDocument, 'partnerId' | 'application' | 'version' | 'hash'> & {
  readonly organizationId: string;
  readonly at: Date;
  readonly ms: number;
  readonly failed: boolean;
};

/** The documents that partners may run. */
export type PublishedDocuments = {
  /**
   * The document published for this partner under this hash, unless it is retired: of several versions the newest that
   * is active. What was found, or not, is remembered for about a second.
   */
  readonly find: (organizationId: string, partnerId: string, hash: string) => Promise<PublishedDocument | null>;
  /** Notes a run; kept in memory and written in batches, never awaited by an operation. */
  readonly ran: (run: DocumentRun) => void;
};
