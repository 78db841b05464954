import type { Sql } from 'postgres';
import type { DocumentRun } from '../domain/partner.js';
import { bucketOf } from './durations.js';

type Count = Omit<DocumentRun, 'at' | 'ms' | 'failed'> & {
  readonly day: string;
  readonly bucket: number;
  runs: number;
  errors: number;
  lastRunAt: string;
};

/** Runs of documents, counted in memory by document, day and duration, and added to the database at each flush. */
export function createUsageCounts(sql: Sql): {
  readonly add: (run: DocumentRun) => void;
  readonly flush: () => Promise<void>;
} {
  let counts = new Map<string, Count>();

  function add({ at, ms, failed, ...document }: DocumentRun): void {
    const time = at.toISOString();
    count({
      ...document,
      day: time.slice(0, 10),
      bucket: bucketOf(ms),
      runs: 1,
      errors: failed ? 1 : 0,
      lastRunAt: time,
    });
  }

  function count(more: Count): void {
    const { organizationId, partnerId, application, version, hash, day, bucket } = more;
    const key = JSON.stringify([organizationId, partnerId, application, version, hash, day, bucket]);
    const known = counts.get(key);
    if (known === undefined) {
      counts.set(key, more);
      return;
    }
    known.runs += more.runs;
    known.errors += more.errors;
    if (more.lastRunAt > known.lastRunAt) known.lastRunAt = more.lastRunAt;
  }

  return {
    add,
    async flush() {
      if (counts.size === 0) return;
      const taken = [...counts.values()];
      counts = new Map();
      try {
        await write(sql, taken);
      } catch (error) {
        taken.forEach(count);
        throw error;
      }
    },
  };
}

/** In one order on every server, so that none waits for another that waits for it. */
async function write(sql: Sql, counts: readonly Count[]): Promise<void> {
  await sql`
    insert into document_usage (organization_id, partner_id, application, version, hash, day, bucket, runs, errors,
      last_run_at)
    select d.organization_id, d.partner_id, d.application, d.version, d.hash, c.day, c.bucket, c.runs, c.errors,
      c."lastRunAt"
    from jsonb_to_recordset(${JSON.stringify(counts)}::text::jsonb) as c ("organizationId" uuid, "partnerId" uuid,
      application text, version text, hash text, day date, bucket smallint, runs bigint, errors bigint,
      "lastRunAt" timestamptz)
    join published_documents d on d.organization_id = c."organizationId" and d.partner_id = c."partnerId"
      and d.application = c.application and d.version = c.version and d.hash = c.hash
    order by 1, 2, 3, 4, 5, 6, 7
    on conflict (organization_id, partner_id, application, version, hash, day, bucket) do update
    set runs = document_usage.runs + excluded.runs, errors = document_usage.errors + excluded.errors,
      last_run_at = greatest(document_usage.last_run_at, excluded.last_run_at)`;
}
