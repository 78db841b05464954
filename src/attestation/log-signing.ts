import type { AttestationLog, HeldLog, StoredCheckpoint } from '../domain/attestation-log.js';
import type { Clock } from '../domain/ports/clock.js';
import { checkLeaf } from './check-leaf.js';
import type { CheckpointFile } from './checkpoint-file.js';
import { isSameHead, newestCopy, openLog, Refusal, requireKnown, type RefusalReason } from './log-continuity.js';
import { openCheckpoint, type LogKeys } from './log-keys.js';
import { BrokenLogError, consistencyOf, emptyLeaf, fullTiles, fullTilesOf, tiledFrontier } from './log-tree.js';
import { beforeFirst, judgeNext } from './next-checkpoint.js';
import { signCheckpoint } from './sign-statements.js';
import { sameBytes } from './verifier/encoding.js';
import { formatVerifierKey } from './verifier/note.js';
import { grow, rootOf, type Frontier, type TreeHead } from './verifier/tree.js';

/** Leaves that one checkpoint adds at most. */
const BATCH = 1_024;
const COPIED_AT_ONCE = 1_000;

export type Signing =
  | {
      readonly outcome: 'SIGNED';
      readonly checkpoint: StoredCheckpoint;
      /** When the first transition that it adds was recorded; null where it adds none. */
      readonly first: Date | null;
      readonly more: boolean;
    }
  /** Nothing is new, or another is signing. */
  | { readonly outcome: 'SAME' | 'BUSY' }
  | { readonly outcome: 'REFUSED'; readonly reason: RefusalReason; readonly detail: string };

/** What was signed last as far as this process knows, and the tree of full tiles that it stands on. */
type Remembered = {
  readonly head: TreeHead;
  readonly note: string | null;
  readonly key: string;
  readonly base: Frontier;
};

/** What came of holding a log. `copied` is the size up to which copies were kept before. */
type Added = { readonly signing: Signing; readonly next: Remembered | null; readonly copied: number };

export type LogSigning = ReturnType<typeof createLogSigning>;

/**
 * Signs tree heads, one process at a time for each log. What is signed is computed from entries that were just read, and
 * follows on the newest checkpoint in the database, on what this process has signed before, and on the copy that was
 * kept outside of the database. A checkpoint is committed before anybody sees it.
 */
export function createLogSigning(options: {
  readonly log: Pick<AttestationLog, 'hold' | 'of'>;
  readonly logKeys: LogKeys;
  readonly file: CheckpointFile;
  /** Is told of each note that was committed and copied. */
  readonly signed?: (organizationId: string, note: string) => void;
  readonly clock: Clock;
}) {
  const { log, logKeys, file, signed = () => undefined, clock } = options;
  const remembered = new Map<string, Remembered>();

  async function openLast(held: HeldLog, organizationId: string) {
    const opened = await openLog(held, organizationId, { logKeys, at: clock.now() });
    const { newest, chain, signer } = opened;
    const key = formatVerifierKey(signer.key);
    const head: TreeHead = newest ?? beforeFirst;
    const known = remembered.get(organizationId);
    if (known) await requireKnown(held, known.head, head, 'This server has signed');
    const note = newest?.note ?? null;
    const isKnown = known?.key === key && known.note === note && isSameHead(known.head, head);
    // What this server has signed itself, and copied last, was looked at then.
    if (isKnown && note !== null && (await file.endsWith(organizationId, note))) {
      return { ...opened, last: known, copied: head.size };
    }
    const copy = await newestCopy(file, organizationId, chain);
    if (copy) await requireKnown(held, copy, head, 'A copy was kept of');
    const copied = copy?.size ?? -1;
    const said = newest && openCheckpoint(newest.note, chain);
    if (newest && !(said && isSameHead(said, newest))) {
      throw new Refusal('KEY', `The checkpoint of ${newest.size} is not signed by a key of this log.`);
    }
    if (isKnown) return { ...opened, last: known, copied };
    return { ...opened, last: { head, note, key, base: await tiledFrontier(held, head.size) }, copied };
  }

  async function add(held: HeldLog, organizationId: string, evenIfEmpty: boolean): Promise<Added> {
    const [through, opened] = await Promise.all([held.head(), openLast(held, organizationId)]);
    const { signer, newest, last, copied } = opened;
    const { head, base, key } = last;
    if (through < head.size) {
      throw new Refusal('SMALLER', `The feed has ${through} transitions; a log of ${head.size} was signed.`);
    }
    if (through === head.size && (newest !== null || !evenIfEmpty)) {
      return { signing: { outcome: 'SAME' }, next: last, copied };
    }
    const [stored, fresh] = await Promise.all([held.leafHashes(base.size, head.size), held.leaves(head.size, BATCH)]);
    const known = stored.map((hash) => hash ?? emptyLeaf);
    const before = grow(base, known);
    if (before.size !== head.size || !sameBytes(rootOf(before), head.root)) {
      throw new Refusal('INCONSISTENT', `The log of ${head.size} is not the one that was signed.`);
    }
    if (fresh.length === 0 && through > head.size) {
      throw new Refusal('SMALLER', `The feed should have ${through} transitions, and has ${head.size}.`);
    }
    const hashes = fresh.map((leaf, at) => {
      const fault = checkLeaf(leaf, head.size + at + 1, organizationId);
      if (fault !== null) throw new Refusal('LEAF', fault);
      return leaf.hash ?? emptyLeaf;
    });
    const after = grow(before, hashes);
    const next = { size: after.size, root: rootOf(after) };
    const judged = judgeNext(head, next, consistencyOf(before, hashes));
    if (judged.verdict === 'REFUSED') throw new Refusal(judged.reason, 'The next log does not begin with the last.');
    const checkpoint = { ...next, note: signCheckpoint(signer, next), signedAt: clock.now() };
    const nextBase = fullTilesOf(after);
    const tiled = [...known, ...hashes].slice(0, nextBase.size - base.size);
    await held.addCheckpoint(checkpoint, await fullTiles(held, base.size, tiled));
    const first = fresh[0]?.recordedAt ?? null;
    const signing: Signing = { outcome: 'SIGNED', checkpoint, first, more: next.size < through };
    return { signing, next: { head: next, note: checkpoint.note, key, base: nextBase }, copied };
  }

  /** Copies what was committed after the last copy, in case somebody did not come to it. */
  async function copy(organizationId: string, { size }: StoredCheckpoint, copied: number): Promise<void> {
    for (let from = copied; from < size;) {
      const missing = await log.of(organizationId).checkpointsAfter(from, COPIED_AT_ONCE);
      const last = missing.at(-1);
      if (!last) return;
      const notes = missing.map(({ note }) => note);
      await file.append(organizationId, notes);
      from = last.size;
    }
  }

  async function step(
    organizationId: string,
    { wait = false, evenIfEmpty = false }: { readonly wait?: boolean; readonly evenIfEmpty?: boolean } = {},
  ): Promise<Signing> {
    const added = await unlessRefused(() =>
      log.hold(organizationId, { wait }, (held) => add(held, organizationId, evenIfEmpty)),
    );
    if (added === null) return { outcome: 'BUSY' };
    if ('outcome' in added) return added;
    const { signing, next, copied } = added;
    if (next) remembered.set(organizationId, next);
    if (signing.outcome !== 'SIGNED') return signing;
    await copy(organizationId, signing.checkpoint, copied);
    signed(organizationId, signing.checkpoint.note);
    return signing;
  }

  return {
    /** Signs what is new, as much of it that the log is not held for long. */
    step,
    /** Signs all that is new. */
    catchUp: async (organizationId: string, { evenIfEmpty = false } = {}): Promise<Signing> => {
      for (;;) {
        const signing = await step(organizationId, { wait: true, evenIfEmpty });
        if (signing.outcome !== 'SIGNED' || !signing.more) return signing;
      }
    },
    /** The key that signs now, as verifiers are given it; it is made where there is none. */
    key: (organizationId: string): Promise<string | null> =>
      log.hold(organizationId, { wait: true }, async (held) => {
        const { signer } = await openLog(held, organizationId, { logKeys, at: clock.now() });
        return formatVerifierKey(signer.key);
      }),
    /** Has another key sign from now on; both say so in the note. Throws a Refusal for a log that may not be signed. */
    rotate: async (organizationId: string): Promise<{ readonly verifierKey: string; readonly rotation: string }> => {
      const rotated = await log.hold(organizationId, { wait: true }, async (held) => {
        const { signer, last } = await openLast(held, organizationId);
        const next = logKeys.next(organizationId, signer, last.head, clock.now());
        await held.addKey(next);
        return next;
      });
      if (!rotated?.rotation) throw new Error('The key was not changed.');
      const { verifierKey, rotation } = rotated;
      await file.append(organizationId, [rotation]);
      signed(organizationId, rotation);
      return { verifierKey, rotation };
    },
  };
}

async function unlessRefused(hold: () => Promise<Added | null>): Promise<Added | Signing | null> {
  try {
    return await hold();
  } catch (error) {
    if (error instanceof Refusal) return { outcome: 'REFUSED', reason: error.reason, detail: error.message };
    if (error instanceof BrokenLogError) return { outcome: 'REFUSED', reason: 'TILES', detail: error.message };
    throw error;
  }
}
