import type { ISql } from 'postgres';
import type { DocumentVersionStatus } from '../domain/partner.js';
import { quantile } from './durations.js';
import type { Partner } from './partners.js';

/** What one published document was used for. */
export type DocumentUsage = {
  readonly application: string;
  readonly version: string;
  readonly status: DocumentVersionStatus;
  readonly hash: string;
  readonly name: string;
  readonly runs: number;
  readonly errors: number;
  readonly lastRunAt: Date | null;
  /** 95 of 100 runs took at most this long; null where none ran, or where that is longer than anything counted. */
  readonly p95Ms: number | null;
};

type Row = Omit<DocumentUsage, 'p95Ms'> & { readonly buckets: Readonly<Record<string, number>> | null };

/** The usage of every document of a partner since a day, those that never ran included; the most used first. */
export async function documentUsageOf(
  sql: ISql,
  partner: Partner,
  since: Date | null,
): Promise<readonly DocumentUsage[]> {
  const rows = await sql<Row[]>`
    select d.application, d.version, v.status, d.hash, d.name, coalesce(sum(u.runs), 0)::int as runs,
      coalesce(sum(u.errors), 0)::int as errors, max(u.last_run_at) as "lastRunAt",
      jsonb_object_agg(u.bucket, u.runs) filter (where u.bucket is not null) as buckets
    from published_documents d
    join document_versions v using (organization_id, partner_id, application, version)
    left join lateral (
      select bucket, sum(runs)::float as runs, sum(errors) as errors, max(last_run_at) as last_run_at
      from document_usage s
      where s.organization_id = d.organization_id and s.partner_id = d.partner_id and s.application = d.application
        and s.version = d.version and s.hash = d.hash and s.day >= coalesce(${since}::timestamptz::date, '-infinity')
      group by bucket
    ) u on true
    where d.organization_id = ${partner.organizationId} and d.partner_id = ${partner.id}
    group by d.application, d.version, v.status, v.published_at, d.hash, d.name
    order by runs desc, d.application, v.published_at desc, d.name`;
  return rows.map(({ buckets, ...row }) => ({
    ...row,
    p95Ms: quantile(new Map(Object.entries(buckets ?? {}).map(([bucket, runs]) => [Number(bucket), runs])), 0.95),
  }));
}
