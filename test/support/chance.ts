/** Chance that comes again: the same seed and name give the same numbers. */
export type Chance = {
  /** From 0 up to, but not including, this. */
  readonly below: (limit: number) => number;
  /** A whole number from the first to the last. */
  readonly from: (first: number, last: number) => number;
  readonly oneOf: <Item>(items: readonly Item[]) => Item;
  readonly shuffled: <Item>(items: readonly Item[]) => readonly Item[];
};

/** Each actor of a test takes a chance of its own name, so that none depends on how often another was asked. */
export function chanceOf(seed: number, name: string): Chance {
  let state = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed | 0);

  // mulberry32
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  const from = (first: number, last: number): number => first + Math.floor(next() * (last - first + 1));
  function oneOf<Item>(items: readonly Item[]): Item {
    const item = items[from(0, items.length - 1)];
    if (item === undefined) throw new Error('there is nothing to choose from');
    return item;
  }
  return {
    below: (limit) => next() * limit,
    from,
    oneOf,
    shuffled: (items) =>
      items
        .map((item) => ({ item, place: next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item),
  };
}
