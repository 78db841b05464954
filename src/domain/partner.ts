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

/** A partner's key as it is kept: nobody can make the key of it. */
export type PartnerKey = {
  readonly keyId: string;
  /** SHA-256 of the whole key. */
  readonly hash: Uint8Array;
  readonly organizationId: string;
  readonly organizationSlug: string;
  readonly partnerId: string;
  readonly partnerName: string;
  readonly enforcement: Enforcement;
  readonly scopes: readonly PartnerScope[];
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
};

/** The keys of all partners, to those who must tell who is calling. */
export type PartnerKeys = {
  /** Null for a key that never was. What was found, or not, is remembered for about a second. */
  readonly find: (keyId: string) => Promise<PartnerKey | null>;
  /** Notes that it was used; kept in memory and written in batches, never awaited by a request. */
  readonly used: (key: Pick<PartnerKey, 'organizationId' | 'keyId'>, at: Date) => void;
};

/** ACTIVE until a newer version replaces it, DEPRECATED while it still runs, RETIRED when it no longer does. */
export type DocumentVersionStatus = 'ACTIVE' | 'DEPRECATED' | 'RETIRED';

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
  readonly status: Exclude<DocumentVersionStatus, 'RETIRED'>;
  /** Since when it is deprecated; null while it is active. Callers are told. */
  readonly deprecatedAt: Date | null;
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
