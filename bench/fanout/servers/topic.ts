/** A topic in memory: each subscriber is an iterator over all that was published since it came. */
export type Topic<Item> = {
  readonly publish: (item: Item) => void;
  readonly subscribe: () => AsyncIterableIterator<Item>;
  readonly size: () => number;
};

export function createTopic<Item>(): Topic<Item> {
  const pushes = new Set<(item: Item) => void>();
  return {
    size: () => pushes.size,
    publish: (item) => pushes.forEach((push) => push(item)),
    subscribe: () => {
      const queue: Item[] = [];
      let wake: ((result: IteratorResult<Item>) => void) | null = null;
      const push = (item: Item): void => {
        if (!wake) return void queue.push(item);
        wake({ done: false, value: item });
        wake = null;
      };
      pushes.add(push);
      return {
        [Symbol.asyncIterator]() {
          return this;
        },
        next: () => {
          const value = queue.shift();
          if (value !== undefined) return Promise.resolve({ done: false, value });
          return new Promise((resolve) => {
            wake = resolve;
          });
        },
        return: () => {
          pushes.delete(push);
          wake?.({ done: true, value: undefined });
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
}
