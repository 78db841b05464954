import { createHash } from 'node:crypto';
import type { ISql } from 'postgres';
import type { DocumentVersionStatus, PublishedDocument } from '../domain/partner.js';
import { SetupError } from './organizations.js';
import { requireLabel, type Partner } from './partners.js';

/** One publication: what a partner's application runs. */
export type VersionName = { readonly partner: Partner; readonly application: string; readonly version: string };

/** A document that was checked. */
export type CheckedDocument = Pick<PublishedDocument, 'hash' | 'text' | 'cost'> & { readonly name: string };

export type ListedVersion = {
  readonly partner: string;
  readonly application: string;
  readonly version: string;
  readonly status: DocumentVersionStatus;
  readonly documents: number;
  readonly publishedAt: Date;
  readonly deprecatedAt: Date | null;
  readonly sunsetAt: Date | null;
  readonly retiredAt: Date | null;
};

/** A document that somebody may run now. */
export type RunnableDocument = CheckedDocument & Omit<VersionName, 'partner'> & { readonly partner: string };

/** Publishing, for operators. Each operation throws a SetupError when it is refused; then nothing has changed. */
export type DocumentVersions = {
  /** A version is published once: again with the same documents changes nothing, with others it is refused. */
  readonly publish: (
    version: VersionName,
    documents: readonly CheckedDocument[],
  ) => Promise<{ readonly unchanged: boolean; readonly status: DocumentVersionStatus }>;
  /**
   * It still runs, and those who run it are told since when it is deprecated, and until when it runs if that is known.
   * Resolves to that beginning; done again, only the end may change.
   */
  readonly deprecate: (version: VersionName, sunsetAt: Date | null) => Promise<Date>;
  /** It no longer runs. There is no way back: the same documents may be published as another version. */
  readonly retire: (version: VersionName) => Promise<void>;
  /** Of one partner, or of all; the newest first. */
  readonly list: (organizationId: string, partner: Partner | null) => Promise<readonly ListedVersion[]>;
  /** All documents of an organization that are not retired. */
  readonly runnable: (organizationId: string) => Promise<readonly RunnableDocument[]>;
};

export function createDocumentVersions({ sql }: { readonly sql: ISql }): DocumentVersions {
  /** `deprecatedAt` is now for what has not been. */
  async function statusOf({ partner, application, version }: VersionName) {
    const [row] = await sql<{ status: DocumentVersionStatus; digest: string; deprecatedAt: Date }[]>`
      select status, digest,
        coalesce(deprecated_at, date_trunc('milliseconds', clock_timestamp())) as "deprecatedAt"
      from document_versions
      where organization_id = ${partner.organizationId} and partner_id = ${partner.id}
        and application = ${application} and version = ${version} for update`;
    return row ?? null;
  }

  async function existing(name: VersionName) {
    const found = await statusOf(name);
    if (found !== null) return found;
    const { partner, application, version } = name;
    throw new SetupError(`Nothing is published for "${partner.name}" as version ${version} of "${application}".`);
  }

  /** Servers look at the revision, and then for what has changed. */
  async function changed({ organizationId, id }: Partner): Promise<void> {
    await sql`
      update partners set documents_revision = documents_revision + 1
      where organization_id = ${organizationId} and id = ${id}`;
  }

  return {
    async publish(name, documents) {
      const { partner, application, version } = name;
      requireLabel('application', application);
      requireLabel('version', version);
      if (documents.length === 0) throw new SetupError('There is no document to publish.');
      // Whoever publishes for the same partner waits here.
      await changed(partner);
      const digest = digestOf(documents);
      const known = await statusOf(name);
      if (known !== null && known.digest === digest) return { unchanged: true, status: known.status };
      if (known !== null) {
        throw new SetupError(
          `Version ${version} of "${application}" is published with other documents; choose another version.`,
        );
      }
      await sql`
        insert into document_versions
          (organization_id, partner_id, application, version, status, digest, published_at)
        values (${partner.organizationId}, ${partner.id}, ${application}, ${version}, 'ACTIVE', ${digest},
          clock_timestamp())`;
      await sql`
        insert into published_documents
          (organization_id, partner_id, application, version, hash, name, text, cost)
        select ${partner.organizationId}, ${partner.id}, ${application}, ${version}, hash, name, text, cost
        from jsonb_to_recordset(${JSON.stringify(documents)}::text::jsonb)
          as d (hash text, name text, text text, cost integer)`;
      return { unchanged: false, status: 'ACTIVE' };
    },

    async deprecate(name, sunsetAt) {
      const { partner, application, version } = name;
      const { status, deprecatedAt } = await existing(name);
      if (status === 'RETIRED') throw new SetupError(`Version ${version} of "${application}" is retired.`);
      if (sunsetAt !== null && sunsetAt < deprecatedAt) {
        throw new SetupError(
          `Version ${version} of "${application}" is deprecated from ${deprecatedAt.toISOString()} on: it can't have ended before; choose a later sunset.`,
        );
      }
      await sql`
        update document_versions
        set status = 'DEPRECATED', deprecated_at = ${deprecatedAt}, sunset_at = ${sunsetAt}
        where organization_id = ${partner.organizationId} and partner_id = ${partner.id}
          and application = ${application} and version = ${version}`;
      await changed(partner);
      return deprecatedAt;
    },

    async retire(name) {
      const { partner, application, version } = name;
      await existing(name);
      await sql`
        update document_versions set status = 'RETIRED', retired_at = coalesce(retired_at, now())
        where organization_id = ${partner.organizationId} and partner_id = ${partner.id}
          and application = ${application} and version = ${version}`;
      await changed(partner);
    },

    async list(organizationId, partner) {
      return sql<ListedVersion[]>`
        select p.name as partner, v.application, v.version, v.status, v.published_at as "publishedAt",
          v.deprecated_at as "deprecatedAt", v.sunset_at as "sunsetAt", v.retired_at as "retiredAt",
          (select count(*)::int from published_documents d where d.organization_id = v.organization_id
            and d.partner_id = v.partner_id and d.application = v.application and d.version = v.version) as documents
        from document_versions v
        join partners p on p.organization_id = v.organization_id and p.id = v.partner_id
        where v.organization_id = ${organizationId} and v.partner_id = coalesce(${partner?.id ?? null}, v.partner_id)
        order by p.name, v.application, v.published_at desc`;
    },

    async runnable(organizationId) {
      return sql<RunnableDocument[]>`
        select p.name as partner, d.application, d.version, d.hash, d.name, d.text, d.cost
        from document_versions v
        join partners p on p.organization_id = v.organization_id and p.id = v.partner_id
        join published_documents d on d.organization_id = v.organization_id and d.partner_id = v.partner_id
          and d.application = v.application and d.version = v.version
        where v.organization_id = ${organizationId} and v.status <> 'RETIRED'
        order by p.name, d.application, v.published_at, d.name`;
    },
  };
}

/** Hashes stand for texts. */
function digestOf(documents: readonly CheckedDocument[]): string {
  const hashes = documents.map(({ hash }) => hash).sort();
  return createHash('sha256').update(hashes.join('\n')).digest('hex');
}
