import DataLoader from 'dataloader';
import type { OrganizationSettings } from '../domain/conversation/conversation.js';
import type { ConversationQueue } from '../domain/conversation/expectation.js';
import { attemptsFrom, type DeliveryAttempt } from '../domain/message/attempts.js';
import type { FeedLog } from '../domain/ports/feed-log.js';
import type {
  ContactView,
  MessageView,
  OptInRequestView,
  Page,
  Readers,
  TransitionView,
} from '../domain/ports/readers.js';

/** A page of what belongs to one contact. */
export type ContactPage<After> = { readonly contactId: string; readonly first: number; readonly after: After | null };

export type Loaders = ReturnType<typeof createLoaders>;

/** Reads for one operation: what many places ask for at once is read at once, and what was read is remembered. */
export function createLoaders({
  readers,
  feedLog,
  organizationId,
}: {
  readonly readers: Readers;
  readonly feedLog: Pick<FeedLog, 'settled'>;
  readonly organizationId: string;
}) {
  const contacts = new DataLoader<string, ContactView | null>((ids) => readers.contacts(organizationId, ids));
  const messages = new DataLoader<string, MessageView | null>((ids) => readers.messages(organizationId, ids));
  const attempts = new DataLoader<string, readonly DeliveryAttempt[]>(async (ids) =>
    (await readers.stepsOf(organizationId, ids)).map(attemptsFrom),
  );
  const queues = new DataLoader<string, ConversationQueue | null>((ids) => readers.queues(organizationId, ids));
  const latestRequests = new DataLoader<string, OptInRequestView | null>((ids) =>
    readers.latestRequests(organizationId, ids),
  );
  const messagesOf = pageLoader<MessageView, number>((ids, page) => readers.messagesOf(organizationId, ids, page));
  const transitionsOf = pageLoader<TransitionView, bigint>((ids, page) =>
    readers.transitionsOf(organizationId, ids, page),
  );
  let organization: Promise<OrganizationSettings> | null = null;
  let settled: Promise<void> | null = null;

  async function readOrganization(): Promise<OrganizationSettings> {
    const found = await readers.organization(organizationId);
    if (!found) throw new Error(`organization ${organizationId} does not exist`);
    return found;
  }

  return {
    contacts,
    messages,
    /** By message. */
    attempts,
    /** By contact. */
    queues,
    /** By contact. */
    latestRequests,
    messagesOf,
    transitionsOf,
    /** The viewer's own organization. */
    organization: () => (organization ??= readOrganization()),
    /** Resolves when what was committed before the first call has its place in the feed. */
    settled: () => (settled ??= feedLog.settled(organizationId)),
    /** Forgets what was read: something has changed since, by a mutation or with the time between two events. */
    forget(): void {
      for (const loader of [contacts, messages, attempts, queues, latestRequests, messagesOf, transitionsOf])
        loader.clearAll();
      organization = null;
      settled = null;
    },
  };
}

/** One read for all contacts whose page begins alike. */
function pageLoader<Item, After extends number | bigint>(
  read: (
    contactIds: readonly string[],
    page: { readonly first: number; readonly after: After | null },
  ) => Promise<readonly Page<Item>[]>,
) {
  const begin = ({ first, after }: ContactPage<After>) => `${first} ${after ?? ''}`;
  const name = (key: ContactPage<After>) => `${key.contactId} ${begin(key)}`;
  return new DataLoader<ContactPage<After>, Page<Item>, string>(
    async (keys) => {
      const groups = new Map<string, ContactPage<After>[]>();
      for (const key of keys) groups.set(begin(key), [...(groups.get(begin(key)) ?? []), key]);
      const found = new Map<string, Page<Item>>();
      await Promise.all(
        [...groups.values()].map(async (group) => {
          const [{ first, after } = { first: 0, after: null }] = group;
          const pages = await read(
            group.map(({ contactId }) => contactId),
            { first, after },
          );
          group.forEach((key, index) => found.set(name(key), pages[index] ?? { items: [], hasNextPage: false }));
        }),
      );
      return keys.map((key) => found.get(name(key)) ?? { items: [], hasNextPage: false });
    },
    { cacheKeyFn: name },
  );
}
