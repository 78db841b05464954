import type { AttestationLog, StoredContact, StoredEntry } from '../domain/attestation-log.js';
import type { Found } from './finding.js';
import { originOf } from './origin.js';
import { sameBytes, toBase64Url, type Hash } from './verifier/encoding.js';
import { hashOfEntry, readEntry, type Entry } from './verifier/entry.js';
import { findIllegalStep } from './verifier/lifecycle.js';

const PAGE = 100;

/** Reads the entries of all contacts, and holds them against each other and against what else is said of the contact. */
export async function walkContacts(options: {
  readonly log: Pick<AttestationLog, 'contactsAfter'>;
  readonly organizationId: string;
  readonly found: Found;
}): Promise<{ readonly contacts: number; readonly entries: number }> {
  const { log, organizationId, found } = options;
  let contacts = 0;
  let entries = 0;
  for (let after: string | null = null, more = true; more;) {
    const page: readonly StoredContact[] = await log.contactsAfter(organizationId, after, PAGE);
    for (const contact of page) {
      checkContact(contact, organizationId, found);
      entries += contact.entries.length;
    }
    contacts += page.length;
    after = page.at(-1)?.id ?? null;
    more = page.length === PAGE;
  }
  return { contacts, entries };
}

function checkContact(contact: StoredContact, organizationId: string, found: Found): void {
  const { id, chain, entries, status } = contact;
  const unplaced = entries.filter(({ transition, position, waiting }) => transition && position === null && !waiting);
  for (const { version } of unplaced) found('TRANSITION', `contact ${id}, entry ${version}`, 'It is not in the feed.');
  const last = entries.findLast(({ transition }) => transition !== null)?.transition?.to ?? 'NOT_ASKED';
  if (status !== last) found('STATUS', `contact ${id}`, `It is ${status}, and should be ${last}.`);
  if (!chain) {
    const proven = entries.find(({ entry }) => entry !== null);
    if (proven) found('CHAIN', `contact ${id}, entry ${proven.version}`, 'The contact has no chain.');
    return;
  }
  const read: Entry[] = [];
  let previous: Hash | null = null;
  for (const [at, stored] of entries.entries()) {
    const where = `contact ${id}, entry ${at + 1}`;
    const entry = stored.entry && readEntry(stored.entry);
    if (!stored.entry || !entry) return found('ENTRY', where, 'There is no entry that can be read.');
    const fault = faultOf(stored, entry, { at, previous, name: chain.name, organizationId });
    if (fault) found('CHAIN', where, fault);
    if (!saysTheSame(stored, entry)) found('TRANSITION', where, 'What stands beside the entry is not what it says.');
    previous = hashOfEntry(stored.entry);
    read.push(entry);
  }
  if (!previous || !sameBytes(previous, chain.lastHash)) found('CHAIN', `contact ${id}`, 'Its last entry is another.');
  const illegal = findIllegalStep(read);
  if (illegal !== null) found('TRANSITION', `contact ${id}`, illegal);
}

function faultOf(
  { version }: StoredEntry,
  entry: Entry,
  expected: {
    readonly at: number;
    readonly previous: Hash | null;
    readonly name: string;
    readonly organizationId: string;
  },
): string | null {
  const { at, previous, name, organizationId } = expected;
  if (version !== at + 1) return `The next entry that is there is ${version}.`;
  if (entry.seq !== at + 1 || entry.prev !== (previous && toBase64Url(previous))) {
    return 'It does not follow on the entry before.';
  }
  const isOfContact = entry.contact === name && entry.organization === organizationId;
  return isOfContact && entry.origin === originOf(organizationId) ? null : 'It is of another contact or log.';
}

/** The columns that the rest of the system reads are derived from what is proven. */
function saysTheSame({ type, transition, occurredAt }: StoredEntry, entry: Entry): boolean {
  if (entry.event !== type || entry.occurredAt !== occurredAt.toISOString()) return false;
  if (!transition || !entry.transition) return transition === entry.transition;
  const { version, from, to, cause } = transition;
  const said = entry.transition;
  return said.version === version && said.from === from && said.to === to && said.cause === cause;
}
