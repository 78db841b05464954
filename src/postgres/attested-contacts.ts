import type { StoredContact, StoredEntry } from '../domain/attestation-log.js';

/** A contact with one of its entries, or with none. */
export type EntryRow = {
  id: string;
  status: string;
  log_name: string | null;
  log_hash: Uint8Array | null;
  log_key: Uint8Array | null;
  version: number | null;
  event_id: string;
  type: string;
  data: unknown;
  occurred_at: Date;
  recorded_at: Date;
  entry: Uint8Array | null;
  contact_version: number | null;
  from_status: string | null;
  to_status: string | null;
  cause: string | null;
  position: string | null;
  waiting: boolean;
  sealed: Uint8Array | null;
};

/** Contacts with their entries, from rows in the order of both. */
export function contactsFrom(rows: readonly EntryRow[]): readonly StoredContact[] {
  const byId = new Map<string, EntryRow[]>();
  for (const row of rows) {
    const known = byId.get(row.id);
    if (known) known.push(row);
    else byId.set(row.id, [row]);
  }
  return [...byId.values()].flatMap(([first, ...rest]) => (first ? [contactFrom([first, ...rest])] : []));
}

function contactFrom(rows: readonly [EntryRow, ...EntryRow[]]): StoredContact {
  const [{ id, status, log_name: name, log_hash: lastHash, log_key: key }] = rows;
  const chain = name === null || lastHash === null ? null : { name, lastHash, key };
  return { id, status, chain, entries: rows.flatMap(entryFrom) };
}

function entryFrom(row: EntryRow): readonly StoredEntry[] {
  const { version, event_id: id, type, data, entry, waiting, sealed, cause } = row;
  const { occurred_at: occurredAt, recorded_at: recordedAt } = row;
  if (version === null) return [];
  const { contact_version: place, from_status: from, to_status: to } = row;
  const isWhole = place !== null && from !== null && to !== null && cause !== null;
  const transition = isWhole ? { version: place, from, to, cause } : null;
  const position = row.position === null ? null : Number(row.position);
  return [{ version, id, type, data, occurredAt, recordedAt, entry, transition, position, waiting, sealed }];
}
