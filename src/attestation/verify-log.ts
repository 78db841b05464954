import type { AttestationLog, LogReader } from '../domain/attestation-log.js';
import type { Finding, Found } from './finding.js';
import { openCheckpoint, readKeyChain, type KeyChain } from './log-keys.js';
import type { KeyWrap } from './notary.js';
import { originOf } from './origin.js';
import { sameBytes } from './verifier/encoding.js';
import { isSameKey, parseNote, type VerifierKey } from './verifier/note.js';
import { parseCheckpoint } from './verifier/statements.js';
import { walkContacts } from './walk-contacts.js';
import { walkLeaves, type Claim } from './walk-leaves.js';

const PAGE = 1_000;

export type LogVerdict = {
  readonly ok: boolean;
  readonly findings: number;
  readonly transitions: number;
  /** Transitions after the newest checkpoint: nothing is signed of them yet. */
  readonly unsigned: number;
  readonly checkpoints: number;
  readonly copies: number;
  readonly contacts: number;
  readonly entries: number;
  /** Whether the key was obtained by another way than the database. */
  readonly keyIsKnown: boolean;
  /** Whether what the entries commit to was opened. */
  readonly isOpened: boolean;
};

/**
 * Reads the whole log of an organization again: each entry against its hash, all of them against each checkpoint and each
 * copy of one, each contact's entries against each other and against what the database says of it: the events, what is kept
 * beside them, the contact itself. It reads page by page, so it may be as large as it likes, and while it is written.
 */
export async function verifyLog(options: {
  readonly log: Pick<AttestationLog, 'of' | 'contactsAfter'>;
  readonly organizationId: string;
  /** The key that the reader trusts; null to take the database's word. */
  readonly key: VerifierKey | null;
  /** What opens the keys of contacts; null to leave closed what entries only commit to. */
  readonly contactKeys: Pick<KeyWrap, 'unwrap'> | null;
  /** Notes that were kept outside of the database. */
  readonly copies: readonly string[];
  readonly found: (finding: Finding) => void;
}): Promise<LogVerdict> {
  const { log, organizationId, key, contactKeys, copies } = options;
  const reader = log.of(organizationId);
  let findings = 0;
  const found: Found = (what, where, detail) => {
    findings += 1;
    options.found({ what, where, detail });
  };

  const stored = await reader.keys();
  const chain = readKeyChain(originOf(organizationId), stored);
  if (!chain) found('KEY', 'keys', 'The keys of the log do not follow on each other.');
  const isKnown = chain !== null && (key === null || chain.keys.some((one) => isSameKey(one, key)));
  if (chain && !isKnown) found('KEY', 'keys', 'The key that was given is none of this log.');
  const keys: KeyChain = chain && isKnown ? chain : { keys: [], rotations: [], until: [] };

  const kept = copies.flatMap((note, at): readonly Claim[] => {
    const said = parseCheckpoint(parseNote(note)?.text ?? '');
    if (!said) return [];
    const where = `copy ${at + 1}, of ${said.size}`;
    const head = openCheckpoint(note, keys);
    if (!head) found('COPY', where, 'No key of this log has signed it.');
    return head ? [{ head, where, isCopy: true }] : [];
  });
  kept.sort((one, other) => one.head.size - other.head.size);

  // What is signed meanwhile is for the next time.
  const limit = (await reader.newest())?.size ?? -1;
  const claims = claimsOf({ reader, limit, keys, kept, found });
  const { size, checkpoints, through } = await walkLeaves({ reader, signedSize: limit, claims, found });
  const contacts = await walkContacts({ log, organizationId, contactKeys, found });
  const unsigned = Math.max(0, size - through);
  const ok = findings === 0;
  const counts = { transitions: size, unsigned, checkpoints, copies: kept.length, ...contacts };
  return { ok, findings, ...counts, keyIsKnown: key !== null, isOpened: contactKeys !== null };
}

/** All that was signed, in the order of sizes: what the database has and what was kept elsewhere. */
async function* claimsOf(options: {
  readonly reader: LogReader;
  readonly limit: number;
  readonly keys: KeyChain;
  readonly kept: readonly Claim[];
  readonly found: Found;
}): AsyncGenerator<Claim> {
  const { reader, limit, keys, kept, found } = options;
  let next = 0;
  let last = -1;
  const missing = ({ head, where }: Claim): void => {
    if (head.size !== last) found('CHECKPOINT', where, 'It was signed; the database has no checkpoint of that size.');
  };
  for (let after = -1; ;) {
    const page = await reader.checkpointsAfter(after, PAGE);
    for (const { size, root, note } of page) {
      if (size > limit) continue;
      const where = `checkpoint of ${size}`;
      const said = openCheckpoint(note, keys);
      if (!said) found('CHECKPOINT', where, 'It is not signed by the key of that time.');
      else if (said.size !== size || !sameBytes(said.root, root)) {
        found('CHECKPOINT', where, 'What is signed is not what stands beside it.');
      }
      for (let copy = kept[next]; copy && copy.head.size <= size; copy = kept[(next += 1)]) {
        if (copy.head.size < size) missing(copy);
        yield copy;
      }
      yield { head: said ?? { size, root }, where, isCopy: false };
      last = size;
    }
    after = page.at(-1)?.size ?? after;
    if (page.length < PAGE || after > limit) break;
  }
  for (const copy of kept.slice(next)) {
    missing(copy);
    yield copy;
  }
}
