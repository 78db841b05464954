import { readBundle, type Bundle } from './bundle.js';
import { checkArtifacts, checkDisclosures } from './check-disclosures.js';
import { sameBytes, sha256, toBase64Url, type Hash } from './encoding.js';
import { entryIn, hashOfEntry, type Entry } from './entry.js';
import { canonicalJson } from './json.js';
import { findIllegalStep } from './lifecycle.js';
import {
  isSameKey,
  openNote,
  parseNote,
  parseVerifierKey,
  verifyEd25519,
  type VerifierKey,
  type VerifySignature,
} from './note.js';
import { verifyInclusion } from './proofs.js';
import {
  parseCheckpoint,
  parseContactHead,
  parseRotation,
  type Checkpoint,
  type ContactHeadStatement,
} from './statements.js';
import { checkOf, failed, notProven, type Check } from './verdict.js';

/** TRUE: nothing failed. FALSE: something did. UNUSABLE: the file or the key can't be read, and nothing was checked. */
export type BundleVerdict = {
  readonly outcome: 'TRUE' | 'FALSE' | 'UNUSABLE';
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** What the log signed about the contact; null unless it is so signed. */
  readonly head: ContactHeadStatement | null;
};

/** What the checks read: each part is null where it can't be relied on. */
type Evidence = {
  readonly bundle: Bundle;
  readonly key: VerifierKey | null;
  readonly checkpoint: Checkpoint | null;
  readonly head: ContactHeadStatement | null;
  readonly entries: readonly Entry[] | null;
  readonly hashes: readonly Hash[];
};

/** Checks a bundle against the public key of the log. Never throws, whatever the bytes are. */
export function verifyBundle(
  file: Uint8Array,
  key: string,
  verifySignature: VerifySignature = verifyEd25519,
): BundleVerdict {
  const trusted = parseVerifierKey(key.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''));
  if (!trusted) return unusable('key', 'The key is not one line of the form name+id+key.');
  const bundle = readBundle(file);
  if (!bundle) return unusable('format', 'The file is no attestation of format 2.');

  const signer = followRotations(bundle.rotations, trusted, verifySignature);
  const open = (note: string): string | null => signer && openNote(note, [signer], verifySignature);
  const entries = bundle.entries.map(entryIn);
  const evidence: Evidence = {
    bundle,
    key: signer,
    checkpoint: ofLog(signer, parseCheckpoint(open(bundle.checkpoint) ?? '')),
    head: ofLog(signer, parseContactHead(open(bundle.head) ?? '')),
    entries: entries.every((entry) => entry !== null) ? entries : null,
    hashes: bundle.entries.map((entry) => hashOfEntry(Buffer.from(canonicalJson(entry)))),
  };
  const checks = [
    checkOf('key', signer !== null, 'Each change of the key is signed by the old and the new key.'),
    checkOf('checkpoint', evidence.checkpoint !== null, 'The tree head is signed by the log.'),
    checkHead(evidence),
    checkOf('entries', evidence.entries !== null, 'Each entry has the form of one.'),
    checkChain(evidence),
    checkInclusion(evidence),
    checkLifecycle(evidence),
    checkTimes(evidence),
    ...checkDisclosures(bundle, evidence.entries),
    ...checkArtifacts(bundle),
    checkReadable(evidence),
  ];
  const ok = checks.every(({ verdict }) => verdict !== 'FAILED');
  return { outcome: ok ? 'TRUE' : 'FALSE', ok, checks, head: evidence.head };
}

function unusable(name: string, detail: string): BundleVerdict {
  return { outcome: 'UNUSABLE', ok: false, checks: [failed(name, detail)], head: null };
}

/** The key that signs now, beginning with the trusted one; null where a change is not signed as it must be. */
function followRotations(
  notes: readonly string[],
  trusted: VerifierKey,
  verifySignature: VerifySignature,
): VerifierKey | null {
  let key = trusted;
  for (const note of notes) {
    const rotation = parseRotation(parseNote(note)?.text ?? '');
    if (!rotation) return null;
    const { origin, oldKey, newKey } = rotation;
    // What was before the trusted key doesn't matter.
    if (key === trusted && !isSameKey(oldKey, key)) continue;
    if (!isSameKey(oldKey, key) || oldKey.name !== origin || newKey.name !== origin) return null;
    if (openNote(note, [oldKey, newKey], verifySignature) === null) return null;
    key = newKey;
  }
  return key;
}

/** What was signed, if it is about the signer's own log. */
function ofLog<Statement extends { readonly origin: string }>(
  key: VerifierKey | null,
  statement: Statement | null,
): Statement | null {
  return key !== null && statement?.origin === key.name ? statement : null;
}

function checkHead({ head, checkpoint, hashes, entries }: Evidence): Check {
  if (!head || !checkpoint || !entries)
    return failed('head', 'The statement about the contact is not signed by the log.');
  const { size, root } = head.checkpoint;
  const last = hashes.at(-1);
  const holds =
    size === checkpoint.size &&
    sameBytes(root, checkpoint.root) &&
    head.entries === hashes.length &&
    last !== undefined &&
    sameBytes(head.lastHash, last) &&
    entries.every(({ contact }) => contact === head.contact);
  return checkOf('head', holds, `The log signed that the contact has ${head.entries} entries, and which is the last.`);
}

function checkChain({ entries, hashes, key }: Evidence): Check {
  const [first] = entries ?? [];
  const holds = (entries ?? []).every((entry, at) => {
    const before = hashes[at - 1];
    const prev = before === undefined ? null : toBase64Url(before);
    const sameContact = entry.contact === first?.contact && entry.organization === first.organization;
    return entry.seq === at + 1 && entry.prev === prev && sameContact && entry.origin === key?.name;
  });
  return checkOf('chain', first !== undefined && holds, 'Each entry names the one before it; none is missing.');
}

function checkInclusion({ bundle, entries, hashes, checkpoint }: Evidence): Check {
  const { indexes, proof } = bundle.inclusion;
  const placed = (entries ?? []).flatMap(({ transition }, at) => (transition === null ? [] : (hashes[at] ?? [])));
  const leaves = placed.map((hash, at) => ({ hash, index: indexes[at] ?? -1 }));
  const isWhole = entries !== null && indexes.length === leaves.length;
  const holds = isWhole && checkpoint !== null && verifyInclusion(checkpoint, leaves, proof);
  return checkOf('inclusion', holds, 'Each transition is in the tree of the checkpoint, at its place.');
}

function checkLifecycle({ entries }: Evidence): Check {
  const fault = entries ? findIllegalStep(entries) : 'The entries can not be read.';
  return checkOf('lifecycle', fault === null, fault ?? 'Each transition is one that the lifecycle has.');
}

function checkTimes({ entries }: Evidence): Check {
  const holds = entries?.every(({ recordedAt }, at) => recordedAt >= (entries[at - 1]?.recordedAt ?? '')) ?? false;
  return checkOf('times', holds, 'No entry was recorded before the one that it follows on.');
}

function checkReadable({ bundle: { readable }, head }: Evidence): Check {
  if (readable === null) return notProven('readable', 'What is there for people to read was left out.');
  const signed = head?.readable ?? null;
  const holds = signed !== null && sameBytes(signed, sha256(canonicalJson(readable)));
  return checkOf('readable', holds, 'The transcript is the one that was signed. It is derived: the entries count.');
}
