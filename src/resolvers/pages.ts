import { badUserInput } from './bad-user-input.js';

/** How many items a page may hold. */
export const MAX_PAGE = 100;

/** The number of items asked for, within what a page may hold. */
export function checkedFirst(first: number): number {
  if (first < 1 || first > MAX_PAGE) throw badUserInput(`first must be between 1 and ${MAX_PAGE}.`);
  return first;
}

/** The key behind a cursor; null when none was given. Throws for a cursor that can't be resumed. */
export function decodeAfter<Key>(after: string | null | undefined, decode: (cursor: string) => Key | null): Key | null {
  if (after == null) return null;
  const key = decode(after);
  if (key === null) throw unresumable();
  return key;
}

/** What a caller is told of a cursor that names no place here. */
export function unresumable(): Error {
  return badUserInput("after: this cursor can't be resumed. Begin again without it, or with one that this list gave.");
}

/** A page in the shape of Relay's connections. */
export function connectionOf<Item, Node>(
  page: { readonly items: readonly Item[]; readonly hasNextPage: boolean },
  after: string | null | undefined,
  present: (item: Item) => { readonly node: Node; readonly cursor: string },
) {
  const edges = page.items.map(present);
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** What a page costs to answer: its own read, and each item's share. */
export function pageCost({ args, childComplexity }: { args: { first?: unknown }; childComplexity: number }): number {
  const first = typeof args.first === 'number' ? Math.min(Math.max(args.first, 1), MAX_PAGE) : MAX_PAGE;
  return 1 + first * childComplexity;
}
