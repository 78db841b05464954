import type { HeldLog, LogKey, LogReader, StoredCheckpoint } from '../domain/attestation-log.js';
import type { CheckpointFile } from './checkpoint-file.js';
import { openCheckpoint, readKeyChain, type KeyChain, type LogKeys } from './log-keys.js';
import { originOf } from './origin.js';
import type { Signer } from './signer.js';
import { sameBytes } from './verifier/encoding.js';
import { formatVerifierKey, parseNote } from './verifier/note.js';
import { parseCheckpoint } from './verifier/statements.js';
import type { TreeHead } from './verifier/tree.js';

/** What is wrong with a log that must not be signed. */
export type RefusalReason = 'SMALLER' | 'INCONSISTENT' | 'LEAF' | 'KEY' | 'AHEAD' | 'TILES';

/** A log that must not be signed as it is. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly reason: RefusalReason,
    message: string,
  ) {
    super(message);
  }
}

/** Who signs, and what was signed last as the database has it. */
export type OpenedLog = {
  readonly signer: Signer;
  readonly chain: KeyChain;
  readonly newest: StoredCheckpoint | null;
};

/** The keys of the log, the first of which is made where there is none. */
export async function openLog(
  held: HeldLog,
  organizationId: string,
  { logKeys, at }: { readonly logKeys: LogKeys; readonly at: Date },
): Promise<OpenedLog> {
  const origin = originOf(organizationId);
  const [known, newest] = await Promise.all([held.keys(), held.newest()]);
  let stored: readonly LogKey[] = known;
  if (stored.length === 0 && newest === null) {
    const first = logKeys.first(organizationId, origin, at);
    await held.addKey(first);
    stored = [first];
  }
  const chain = readKeyChain(origin, stored);
  if (!chain) throw new Refusal('KEY', 'The keys of the log do not follow on each other.');
  const signer = signerOf(logKeys, organizationId, stored);
  if (!signer || formatVerifierKey(signer.key) !== stored.at(-1)?.verifierKey) {
    throw new Refusal('KEY', 'The secret of the newest key is not there, or is that of another key.');
  }
  return { signer, chain, newest };
}

function signerOf(logKeys: LogKeys, organizationId: string, stored: readonly LogKey[]): Signer | null {
  try {
    return logKeys.signer(organizationId, originOf(organizationId), stored);
  } catch (error) {
    throw new Refusal('KEY', error instanceof Error ? error.message : 'The secret of the key can not be opened.');
  }
}

/** Throws unless what is known to have been signed is there, and followed by the newest checkpoint or it itself. */
export async function requireKnown(
  log: Pick<LogReader, 'checkpointAt'>,
  known: TreeHead,
  newest: TreeHead,
  whose: string,
): Promise<void> {
  if (known.size > newest.size) {
    const behind = `the newest checkpoint in the database is of ${newest.size}. It was set back, or has lost its end.`;
    throw new Refusal('AHEAD', `${whose} a log of ${known.size}; ${behind}`);
  }
  const stored = known.size === newest.size ? newest : await log.checkpointAt(known.size);
  if (stored && isSameHead(stored, known)) return;
  throw new Refusal(
    'INCONSISTENT',
    `${whose} a log of ${known.size}; the one of that size in the database is another.`,
  );
}

/** The largest tree head that a copy was kept of; null where there is no copy. */
export async function newestCopy(
  file: Pick<CheckpointFile, 'last'>,
  organizationId: string,
  chain: KeyChain,
): Promise<TreeHead | null> {
  const copies = (await file.last(organizationId)).flatMap((note) => {
    const said = parseCheckpoint(parseNote(note)?.text ?? '');
    return said ? [{ note, size: said.size }] : [];
  });
  const largest = copies.reduce<(typeof copies)[number] | null>(
    (best, copy) => (best && best.size > copy.size ? best : copy),
    null,
  );
  if (!largest) return null;
  const head = openCheckpoint(largest.note, chain);
  if (head) return head;
  throw new Refusal('KEY', `A copy was kept of a checkpoint of ${largest.size} that no key of this log has signed.`);
}

export function isSameHead(one: TreeHead, other: TreeHead): boolean {
  return one.size === other.size && sameBytes(one.root, other.root);
}
