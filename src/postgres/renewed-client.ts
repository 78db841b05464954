/** A client and how it is ended; queries under way may take so many seconds to finish. */
export type Opened<Client extends object> = {
  readonly client: Client;
  readonly end: (graceS: number) => Promise<void>;
};

/** What goes on beside a connection that broke may take so long; what is lost is given up after it. */
const GRACE_S = 2;
/** While nothing can be reached, clients are not replaced more often. */
const PAUSE_MS = 200;

/**
 * A client that is replaced by another whenever one of its connections broke, or carries nothing any more. postgres.js
 * loses queries over that: one that is given to a connection between its error and its end is never answered, and a
 * connection that ends with something unsent is never usable again. Its end is what settles them. `open` is handed what
 * is to be called then.
 */
export function renewedClient<Client extends object>(
  open: (broken: () => void) => Opened<Client>,
): { readonly client: Client; readonly end: (graceS: number) => Promise<void> } {
  let renewedAt = -Infinity;
  let timer: NodeJS.Timeout | null = null;
  let ended = false;
  let latest = openNext();
  const first = latest.client;

  function openNext(): Opened<Client> {
    const next = open(() => {
      if (next === latest) renew();
    });
    return next;
  }

  function renew(): void {
    if (ended || timer !== null) return;
    const pause = renewedAt + PAUSE_MS - performance.now();
    if (pause > 0) {
      timer = setTimeout(() => {
        timer = null;
        renew();
      }, pause);
      return;
    }
    renewedAt = performance.now();
    const old = latest;
    latest = openNext();
    void old.end(GRACE_S);
  }

  return {
    // Whoever holds it asks the latest, whichever that is at the time.
    client: new Proxy(first, {
      apply: (_first, self, args) => {
        const { client } = latest;
        if (typeof client !== 'function') throw new TypeError('this client is not called');
        const answer: unknown = Reflect.apply(client, self, args);
        return answer;
      },
      get: (_first, key) => Reflect.get(latest.client, key),
    }),
    end: async (graceS) => {
      ended = true;
      if (timer) clearTimeout(timer);
      await latest.end(graceS);
    },
  };
}
