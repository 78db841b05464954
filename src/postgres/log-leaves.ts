import type { ISql } from 'postgres';
import type { StoredLeaf } from '../domain/attestation-log.js';

const HASH_BYTES = 32;

/** Many leaves as one row: numbers of each, and the bytes of all of them. */
export type LeavesRow = { readonly places: string | null; readonly bytes: Uint8Array | null };

/** The leaves after a position, so many at most. Taking a thousand rows apart would cost more than verifying them. */
export function selectLeaves(sql: ISql, organizationId: string, after: number, limit: number) {
  return sql<[LeavesRow]>`
    select
      string_agg(concat_ws(' ', position, version, recorded_at, chained, length(hash), length(previous), length(entry)), ';')
        as places,
      string_agg(hash || previous || entry, '') as bytes
    from (
      select f.position, f.version, coalesce(extract(epoch from e.recorded_at) * 1000, -1)::bigint as recorded_at,
        coalesce(f.leaf_hash, '') as hash, coalesce(e.entry, '') as entry,
        coalesce((
          select sha256('\\x00'::bytea || before.entry) from consent_events before
          where before.organization_id = ${organizationId} and before.contact_id = f.contact_id
            and before.version = f.version - 1
        ), '') as previous,
        -- Of a contact that has an entry it is known.
        case when e.entry is not null then 1 else (
          select count(c.log_name) from contacts c where c.organization_id = ${organizationId} and c.id = f.contact_id
        ) end as chained
      from (
        select position, contact_id, version, leaf_hash from feed
        where organization_id = ${organizationId} and position > ${after}
        order by position limit ${limit}
      ) f
      left join consent_events e on e.organization_id = ${organizationId} and e.contact_id = f.contact_id
        and e.version = f.version
      order by f.position
    ) leaves`;
}

type HashesRow = { readonly hashes: Uint8Array | null };

/** Hashes of leaves, each behind a byte that is 1, or 0 where there is none. */
export function selectLeafHashes(sql: ISql, organizationId: string, after: number, through: number) {
  return sql<[HashesRow]>`
    select string_agg(case when leaf_hash is null then '\\x00'::bytea else '\\x01'::bytea || leaf_hash end, '') as hashes
    from (
      select leaf_hash from feed
      where organization_id = ${organizationId} and position > ${after} and position <= ${through}
      order by position
    ) leaves`;
}

export function leafHashesFrom({ hashes }: HashesRow): readonly (Uint8Array | null)[] {
  const all: (Uint8Array | null)[] = [];
  for (let at = 0; hashes && at < hashes.length;) {
    const end = at + 1 + (hashes[at] === 1 ? HASH_BYTES : 0);
    all.push(hashes[at] === 1 ? hashes.subarray(at + 1, end) : null);
    at = end;
  }
  return all;
}

export function leavesFrom({ places, bytes }: LeavesRow): readonly StoredLeaf[] {
  if (places === null || bytes === null) return [];
  let next = 0;
  const take = (length: number): Uint8Array | null => {
    next += length;
    return length === 0 ? null : bytes.subarray(next - length, next);
  };
  return places.split(';').map((place) => {
    const [position = 0, version = 0, recordedAt = -1, chained, hash = 0, previous = 0, entry = 0] = place
      .split(' ')
      .map(Number);
    return {
      position,
      version,
      recordedAt: recordedAt < 0 ? null : new Date(recordedAt),
      chained: chained === 1,
      hash: take(hash),
      previousHash: take(previous),
      entry: take(entry),
    };
  });
}
