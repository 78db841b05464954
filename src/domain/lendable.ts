/** Lends what is made for the first who asks for a key to all who ask for it, and closes it after the last. */
export function createLendable<Key, Value extends { readonly close: () => void }>(options: {
  readonly nameOf: (key: Key) => string;
  readonly open: (key: Key) => Promise<Value>;
}): { readonly borrow: (key: Key) => { readonly opened: Promise<Value>; readonly release: () => void } } {
  const { nameOf, open } = options;
  type Entry = { readonly name: string; readonly opened: Promise<Value>; users: number };
  const entries = new Map<string, Entry>();

  /** The names of those who come later are not kept. */
  function entryOf(key: Key): Entry {
    const name = nameOf(key);
    const entry = entries.get(name) ?? { name, opened: open(key), users: 0 };
    entries.set(name, entry);
    return entry;
  }

  return {
    borrow: (key) => {
      const entry = entryOf(key);
      entry.users += 1;
      let released = false;
      return {
        opened: entry.opened,
        release: () => {
          if (released) return;
          released = true;
          entry.users -= 1;
          if (entry.users > 0) return;
          if (entries.get(entry.name) === entry) entries.delete(entry.name);
          void entry.opened.then(
            (value) => value.close(),
            () => undefined,
          );
        },
      };
    },
  };
}
