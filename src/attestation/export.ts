import type {
  Attestation,
  AttestationLog,
  Attestations,
  StoredCheckpoint,
  StoredContact,
  StoredEntry,
} from '../domain/attestation-log.js';
import type { Clock } from '../domain/ports/clock.js';
import { artifactName } from './artifact.js';
import { assembleBundle, type BundleInput } from './assemble-bundle.js';
import { openWith } from './contact-key.js';
import { openCheckpoint, readKeyChain, type LogKeys } from './log-keys.js';
import type { LogSigning } from './log-signing.js';
import { BrokenLogError, rootsOf } from './log-tree.js';
import type { KeyWrap } from './notary.js';
import { disclosuresIn } from './open-disclosures.js';
import { originOf } from './origin.js';
import { inclusionSubtrees } from './prove.js';
import { signCheckpoint } from './sign-statements.js';
import { openDisclosure } from './verifier/commitment.js';
import { sameBytes } from './verifier/encoding.js';
import { hashOfEntry, readEntry } from './verifier/entry.js';
import { objectIn } from './verifier/json.js';
import { formatVerifierKey } from './verifier/note.js';
import { verifyBundle } from './verifier/verify-bundle.js';

/** How long the newest transition is waited for until it is in a signed tree, and how often it is looked for. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 50;

/** What is stored can't be attested. */
class AttestationError extends Error {
  constructor(
    readonly outcome: 'NOT_SIGNED' | 'NOT_TRUE',
    message: string,
  ) {
    super(message);
  }
}

/** Writes attestations. What would not stand its own verification does not leave. */
export function createExporter(options: {
  readonly log: AttestationLog;
  readonly signing: Pick<LogSigning, 'step'>;
  readonly logKeys: LogKeys;
  readonly contactKeys: KeyWrap;
  /** Gives positions to what waits for one; for where no server does. */
  readonly sequence?: () => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  readonly clock: Clock;
}): Attestations {
  const { log, signing, logKeys, contactKeys, sequence = async () => undefined, pause, clock } = options;

  /** The contact and a checkpoint with all of its transitions, read in the order in which nothing can be left out. */
  async function covered(organizationId: string, contactId: string) {
    const reader = log.of(organizationId);
    for (let waited = 0; ; waited += LOOK_MS) {
      const checkpoint = await reader.newest();
      const contact = await log.contact(organizationId, contactId);
      if (!contact || contact.entries.length === 0 || !contact.chain) return null;
      if (checkpoint && isCovered(contact, checkpoint)) return { contact, checkpoint };
      if (waited >= PATIENCE_MS) {
        throw new AttestationError('NOT_SIGNED', 'What was recorded last is not signed yet; try again in a moment.');
      }
      if (contact.entries.some(({ waiting }) => waiting)) await sequence();
      const hasTransition = contact.entries.some(({ transition }) => transition !== null);
      const signed = await signing.step(organizationId, { evenIfEmpty: !hasTransition });
      if (signed.outcome === 'REFUSED') throw new AttestationError('NOT_TRUE', signed.detail);
      if (signed.outcome !== 'SIGNED') await pause(LOOK_MS);
    }
  }

  /** The newest tree head, signed by the key of today. */
  async function signedBy(organizationId: string, { note, size, root }: StoredCheckpoint) {
    const origin = originOf(organizationId);
    const stored = await log.of(organizationId).keys();
    const chain = readKeyChain(origin, stored);
    const signer = logKeys.signer(organizationId, origin, stored);
    if (!chain || !signer || !openCheckpoint(note, chain)) {
      throw new AttestationError('NOT_TRUE', 'The newest checkpoint is not signed by a key of this log.');
    }
    const head = { size, root };
    // After a change of the key it is the same head that both sign.
    return { signer, rotations: chain.rotations, checkpoint: { note: signCheckpoint(signer, head), head } };
  }

  function unwrapped(wrapped: Uint8Array, contactId: string): Uint8Array {
    try {
      return contactKeys.unwrap(wrapped, contactId);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new AttestationError('NOT_TRUE', `The key of the contact can not be opened: ${reason}`);
    }
  }

  async function attest(organizationId: string, contactId: string): Promise<Attestation | null> {
    const found = await covered(organizationId, contactId);
    if (!found) return null;
    const { contact, checkpoint: newest } = found;
    const signed = await signedBy(organizationId, newest);
    const key = contact.chain?.key ? unwrapped(contact.chain.key, contactId) : null;
    const entries = contact.entries.map((entry) => entryFrom(entry, key));
    const indexes = contact.entries.flatMap(({ position }) => (position === null ? [] : position - 1));
    const sealed = key === null ? [] : await log.artifacts(organizationId, contactId);
    const organization = await log.organization(organizationId);
    const input: BundleInput = {
      ...signed,
      organizationName: organization?.name ?? '',
      locale: organization?.locale ?? 'en',
      entries,
      indexes,
      proof: await rootsOf(log.of(organizationId), inclusionSubtrees(newest.size, indexes)),
      artifacts: spokenOf(entries, key === null ? [] : sealed.map((bytes) => opened(key, bytes))),
      at: clock.now(),
    };
    const bundle = assembleBundle(input);
    const publicKey = formatVerifierKey(signed.signer.key);
    requireTrue(bundle, publicKey, contact);
    const { note } = signed.checkpoint;
    return { outcome: 'ATTESTED', bundle, checkpoint: note, size: newest.size, entries: entries.length, publicKey };
  }

  return {
    attest: async (organizationId, contactId) => {
      try {
        return await attest(organizationId, contactId);
      } catch (error) {
        if (error instanceof AttestationError) return { outcome: error.outcome, detail: error.message };
        if (error instanceof BrokenLogError) return { outcome: 'NOT_TRUE', detail: error.message };
        throw error;
      }
    },
  };
}

function isCovered({ entries }: StoredContact, { size }: StoredCheckpoint): boolean {
  return entries.every(({ transition, position }) => transition === null || (position !== null && position <= size));
}

/** What was erased is not there to be disclosed. */
function entryFrom({ entry, sealed, version }: StoredEntry, key: Uint8Array | null): BundleInput['entries'][number] {
  if (entry === null || !readEntry(entry)) {
    throw new AttestationError('NOT_TRUE', `The entry ${version} of the contact can not be read.`);
  }
  if (sealed === null || key === null) return { bytes: entry, disclosures: [] };
  return { bytes: entry, disclosures: disclosuresIn(opened(key, sealed)) };
}

/** What was changed can't be opened. */
function opened(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  try {
    return openWith(key, sealed);
  } catch {
    throw new AttestationError('NOT_TRUE', 'What is kept beside the entries of the contact was changed.');
  }
}

/** The bytes that the disclosures speak of: others may have come since. */
function spokenOf(entries: BundleInput['entries'], artifacts: readonly Uint8Array[]): readonly Uint8Array[] {
  const disclosed = entries.flatMap(({ disclosures }) => disclosures.map(openDisclosure));
  const named = disclosed.flatMap((one) =>
    one?.name.startsWith('artifact.') ? [objectIn(one.value)?.['sha256']] : [],
  );
  const names = new Set(named);
  return artifacts.filter((bytes) => names.has(artifactName(bytes)));
}

/** Whoever verifies it must not be the first to see that something was changed. */
function requireTrue(bundle: string, publicKey: string, { chain, entries }: StoredContact): void {
  const last = entries.at(-1)?.entry;
  if (!chain || !last || !sameBytes(hashOfEntry(last), chain.lastHash)) {
    throw new AttestationError('NOT_TRUE', "The contact's last entry is not the one that its chain ends with.");
  }
  const { ok, checks } = verifyBundle(Buffer.from(bundle), publicKey);
  const failed = checks.filter(({ verdict }) => verdict === 'FAILED').map(({ name }) => name);
  if (!ok)
    throw new AttestationError('NOT_TRUE', `The contact's entries are not what was signed: ${failed.join(', ')}.`);
}
