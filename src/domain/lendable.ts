/** What is made for the first who uses a key, shared by all who do, and closed after the last. */
export function createShared<Key, Value extends { readonly close: () => void }>(options: {
  readonly nameOf: (key: Key) => string;
  readonly open: (key: Key) => Promise<Value>;
}): { readonly use: (key: Key) => { readonly opened: Promise<Value>; readonly release: () => void } } {
  const { nameOf, open } = options;
  const entries = new Map<string, { users: number; readonly opened: Promise<Value> }>();

  return {
    use: (key) => {
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
