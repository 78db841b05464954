import type { LogReader, StoredTile } from '../domain/attestation-log.js';
import { consistencySubtrees, fullNodesOf, joinNodes, rootOver, type FullNode, type Subtree } from './prove.js';
import type { Hash } from './verifier/encoding.js';
import { leafHash, type Frontier } from './verifier/tree.js';

/** So many hashes of one level make one of the next level that is stored. */
export const TILE = 256;
const TILE_LEVELS = 8;
const HIGHEST_LEVEL = 24;

/** The leaf of a transition that was recorded before there was a log: an entry without a byte. */
export const emptyLeaf: Hash = leafHash(new Uint8Array());

/** What is stored can't be read as a tree. */
export class BrokenLogError extends Error {
  override readonly name = 'BrokenLogError';
}

/**
 * The roots of these subtrees, which must lie within the leaves that are there; full ones are taken from tiles, so that a
 * proof reads little. Throws a BrokenLogError where a tile or a leaf is missing.
 */
export async function rootsOf(
  log: Pick<LogReader, 'leafHashes' | 'tiles'>,
  subtrees: readonly Subtree[],
): Promise<readonly Hash[]> {
  const blocks = new Map<string, Promise<readonly Hash[]>>();

  function block(level: number, index: number): Promise<readonly Hash[]> {
    const name = `${level} ${index}`;
    const known = blocks.get(name);
    if (known) return known;
    const read = readBlock(log, level, index);
    blocks.set(name, read);
    return read;
  }

  async function nodeAt({ level, index }: FullNode): Promise<Hash> {
    const stored = Math.min(HIGHEST_LEVEL, level - (level % TILE_LEVELS));
    const width = 2 ** (level - stored);
    const first = index * width;
    const hashes: Hash[] = [];
    for (let at = first; at < first + width; at += TILE - (at % TILE)) {
      const all = await block(stored, Math.floor(at / TILE));
      hashes.push(...all.slice(at % TILE, (at % TILE) + first + width - at));
    }
    if (hashes.length !== width) {
      throw new BrokenLogError(`The log lacks hashes of level ${stored}, from ${first} to ${first + width - 1}.`);
    }
    return rootOver(hashes);
  }

  return Promise.all(subtrees.map(async (subtree) => joinNodes(await Promise.all(fullNodesOf(subtree).map(nodeAt)))));
}

async function readBlock(
  log: Pick<LogReader, 'leafHashes' | 'tiles'>,
  level: number,
  index: number,
): Promise<readonly Hash[]> {
  const from = index * TILE;
  if (level === 0) return (await log.leafHashes(from, from + TILE)).map((hash) => hash ?? emptyLeaf);
  const tiles = await log.tiles(level, from, from + TILE);
  // What comes after a hole is at another place than it seems.
  return tiles.filter((tile, at) => tile.index === from + at).map(({ hash }) => hash);
}

/** The frontier of the largest tree of full tiles that is not larger than so many leaves. */
export async function tiledFrontier(log: Pick<LogReader, 'leafHashes' | 'tiles'>, size: number): Promise<Frontier> {
  const whole = size - (size % TILE);
  const nodes = whole === 0 ? [] : fullNodesOf({ from: 0, size: whole });
  const subtrees = nodes.map(({ level, index }) => ({ from: index * 2 ** level, size: 2 ** level }));
  return { size: whole, nodes: await rootsOf(log, subtrees) };
}

/** The part of a frontier that is of full tiles. */
export function fullTilesOf({ size, nodes }: Frontier): Frontier {
  const whole = size - (size % TILE);
  return { size: whole, nodes: nodes.slice(0, whole === 0 ? 0 : fullNodesOf({ from: 0, size: whole }).length) };
}

/** The tiles that are full as soon as these leaves, which begin at a full tile, are there. */
export async function fullTiles(
  log: Pick<LogReader, 'tiles'>,
  from: number,
  leaves: readonly Hash[],
): Promise<readonly StoredTile[]> {
  let first = from / TILE;
  let hashes = leaves;
  const full: StoredTile[] = [];
  for (let level = TILE_LEVELS; level <= HIGHEST_LEVEL; level += TILE_LEVELS) {
    const made = Array.from({ length: Math.floor(hashes.length / TILE) }, (_, at) => ({
      level,
      index: first + at,
      hash: rootOver(hashes.slice(at * TILE, (at + 1) * TILE)),
    }));
    full.push(...made);
    const begun = first - (first % TILE);
    if (first + made.length < begun + TILE) break;
    // What is full at the level above may have begun before.
    const before = begun === first ? [] : await log.tiles(level, begun, first);
    if (before.length !== first - begun) throw new BrokenLogError(`The log lacks tiles of level ${level}.`);
    hashes = [...before.map(({ hash }) => hash), ...made.map(({ hash }) => hash)];
    first = begun / TILE;
  }
  return full;
}

/** The proof that a tree of these leaves after a frontier begins with its tree, made of nothing but these two. */
export function consistencyOf(before: Frontier, leaves: readonly Hash[]): readonly Hash[] {
  const places = before.size === 0 ? [] : fullNodesOf({ from: 0, size: before.size });
  const known = new Map(places.map(({ level, index }, at) => [index * 2 ** level, before.nodes[at]]));
  return consistencySubtrees(before.size, before.size + leaves.length).map(({ from, size }) => {
    const start = from - before.size;
    // What the proof takes of the earlier tree are nodes of its frontier.
    const node = start < 0 ? known.get(from) : rootOver(leaves.slice(start, start + size));
    if (node === undefined) throw new BrokenLogError('The frontier lacks a node.');
    return node;
  });
}
