import type { Channel } from '../domain/message/message.js';
import { phoneKey } from '../domain/phone-number.js';
import type { Posted } from '../domain/evidence.js';
import type { ChannelHealth } from './channel-health.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Inbox, InboxEntry } from '../domain/ports/inbox.js';
import type { Logger } from '../domain/ports/logger.js';
import type { ProviderItem, ProviderNews } from '../domain/ports/provider-news.js';

/** Works through the inbox while it is started. */
export type InboxProcessor = {
  start(): void;
  /** Resolves when what was taken up is finished. */
  stop(): Promise<void>;
  /** Something was stored: look now instead of at the next poll. */
  wake(): void;
};

/** How far the work on stored webhooks has come; nothing else of that batch happens while a listener is told. */
export type InboxStep = 'INBOX_CLAIMED' | 'INBOX_ITEM_RECORDED' | 'INBOX_RECORDED' | 'INBOX_DONE';

type Task = { readonly entry: InboxEntry; readonly item: ProviderItem };

/**
 * Takes stored webhooks into the facts, one contact's items in their order. An item that fails stops no other; its
 * entry is kept and tried again, ever less often.
 */
export function createInboxProcessor(dependencies: {
  readonly inbox: Pick<Inbox, 'claim' | 'done' | 'failed'>;
  /** What an entry of each provider tells its organization. */
  readonly read: Readonly<Record<Channel, (entry: InboxEntry) => Promise<readonly ProviderItem[]>>>;
  readonly news: ProviderNews;
  readonly health: Pick<ChannelHealth, 'refused'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly pollMs?: number;
  readonly leaseMs?: number;
  /** Entries taken up at once. */
  readonly batch?: number;
  /** Contacts worked on at once. */
  readonly lanes?: number;
  readonly maxBackoffMs?: number;
  readonly reached?: (step: InboxStep) => void;
}): InboxProcessor {
  const { inbox, read, news, health, clock, log, reached } = dependencies;
  const { pollMs = 500, leaseMs = 60_000, batch = 50, lanes = 64, maxBackoffMs = 300_000 } = dependencies;
  let started = false;
  let woken = false;
  let poll: NodeJS.Timeout | undefined;
  let work: Promise<void> | null = null;

  function wake(): void {
    woken = true;
    if (!started || work) return;
    work = workThrough().finally(() => {
      work = null;
      if (woken) wake();
    });
  }

  async function workThrough(): Promise<void> {
    while (woken && started) {
      woken = false;
      try {
        const entries = await inbox.claim({ now: clock.now(), leaseMs, limit: batch });
        if (entries.length > 0) await takeUp(entries);
        if (entries.length === batch) woken = true;
      } catch (error) {
        log.error({ error: nameOf(error) }, 'the inbox could not be worked on');
        return;
      }
    }
  }

  async function takeUp(entries: readonly InboxEntry[]): Promise<void> {
    reached?.('INBOX_CLAIMED');
    const failures = new Map<InboxEntry, string>();
    const tasks: Task[] = [];
    for (const entry of entries) {
      try {
        tasks.push(...(await read[entry.channel](entry)).map((item) => ({ entry, item })));
      } catch (error) {
        failures.set(entry, nameOf(error));
      }
    }
    const waiting = [...byContact(tasks).values()].reverse();
    const worker = async (): Promise<void> => {
      for (let lane = waiting.pop(); lane; lane = waiting.pop()) {
        for (const { entry, item } of lane) {
          await take(entry, item).catch((error: unknown) => {
            failures.set(entry, nameOf(error));
          });
          reached?.('INBOX_ITEM_RECORDED');
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(lanes, waiting.length) }, worker));
    reached?.('INBOX_RECORDED');
    for (const entry of entries) await settle(entry, failures.get(entry));
    reached?.('INBOX_DONE');
  }

  async function take(entry: InboxEntry, item: ProviderItem): Promise<void> {
    if (item.kind === 'STATUS' && item.report.status === 'FAILED')
      await health.refused(entry, item.report.failure, { template: false });
    await news.record(entry.organizationId, item, postedOf(entry, item));
  }

  async function settle(entry: InboxEntry, failure: string | undefined): Promise<void> {
    if (failure === undefined) return inbox.done(entry);
    // As long again as it has waited already: the pauses double.
    const now = clock.now().getTime();
    const pause = Math.min(Math.max(now - entry.receivedAt.getTime(), 1000), maxBackoffMs);
    log.warn({ inboxId: entry.id, error: failure, pause }, 'a webhook has not taken effect and will be tried again');
    return inbox.failed(entry, new Date(now + pause), failure);
  }

  return {
    wake,
    start() {
      if (started) return;
      started = true;
      poll = setInterval(wake, pollMs);
      poll.unref();
      wake();
    },
    async stop() {
      started = false;
      clearInterval(poll);
      await work;
    },
  };
}

function byContact(tasks: readonly Task[]): Map<string, Task[]> {
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const key = `${task.entry.organizationId} ${laneOf(task.item)}`;
    const group = groups.get(key);
    if (group) group.push(task);
    else groups.set(key, [task]);
  }
  return groups;
}

/** What an item was read from, for whoever has to prove it. */
function postedOf({ id, receivedAt, signature, body }: InboxEntry, { part }: ProviderItem): Posted {
  return { inboxId: id, receivedAt, signature, body, part: part ?? null };
}

/** Statuses name no contact, and their order does not matter; those of one message stay together. */
function laneOf(item: ProviderItem): string {
  if (item.kind === 'STATUS') return item.attempt?.messageId ?? item.providerMessageId;
  if (item.kind === 'INBOUND_SMS') return phoneKey(item.phone);
  const { phone, identities } = item.from;
  return phone === null ? (identities[0] ?? '') : phoneKey(phone);
}

/** Which kind of error it was, and never its message: that may quote what the contact wrote. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}
