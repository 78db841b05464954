import type { Sql } from 'postgres';

const LOOK_MS = 250;

/** How much is asked and not yet answered, kept up to date. */
export type Load = { asked: number };

/** What postgres.js gives for a statement, which is sent when somebody first waits for it. */
type Query = Promise<unknown> & { handle: () => unknown };

/**
 * The client, which tells when a statement or a transaction has not come to its end so long after it was asked for. A
 * network that swallows all that is said ends no connection by itself for a quarter of an hour. Time in which this
 * process stood still does not count. Cursors and reserved connections are not watched.
 */
export function watchedClient(client: Sql, answerMs: number, overdue: () => void, load: Load = { asked: 0 }): Sql {
  /** At which look each was asked, the oldest first. */
  const asked = new Map<Promise<unknown>, number>();
  let looks = 0;
  let timer: NodeJS.Timeout | null = null;

  function look(): void {
    looks += 1;
    const [oldest] = asked.values();
    if (oldest !== undefined) {
      if ((looks - oldest) * LOOK_MS > answerMs) overdue();
    } else if (timer) {
      clearInterval(timer);
      timer = null;
    }
  }

  function watch(answer: unknown): unknown {
    if (!(answer instanceof Promise)) return answer;
    asked.set(answer, looks);
    load.asked += 1;
    timer ??= setInterval(look, LOOK_MS).unref();
    const answered = (): void => {
      if (asked.delete(answer)) load.asked -= 1;
    };
    // The plain `then`: that of a query would send it.
    void Promise.prototype.then.call(answer, answered, answered);
    return answer;
  }

  function watchOnceSent(given: unknown): unknown {
    if (!isQuery(given)) return given;
    const { handle } = given;
    given.handle = () => {
      given.handle = handle;
      watch(given);
      return handle.call(given);
    };
    return given;
  }

  const watchers = new Map<unknown, typeof watch>([
    ['unsafe', watchOnceSent],
    ['begin', watch],
  ]);
  return new Proxy(client, {
    apply: (target, self, args) => watchOnceSent(Reflect.apply(target, self, args)),
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      const watcher = watchers.get(key);
      if (watcher === undefined || typeof member !== 'function') return member;
      return (...args: readonly unknown[]) => watcher(Reflect.apply(member, target, args));
    },
  });
}

function isQuery(given: unknown): given is Query {
  return given instanceof Promise && 'handle' in given;
}
