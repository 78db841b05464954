import type { ISql, PendingQuery, Row } from 'postgres';
import type {
  AttestationLog,
  HeldLog,
  LogKey,
  LogReader,
  StoredCheckpoint,
  StoredTile,
} from '../domain/attestation-log.js';
import { contactsFrom, type EntryRow } from './attested-contacts.js';
import type { Database } from './database.js';
import { leafHashesFrom, leavesFrom, selectLeafHashes, selectLeaves } from './log-leaves.js';
import { transaction } from './transaction.js';

/** With the organization's id it names the lock of whoever signs. */
const SIGNING_LOCK = 7_160_002;

/** Runs a statement where the rows of the organization can be seen. */
type Run = <Rows extends readonly Row[]>(
  statement: (sql: ISql) => PendingQuery<Rows>,
) => Promise<readonly Rows[number][]>;

/** The logs. What is of all organizations is asked over connections that see all of them. */
export function createAttestationLog({ sql, scoped }: Pick<Database, 'sql' | 'scoped'>): AttestationLog {
  const within =
    (organizationId: string): Run =>
    (statement) =>
      scoped([organizationId], statement);

  return {
    behind: async () => {
      const rows = await sql<{ id: string }[]>`
        select h.organization_id as id from feed_heads h
        left join lateral (
          select size from checkpoints c where c.organization_id = h.organization_id order by size desc limit 1
        ) newest on true
        where h.position <> coalesce(newest.size, 0)`;
      return rows.map(({ id }) => id);
    },
    of: (organizationId) => readerBy(within(organizationId), organizationId),
    hold: (organizationId, { wait }, use) =>
      transaction(sql, async (begun) => {
        const lock = begun`${SIGNING_LOCK}::int, hashtext(${organizationId})`;
        const [row] = wait
          ? await begun<{ ours: boolean }[]>`select true as ours from pg_advisory_xact_lock(${lock})`
          : await begun<{ ours: boolean }[]>`select pg_try_advisory_xact_lock(${lock}) as ours`;
        const run: Run = (statement) => statement(begun);
        return row?.ours ? await use(heldBy(run, organizationId)) : null;
      }),
    contact: async (organizationId, contactId) => {
      const rows = await within(organizationId)((sql) => {
        const one = sql`select * from contacts where organization_id = ${organizationId} and id = ${contactId}`;
        return contactRows(sql, organizationId, one);
      });
      return contactsFrom(rows)[0] ?? null;
    },
    contactsAfter: async (organizationId, id, limit) => {
      const rows = await within(organizationId)((sql) => {
        const after = id === null ? sql`` : sql`and id > ${id}`;
        const some = sql`
          select * from contacts where organization_id = ${organizationId} ${after} order by id limit ${limit}`;
        return contactRows(sql, organizationId, some);
      });
      return contactsFrom(rows);
    },
    artifacts: async (organizationId, contactId) => {
      const rows = await within(organizationId)(
        (sql) => sql<{ sealed: Uint8Array }[]>`
          select sealed from artifacts where organization_id = ${organizationId} and contact_id = ${contactId}
          order by sha256`,
      );
      return rows.map(({ sealed }) => sealed);
    },
    organization: async (organizationId) => {
      const [row] = await within(organizationId)(
        (sql) => sql<{ name: string; locale: string }[]>`
          select name, locale from organizations where id = ${organizationId}`,
      );
      return row ?? null;
    },
  };
}

/** The contacts' rows with those of their entries. */
function contactRows(sql: ISql, organizationId: string, contacts: PendingQuery<Row[]>) {
  return sql<EntryRow[]>`
    select c.id, c.status, c.log_name, c.log_hash, c.log_key, e.version, e.id as event_id, e.type, e.data,
      e.occurred_at, e.recorded_at, e.entry, e.contact_version, e.from_status, e.to_status, e.cause, f.position,
      p.id is not null as waiting, e.sealed
    from (${contacts}) c
    left join consent_events e on e.organization_id = ${organizationId} and e.contact_id = c.id
    left join feed f on f.organization_id = ${organizationId} and f.contact_id = c.id and f.version = e.version
    left join lateral (
      select id from feed_pending
      where f.position is null and e.to_status is not null
        and organization_id = ${organizationId} and contact_id = c.id and version = e.version limit 1
    ) p on true
    order by c.id, e.version`;
}

type CheckpointRow = { size: string; root: Uint8Array; note: string; signed_at: Date };
type KeyRow = { verifier_key: string; seed: Uint8Array | null; created_at: Date; rotation: string | null };

function readerBy(run: Run, organizationId: string): LogReader {
  return {
    head: async () => {
      const [row] = await run(
        (sql) => sql<{ position: string }[]>`
        select position from feed_heads where organization_id = ${organizationId}`,
      );
      return Number(row?.position ?? 0);
    },
    keys: async () => {
      const rows = await run(
        (sql) => sql<KeyRow[]>`
        select verifier_key, seed, created_at, rotation from log_keys where organization_id = ${organizationId}
        order by created_at, rotation is not null`,
      );
      return rows.map(keyFrom);
    },
    newest: async () => {
      const [row] = await run(
        (sql) => sql<CheckpointRow[]>`
        select size, root, note, signed_at from checkpoints where organization_id = ${organizationId}
        order by size desc limit 1`,
      );
      return row ? checkpointFrom(row) : null;
    },
    checkpointAt: async (size) => {
      const [row] = await run(
        (sql) => sql<CheckpointRow[]>`
        select size, root, note, signed_at from checkpoints
        where organization_id = ${organizationId} and size = ${size}`,
      );
      return row ? checkpointFrom(row) : null;
    },
    checkpointsAfter: async (size, limit) => {
      const rows = await run(
        (sql) => sql<CheckpointRow[]>`
        select size, root, note, signed_at from checkpoints
        where organization_id = ${organizationId} and size > ${size} order by size limit ${limit}`,
      );
      return rows.map(checkpointFrom);
    },
    leafHashes: async (after, through) => {
      const [row] = await run((sql) => selectLeafHashes(sql, organizationId, after, through));
      return row ? leafHashesFrom(row) : [];
    },
    leaves: async (after, limit) => {
      const [row] = await run((sql) => selectLeaves(sql, organizationId, after, limit));
      return row ? leavesFrom(row) : [];
    },
    tiles: async (level, from, before): Promise<readonly StoredTile[]> => {
      const rows = await run(
        (sql) => sql<{ index: string; hash: Uint8Array }[]>`
        select index, hash from log_tiles
        where organization_id = ${organizationId} and level = ${level} and index >= ${from} and index < ${before}
        order by index`,
      );
      return rows.map(({ index, hash }) => ({ level, index: Number(index), hash }));
    },
  };
}

function heldBy(run: Run, organizationId: string): HeldLog {
  return {
    ...readerBy(run, organizationId),
    addKey: async ({ verifierKey, seed, createdAt, rotation }) => {
      await run(
        (sql) => sql`update log_keys set seed = null where organization_id = ${organizationId} and seed is not null`,
      );
      await run(
        (sql) => sql`
        insert into log_keys (organization_id, verifier_key, seed, created_at, rotation)
        values (${organizationId}, ${verifierKey}, ${seed}, ${createdAt}, ${rotation})`,
      );
    },
    addCheckpoint: async ({ size, root, note, signedAt }, tiles) => {
      await run(
        (sql) => sql`
        insert into checkpoints (organization_id, size, root, note, signed_at)
        values (${organizationId}, ${size}, ${root}, ${note}, ${signedAt})`,
      );
      if (tiles.length === 0) return;
      const rows = tiles.map(({ level, index, hash }) => ({
        level,
        index,
        hash: Buffer.from(hash).toString('base64'),
      }));
      await run(
        (sql) => sql`
        insert into log_tiles (organization_id, level, index, hash)
        select ${organizationId}, t.level, t.index, decode(t.hash, 'base64')
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as t(level smallint, index bigint, hash text)
        on conflict (organization_id, level, index) do update set hash = excluded.hash`,
      );
    },
  };
}

function checkpointFrom({ size, root, note, signed_at: signedAt }: CheckpointRow): StoredCheckpoint {
  return { size: Number(size), root, note, signedAt };
}

function keyFrom({ verifier_key: verifierKey, seed, created_at: createdAt, rotation }: KeyRow): LogKey {
  return { verifierKey, seed, createdAt, rotation };
}
