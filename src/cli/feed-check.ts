import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { example, wholeNumberUpTo } from './arguments.js';
import { createFeedApi } from './feed-api.js';
import { judgeFeed, type FeedVerdict, type PagedTransition } from './feed-verdict.js';
import { watchFeed } from './feed-watcher.js';
import { print } from './terminal.js';
import type { Terminal } from './terminal.js';

/** How long what was written may take to appear, first in the pages, then at the subscribers. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 50;
/** Numbers that no one has: +1 202 555 0100 to 0199. */
const MAX_CONTACTS = 100;

type CheckOptions = {
  readonly url: string;
  readonly token?: string;
  readonly connections: number;
  readonly seconds: number;
  readonly write?: boolean;
  readonly contacts: number;
  readonly json?: boolean;
};

/** `assent feed …`; it talks to a running server as any client does, and needs no settings. */
export function addFeedCommand(program: Command, terminal: Terminal): void {
  const feed = program.command('feed').description('the feed of consent transitions of a running server');

  feed
    .command('check')
    .description('hold a running server to its promise: subscribers miss nothing, whatever happens to their sockets')
    .requiredOption('--url <url>', 'where the server is, such as http://127.0.0.1:4000')
    .option('--token <token>', 'who is asking: an admin or an agent with --write, otherwise anyone who may read')
    .option('--connections <count>', 'how many subscribers', wholeNumberUpTo(1_000), 4)
    .option('--seconds <count>', 'how long', wholeNumberUpTo(86_400), 10)
    .option('--write', 'write meanwhile, on contacts made for it; without it, only listen')
    .option('--contacts <count>', 'how many contacts to write on', wholeNumberUpTo(MAX_CONTACTS), 4)
    .option('--json', 'print JSON')
    .addHelpText('after', example('feed check --url http://127.0.0.1:4000 --write --seconds 30'))
    .action(async (options: CheckOptions) => {
      const verdict = await check(options);
      print(terminal, options, verdict, describeVerdict(verdict));
      if (!verdict.ok) throw new Error('The feed did not keep its promise.');
    });
}

async function check({
  connections,
  seconds,
  write = false,
  contacts,
  ...options
}: CheckOptions): Promise<FeedVerdict> {
  const url = new URL('/graphql', options.url).href;
  const token = options.token ?? null;
  const api = createFeedApi({ url, token });
  const after = await api.head();
  const watchers = Array.from({ length: connections }, () => watchFeed({ url, token, after, chance: Math.random }));
  const end = Date.now() + seconds * 1_000;
  try {
    const written = await Promise.all([
      ...Array.from({ length: write ? contacts : 0 }, (_, index) => writeUntil(api, phoneAt(index), end)),
      sleep(end - Date.now()).then(() => null),
    ]);
    for (const { stopTrouble } of watchers) stopTrouble();
    const own = new Map(written.flatMap((by) => (by ? [[by.contactId, by.count]] : [])));
    const total = [...own.values()].reduce((sum, count) => sum + count, 0);
    const recordedIn = (pages: readonly PagedTransition[]): number =>
      pages.filter(({ contact }) => own.has(contact.id)).length;

    let truth = await api.pagesAfter(after);
    await eventually(async () => recordedIn((truth = await api.pagesAfter(after))) >= total);
    await eventually(() => truth.every(({ eventId }) => watchers.every(({ has }) => has(eventId))));
    return judgeFeed(truth, watchers, { written: total, recorded: recordedIn(truth) });
  } finally {
    await Promise.all(watchers.map(({ close }) => close()));
  }
}

async function writeUntil(
  api: ReturnType<typeof createFeedApi>,
  phone: string,
  end: number,
): Promise<{ readonly contactId: string; readonly count: number }> {
  const { id, consent } = await api.contact(phone);
  let optedIn = consent.status === 'OPTED_IN';
  let count = 0;
  for (; Date.now() < end; count += 1) {
    await api.write(id, optedIn ? 'withdrawConsent' : 'recordConsent');
    optedIn = !optedIn;
  }
  return { contactId: id, count };
}

async function eventually(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isTrue()) && Date.now() < deadline) await sleep(LOOK_MS);
}

function describeVerdict(verdict: FeedVerdict): string {
  const { connections, interruptions, written, expected, received, missing, reordered, lagMs } = verdict;
  return [
    `${connections} subscribers, interrupted ${interruptions} times, ${written} transitions written meanwhile.`,
    `Received ${received}; the pages hold ${expected} for each subscriber.`,
    `Missing ${missing}, out of order ${reordered}, repeated ${verdict.repeatedMarked} marked and ${verdict.repeatedUnmarked} unmarked.`,
    `In the pages: ${verdict.versionGaps} gaps between versions of a contact, ${verdict.unrecorded} writes not recorded.`,
    `Lag of what was live: half within ${lagMs.p50 ?? '–'} ms, 99 of 100 within ${lagMs.p99 ?? '–'} ms.`,
    verdict.ok ? 'The feed kept its promise.' : 'The feed did NOT keep its promise.',
  ].join('\n');
}

function phoneAt(index: number): string {
  return `+1202555${String(100 + index).padStart(4, '0')}`;
}
