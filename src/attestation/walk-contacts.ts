import type { AttestationLog, StoredContact, StoredEntry } from '../domain/attestation-log.js';
import { columnsAgree, disclosedBy, eventAgrees, timesAgree, type Disclosed } from './check-event.js';
import { openWith } from './contact-key.js';
import type { Found } from './finding.js';
import type { KeyWrap } from './notary.js';
import { disclosuresIn } from './open-disclosures.js';
import { originOf } from './origin.js';
import { sameBytes, toBase64Url, type Hash } from './verifier/encoding.js';
import { hashOfEntry, readEntry, type Entry } from './verifier/entry.js';
import { findIllegalStep } from './verifier/lifecycle.js';

const PAGE = 100;

/** Reads the entries of all contacts, and holds them against each other and against what else is said of the contact. */
export async function walkContacts(options: {
  readonly log: Pick<AttestationLog, 'contactsAfter'>;
  readonly organizationId: string;
  readonly contactKeys: Pick<KeyWrap, 'unwrap'> | null;
  readonly found: Found;
}): Promise<{ readonly contacts: number; readonly entries: number }> {
  const { log, organizationId } = options;
  let contacts = 0;
  let entries = 0;
  for (let after: string | null = null, more = true; more;) {
    const page: readonly StoredContact[] = await log.contactsAfter(organizationId, after, PAGE);
    for (const contact of page) {
      checkContact(contact, options);
      entries += contact.entries.length;
    }
    contacts += page.length;
    after = page.at(-1)?.id ?? null;
    more = page.length === PAGE;
  }
  return { contacts, entries };
}

function checkContact(
  contact: StoredContact,
  { organizationId, contactKeys, found }: Omit<Parameters<typeof walkContacts>[0], 'log'>,
): void {
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
  const open = contactKeys && openerOf(contact, contactKeys, found);
  const read: Entry[] = [];
  let previous: Hash | null = null;
  for (const [at, stored] of entries.entries()) {
    const where = `contact ${id}, entry ${at + 1}`;
    const entry = stored.entry && readEntry(stored.entry);
    if (!stored.entry || !entry) return found('ENTRY', where, 'There is no entry that can be read.');
    const fault = faultOf(stored, entry, { at, previous, name: chain.name, organizationId });
    if (fault) found('CHAIN', where, fault);
    if (!columnsAgree(stored, entry)) found('TRANSITION', where, 'What stands beside the entry is not what it says.');
    if (!timesAgree(stored, entry, read.at(-1))) found('EVENT', where, 'It was recorded at another time.');
    const disclosed = open?.(stored, entry, where) ?? null;
    if (!isErased(contact) && !eventAgrees(stored.data, entry, disclosed)) {
      found('EVENT', where, 'The event is not the one that the entry was written of.');
    }
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

/** What was personal is gone: the events are empty, and so is the key. */
function isErased({ entries, chain }: StoredContact): boolean {
  return entries.at(-1)?.type === 'ContactErased' && chain?.key === null;
}

/** Opens what entries of a contact commit to; says where that can't be, or is something else. Null of what was erased. */
function openerOf(contact: StoredContact, contactKeys: Pick<KeyWrap, 'unwrap'>, found: Found) {
  const { id, chain } = contact;
  if (isErased(contact)) return null;
  const key = chain?.key ? attempt(() => contactKeys.unwrap(chain.key ?? new Uint8Array(), id)) : null;
  if (!key) {
    found('DISCLOSURE', `contact ${id}`, 'Its key is gone, or can not be opened.');
    return null;
  }
  return ({ sealed }: StoredEntry, entry: Entry, where: string): Disclosed | null => {
    const disclosures = sealed ? attempt(() => disclosuresIn(openWith(key, sealed))) : [];
    const disclosed = disclosures && disclosedBy(disclosures, entry);
    if (!disclosed) found('DISCLOSURE', where, 'What is kept beside the entry is not what it commits to.');
    return disclosed;
  };
}

/** Null where it fails: it was changed, or sealed with another key. */
function attempt<Result>(task: () => Result): Result | null {
  try {
    return task();
  } catch {
    return null;
  }
}
