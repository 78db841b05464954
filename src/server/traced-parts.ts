import type { Channel } from '../domain/message/message.js';
import type { Change, ConsentStore } from '../domain/ports/consent-store.js';
import type { Inbox, InboxEntry } from '../domain/ports/inbox.js';
import type { MessagingProvider } from '../domain/ports/messaging-provider.js';
import type { ProviderItem, ProviderNews } from '../domain/ports/provider-news.js';
import type { Placement } from '../domain/ports/wakes.js';
import { asSpan, type Place, type Spans } from './spans.js';

/** Of so many messages and webhooks it is remembered because of what they came to be; of older ones no more. */
const REMEMBERED = 10_000;

type Read = (entry: InboxEntry) => Promise<readonly ProviderItem[]>;
type Sequence = (limit: number) => Promise<{ readonly moved: readonly Placement[]; readonly more: boolean }>;

/** Parts that tell of what they do as spans; otherwise they are as they were. */
export type TracedParts = {
  /** Where a command comes from. */
  readonly origin: () => Place | null;
  readonly store: (store: ConsentStore) => ConsentStore;
  readonly provider: (channel: Channel, provider: MessagingProvider) => MessagingProvider;
  readonly inbox: (inbox: Inbox) => Inbox;
  readonly read: (read: Read) => Read;
  readonly news: (news: ProviderNews) => ProviderNews;
  readonly sequence: (sequence: Sequence) => Sequence;
};

export const untracedParts: TracedParts = {
  origin: () => null,
  store: (store) => store,
  provider: (_channel, provider) => provider,
  inbox: (inbox) => inbox,
  read: (read) => read,
  news: (news) => news,
  sequence: (sequence) => sequence,
};

/**
 * What happens later hangs on what it happens because of: a send on the operation that queued the message, the taking
 * in of a webhook on the request that brought it. This server remembers that for a while; another one can't know.
 */
export function createTracedParts(spans: Spans): TracedParts {
  const messages = createRecent<Place>();
  const webhooks = createRecent<Place>();
  const items = new WeakMap<ProviderItem, Place>();

  /** What a change was asked for by, or what its messages were. */
  function causeOf({ draft }: Change, origin: Place | null | undefined): Place | null {
    const cause = origin ?? draft.messages.map(({ messageId }) => messages.get(messageId)).find(Boolean) ?? null;
    if (cause) for (const { messageId } of draft.messages) messages.set(messageId, cause);
    return cause;
  }

  return {
    origin: spans.here,

    store: (store) => ({
      load: (requests) => store.load(requests),
      append: (changes, origins = []) => {
        const causes = changes.map((change, index) => causeOf(change, origins[index]));
        const [parent = null, ...links] = new Set(causes.filter((cause) => cause !== null));
        const attributes = {
          'assent.changes': changes.length,
          'assent.events': changes.reduce((sum, { draft }) => sum + draft.events.length, 0),
          'assent.messages': changes.reduce((sum, { draft }) => sum + draft.messages.length, 0),
        };
        const span = spans.begin('commit', { kind: 'CLIENT', parent, links, attributes });
        return asSpan(
          spans,
          span,
          // Who is woken by the commit works for everybody, and on no operation's account.
          () => spans.within(null, () => store.append(changes, origins)),
          (outcomes) => ({
            attributes: { 'assent.conflicts': outcomes.filter((outcome) => outcome === 'CONFLICT').length },
          }),
        );
      },
    }),

    provider: (channel, provider) => ({
      send: (message) => {
        const span = spans.begin(`send ${channel}`, {
          kind: 'CLIENT',
          parent: messages.get(message.messageId) ?? null,
          attributes: {
            'assent.organization_id': message.organizationId,
            'assent.message_id': message.messageId,
            'assent.message_kind': message.kind,
            'assent.attempt': message.attempt,
          },
        });
        return asSpan(
          spans,
          span,
          () => provider.send(message),
          ({ outcome }) => ({
            attributes: { 'assent.outcome': outcome },
            failure: outcome === 'ACCEPTED' ? undefined : outcome,
          }),
        );
      },
    }),

    inbox: (inbox) => ({
      ...inbox,
      store: (entries) => {
        const here = spans.here();
        if (here) for (const { id } of entries) webhooks.set(id, here);
        return inbox.store(entries);
      },
    }),

    read: (read) => async (entry) => {
      const found = await read(entry);
      const cause = webhooks.get(entry.id);
      if (cause) for (const item of found) items.set(item, cause);
      return found;
    },

    news: (news) => ({
      record: (organizationId, item) => {
        const attributes = { 'assent.organization_id': organizationId, 'assent.item': item.kind };
        const parent = items.get(item) ?? null;
        const span = spans.begin('webhook item', { kind: 'CONSUMER', parent, attributes });
        return asSpan(spans, span, () => news.record(organizationId, item));
      },
    }),

    // Most of the time there is nothing to place, and nothing is told.
    sequence: (sequence) => async (limit) => {
      const span = spans.begin('feed batch', { kind: 'INTERNAL', parent: null, attributes: {} });
      const batch = await spans.within(span.place, () => sequence(limit));
      if (batch.moved.length > 0) {
        const placed = batch.moved.reduce((sum, placement) => sum + placement.placed, 0);
        span.set({ 'assent.transitions': placed, 'assent.organizations': batch.moved.length });
        span.end();
      }
      return batch;
    },
  };
}

/** Remembers the newest of what it is told. */
function createRecent<Value>() {
  const known = new Map<string, Value>();
  return {
    get: (key: string): Value | undefined => known.get(key),
    set: (key: string, value: Value): void => {
      known.delete(key);
      known.set(key, value);
      const [oldest] = known.keys();
      if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
    },
  };
}
