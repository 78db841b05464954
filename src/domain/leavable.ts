/** What a stream has of its subscriber: whether it has left. */
export type Departure = { readonly left: () => boolean };

/**
 * A stream whose subscriber can leave at any time: leaving calls `onLeave` at once, which wakes the stream wherever it
 * waits, so that letting go never waits for the next event.
 */
export function leavable<Item>(
  generate: (departure: Departure) => AsyncGenerator<Item>,
  onLeave: () => void,
): AsyncGenerator<Item> {
  let gone = false;
  const items = generate({ left: () => gone });
  const leave = (): void => {
    if (gone) return;
    gone = true;
    onLeave();
  };
  const stream = {
    [Symbol.asyncIterator]: () => stream,
    next: async () => {
      try {
        const item = await items.next();
        if (item.done) leave();
        return item;
      } catch (error) {
        leave();
        throw error;
      }
    },
    return: async () => {
      leave();
      await items.return(undefined);
      return { done: true as const, value: undefined };
    },
    throw: async (error: unknown) => {
      leave();
      return items.throw(error);
    },
    [Symbol.asyncDispose]: async () => {
      leave();
      await items.return(undefined);
    },
  };
  return stream;
}
