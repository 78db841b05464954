import type { Chance } from '../support/chance.js';
import { signed, webhookOf } from '../support/provider-stand-in.js';

const FLUSH_MS = 50;
/** How long an answer is waited for. */
const PATIENCE_MS = 5_000;
/** Items of one webhook, at most. */
const MOST = 25;
/** How many webhooks are on their way at most. */
const COURIERS = 16;
/** Of a hundred. */
const [POSTED_TWICE, KEPT_BACK] = [5, 10];

type Item = { readonly phoneNumberId: string; readonly kind: 'messages' | 'statuses'; readonly item: object };

/**
 * Posts what the provider has to tell to any of the servers: shuffled, some of it late, some of it twice, and all of it
 * again and again until it is answered with 200.
 */
export function startPostOffice(options: {
  readonly chance: Chance;
  readonly appSecret: string;
  /** The server to try now; null while there is none. */
  readonly url: () => string | null;
}) {
  const { chance, appSecret, url } = options;
  let waiting: Item[] = [];
  const onTheirWay = new Set<Promise<void>>();
  let told = 0;
  let repeated = 0;

  async function deliver(items: readonly Item[]): Promise<void> {
    const [first] = items;
    const to = url();
    const of = (kind: Item['kind']) => items.filter((one) => one.kind === kind).map(({ item }) => item);
    const contents = { messages: of('messages'), statuses: of('statuses') };
    const body = webhookOf({ phoneNumberId: first?.phoneNumberId ?? '', ...contents });
    const isTold = to !== null && (await post(`${to}/webhooks/whatsapp`, body).catch(() => false));
    if (!isTold) {
      repeated += items.length;
      waiting.push(...items);
      return;
    }
    told += items.length;
    if (chance.from(1, 100) > POSTED_TWICE) return;
    repeated += items.length;
    waiting.push(...items);
  }

  async function post(address: string, body: object): Promise<boolean> {
    const { bytes, signature } = signed(body, appSecret);
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
      body: new Uint8Array(bytes),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.arrayBuffer();
    return response.status === 200;
  }

  function flush(): void {
    const kept: Item[] = [];
    const now = chance.shuffled(waiting);
    waiting = [];
    for (const group of groupsOf(now)) {
      if (onTheirWay.size >= COURIERS || chance.from(1, 100) <= KEPT_BACK) kept.push(...group);
      else {
        const way = deliver(group).finally(() => onTheirWay.delete(way));
        onTheirWay.add(way);
      }
    }
    waiting.push(...kept);
  }
  const timer = setInterval(flush, FLUSH_MS);

  return {
    post: (item: Item): void => void waiting.push(item),
    /** Whether all that was posted has been answered. */
    isEmpty: (): boolean => waiting.length === 0 && onTheirWay.size === 0,
    /** Items that were answered, and those of them and others that were posted again. */
    counts: () => ({ told, repeated }),
    close: async (): Promise<void> => {
      clearInterval(timer);
      await Promise.allSettled(onTheirWay);
    },
  };
}

/** So many items of one number at a time. */
function groupsOf(items: readonly Item[]): readonly (readonly Item[])[] {
  const groups: Item[][] = [];
  const open = new Map<string, Item[]>();
  for (const item of items) {
    const group = open.get(item.phoneNumberId);
    if (group && group.length < MOST) group.push(item);
    else {
      const next = [item];
      groups.push(next);
      open.set(item.phoneNumberId, next);
    }
  }
  return groups;
}
