/** What a benchmark has started: all of it ends with the scope, the newest first. */
export type Scope = {
  readonly atEnd: (task: () => Promise<unknown>) => void;
  readonly end: () => Promise<void>;
};

/** Ending twice is ending once; a task that fails does not keep the others from being done. */
export function createScope(): Scope {
  const tasks: (() => Promise<unknown>)[] = [];
  return {
    atEnd: (task) => tasks.push(task),
    end: async () => {
      for (let task = tasks.pop(); task; task = tasks.pop()) {
        await task().catch((error: unknown) => console.error('While stopping:', error));
      }
    },
  };
}
