import type { LogReader, StoredLeaf } from '../domain/attestation-log.js';
import type { Found } from './finding.js';
import { emptyLeaf, TILE } from './log-tree.js';
import { rootOver } from './prove.js';
import { sameBytes, type Hash } from './verifier/encoding.js';
import { hashOfEntry } from './verifier/entry.js';
import { emptyFrontier, grow, rootOf, type Frontier, type TreeHead } from './verifier/tree.js';

const PAGE = 1_000;
const LEVELS = [8, 16, 24] as const;

/** What a checkpoint says, wherever it was kept. */
export type Claim = { readonly head: TreeHead; readonly where: string; readonly isCopy: boolean };

/** Reads all leaves, and holds the tree of them against what was claimed of it, in the order of sizes. */
export async function walkLeaves(options: {
  readonly reader: LogReader;
  /** How much of it is signed. */
  readonly signedSize: number;
  readonly claims: AsyncGenerator<Claim>;
  readonly found: Found;
}): Promise<{ readonly size: number; readonly checkpoints: number; readonly through: number }> {
  const { reader, signedSize, claims, found } = options;
  const head = await reader.head();
  const tiles = createTileCheck(reader, signedSize, found);
  let frontier: Frontier = emptyFrontier;
  let claim = await claims.next();
  let checkpoints = 0;
  let through = 0;

  /** Adds leaves, and looks at each claim when the tree is as large as it says. */
  async function add(leaves: readonly Hash[]): Promise<void> {
    const from = frontier.size;
    const end = from + leaves.length;
    for (; !claim.done && claim.value.head.size <= end; claim = await claims.next()) {
      const { head: signed, where, isCopy } = claim.value;
      frontier = grow(frontier, leaves.slice(frontier.size - from, signed.size - from));
      if (!sameBytes(signed.root, rootOf(frontier)))
        found('ROOT', where, 'The log of that size is not the one signed.');
      if (!isCopy) checkpoints += 1;
      through = signed.size;
    }
    frontier = grow(frontier, leaves.slice(frontier.size - from));
    await tiles.add(leaves);
  }

  await add([]);
  for (let more = true; more;) {
    const page = await reader.leaves(frontier.size, PAGE);
    const first = frontier.size + 1;
    const gap = page.findIndex(({ position }, at) => position !== first + at);
    const next = page[gap]?.position ?? 0;
    await add(page.slice(0, gap < 0 ? page.length : gap).map((leaf) => hashOf(leaf, found)));
    if (gap >= 0) found('POSITION', `position ${first + gap}`, `The feed goes on with ${next}.`);
    more = gap < 0 && page.length === PAGE;
  }
  if (frontier.size < head) found('SIZE', 'feed', `It should have ${head} transitions; ${frontier.size} can be read.`);
  for (; !claim.done; claim = await claims.next()) {
    const { head: signed, where } = claim.value;
    found('SIZE', where, `A log of ${signed.size} was signed; ${frontier.size} transitions of it can be read.`);
    through = signed.size;
  }
  return { size: frontier.size, checkpoints, through };
}

function hashOf({ position, entry, hash, chained }: StoredLeaf, found: Found): Hash {
  const where = `position ${position}`;
  const computed = entry === null ? emptyLeaf : hashOfEntry(entry);
  if (entry === null && (chained || hash !== null)) found('ENTRY', where, 'There is no entry.');
  else if (!sameBytes(computed, hash ?? emptyLeaf)) found('HASH', where, 'The feed has another hash than the entry.');
  return computed;
}

/** Holds the stored roots of full subtrees against what they should be; they are stored for all that is signed. */
function createTileCheck(reader: Pick<LogReader, 'tiles'>, signedSize: number, found: Found) {
  const waiting: Hash[][] = LEVELS.map(() => []);
  const done = LEVELS.map(() => 0);

  async function addTo(at: number, hashes: readonly Hash[]): Promise<void> {
    const level = LEVELS[at];
    const all = waiting[at];
    if (level === undefined || !all) return;
    all.push(...hashes);
    const whole = Math.floor(all.length / TILE);
    if (whole === 0) return;
    const first = done[at] ?? 0;
    const roots = Array.from({ length: whole }, (_, tile) => rootOver(all.slice(tile * TILE, (tile + 1) * TILE)));
    all.splice(0, whole * TILE);
    done[at] = first + whole;
    const stored = new Map((await reader.tiles(level, first, first + whole)).map(({ index, hash }) => [index, hash]));
    roots.forEach((root, tile) => {
      const index = first + tile;
      const hash = stored.get(index);
      const isDue = (index + 1) * 2 ** level <= signedSize;
      if (hash ? !sameBytes(hash, root) : isDue) {
        found(
          'TILE',
          `tile ${index} of level ${level}`,
          hash ? 'It is not the root of its leaves.' : 'It is not there.',
        );
      }
    });
    await addTo(at + 1, roots);
  }

  return { add: (leaves: readonly Hash[]) => addTo(0, leaves) };
}
