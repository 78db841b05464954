import type { Sql } from 'postgres';
import type { DocumentRun, PublishedDocument, PublishedDocuments } from '../domain/partner.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Scoped } from './scoped.js';
import { createUsageCounts } from './usage-counts.js';

const REMEMBERED_FOR_MS = 1_000;
/** Of how many partners it is known what they may run, and how many characters of texts are kept. */
const PARTNERS = 1_000;
const TEXT_CHARACTERS = 16 * 1024 * 1024;

type Entry = Omit<PublishedDocument, 'text'>;
type Catalogue = {
  /** Null when there is no such partner. */
  readonly revision: number | null;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly until: number;
};

/**
 * What each partner may run is kept in memory as a list of hashes, and once a second, while anybody asks, it is looked up
 * whether the list has changed: however many unknown hashes come, the database is not asked about them.
 */
export function createPublishedDocuments(dependencies: {
  /** For the usage, which is written for all organizations together. */
  readonly sql: Sql;
  readonly scoped: Scoped;
  readonly clock: Clock;
}): PublishedDocuments & {
  /** Writes the runs that were noted since; those of a failed write are kept for the next. */
  readonly flush: () => Promise<void>;
} {
  const { sql, scoped, clock } = dependencies;
  const catalogues = new Map<string, Catalogue>();
  const asking = new Map<string, Promise<Catalogue>>();
  const texts = createTexts();
  const usage = createUsageCounts(sql);

  async function catalogueOf(organizationId: string, partnerId: string): Promise<Catalogue> {
    const key = `${organizationId}/${partnerId}`;
    const known = catalogues.get(key);
    if (known !== undefined && clock.now().getTime() < known.until) return known;
    const asked = asking.get(key) ?? renew(known).finally(() => asking.delete(key));
    asking.set(key, asked);
    return asked;

    async function renew(last: Catalogue | undefined): Promise<Catalogue> {
      const revision = await revisionOf(organizationId, partnerId);
      const isSame = last !== undefined && last.revision === revision;
      const entries = isSame ? last.entries : await entriesOf(organizationId, partnerId);
      const catalogue = { revision, entries, until: clock.now().getTime() + REMEMBERED_FOR_MS };
      catalogues.delete(key);
      catalogues.set(key, catalogue);
      const [oldest] = catalogues.keys();
      if (catalogues.size > PARTNERS && oldest !== undefined) catalogues.delete(oldest);
      return catalogue;
    }
  }

  async function revisionOf(organizationId: string, partnerId: string): Promise<number | null> {
    const [row] = await scoped(
      [organizationId],
      (sql) => sql<{ revision: number }[]>`
        select documents_revision as revision from partners
        where organization_id = ${organizationId} and id = ${partnerId}`,
    );
    return row?.revision ?? null;
  }

  /** Of several versions with the same document, the newest that is active, or else the newest. */
  async function entriesOf(organizationId: string, partnerId: string): Promise<ReadonlyMap<string, Entry>> {
    const rows = await scoped(
      [organizationId],
      (sql) => sql<Entry[]>`
        select distinct on (d.hash) d.partner_id as "partnerId", d.application, d.version, d.hash, d.cost, v.status,
          case when v.status = 'DEPRECATED' then v.deprecated_at end as "deprecatedAt", v.sunset_at as "sunsetAt"
        from published_documents d
        join document_versions v using (organization_id, partner_id, application, version)
        where d.organization_id = ${organizationId} and d.partner_id = ${partnerId} and v.status <> 'RETIRED'
        order by d.hash, v.status = 'ACTIVE' desc, v.published_at desc`,
    );
    return new Map(rows.map((row) => [row.hash, { ...row }]));
  }

  async function textOf(organizationId: string, entry: Entry): Promise<string> {
    const known = texts.get(entry.hash);
    if (known !== undefined) return known;
    const [row] = await scoped(
      [organizationId],
      (sql) => sql<{ text: string }[]>`
        select text from published_documents
        where organization_id = ${organizationId} and partner_id = ${entry.partnerId}
          and application = ${entry.application} and version = ${entry.version} and hash = ${entry.hash}`,
    );
    if (row === undefined) throw new Error('A published document is gone.');
    texts.set(entry.hash, row.text);
    return row.text;
  }

  return {
    async find(organizationId, partnerId, hash) {
      const { entries } = await catalogueOf(organizationId, partnerId);
      const entry = entries.get(hash);
      return entry === undefined ? null : { ...entry, text: await textOf(organizationId, entry) };
    },
    ran: (run: DocumentRun) => usage.add(run),
    flush: usage.flush,
  };
}

/** Texts by their hash: they can't change. */
function createTexts() {
  const texts = new Map<string, string>();
  let characters = 0;
  return {
    get: (hash: string): string | undefined => texts.get(hash),
    set: (hash: string, text: string): void => {
      if (texts.has(hash)) return;
      texts.set(hash, text);
      characters += text.length;
      for (const [oldest, { length }] of texts) {
        if (characters <= TEXT_CHARACTERS) return;
        texts.delete(oldest);
        characters -= length;
      }
    },
  };
}
