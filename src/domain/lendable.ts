/** Lends what is made for the first who asks for a key to all who ask for it, and closes it after the last. */
export function createLendable<Key, Value extends { readonly close: () => void }>(options: {
  readonly nameOf: (key: Key) => string;
  readonly open: (key: Key) => Promise<Value>;
}): { readonly borrow: (key: Key) => { readonly opened: Promise<Value>; readonly release: () => void } } {
  const { nameOf, open } = options;
  const entries = new Map<string, { users: number; readonly opened: Promise<Value> }>();

  return {
    borrow: (key) => {
      const name = nameOf(key);
      const entry = entries.get(name) ?? { users: 0, opened: open(key) };
      entries.set(name, entry);
      entry.users += 1;
      let released = false;
      return {
        opened: entry.opened,
        release: () => {
          if (released) return;
          released = true;
          entry.users -= 1;
          if (entry.users > 0) return;
          if (entries.get(name) === entry) entries.delete(name);
          void entry.opened.then(
            (value) => value.close(),
            () => undefined,
          );
        },
      };
    },
  };
}
