import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Logger } from '../domain/ports/logger.js';
import type { TransitionView } from '../domain/ports/readers.js';
import type { Batches, Wake } from '../domain/ports/wakes.js';
import { keepConnected } from './connection.js';
import { createHintSender } from './hints.js';
import { batchMessages, readBatch, readHints } from './messages.js';
import { seldom } from './seldom.js';

/** NATS carries 1 MiB unless it is told otherwise. */
const MAX_BYTES = 256 * 1024;
/** What can't be read is logged this often at most. */
const COMPLAINT_MS = 60_000;

export type Nats = Batches & {
  /** Whether something published now would leave. What is published while it would not is dropped. */
  readonly connected: () => boolean;
  /** Hints to the other servers. Losing one costs them a poll, not data. */
  readonly publish: (wakes: readonly Wake[]) => void;
  /** New transitions of one organization to the servers that listen to it. */
  readonly publishBatch: (organizationId: string, transitions: readonly TransitionView[]) => void;
  readonly stop: () => Promise<void>;
};

type Topic = {
  readonly listeners: Set<(transitions: readonly TransitionView[]) => void>;
  subscription: Subscription | null;
};

/**
 * Hints and batches between the servers of one installation. Returns at once: whether NATS is there or not, and comes or
 * goes, the log of the feed has all of it. `received`, like every listener, hears only what other servers published.
 */
export function connectNats(options: {
  readonly url: string;
  readonly installation: string;
  readonly received: (wakes: readonly Wake[]) => void;
  readonly log: Logger;
}): Nats {
  const { url, installation, received, log } = options;
  const hintsSubject = `assent.${installation}.hints`;
  const feedSubject = (organizationId: string): string => `assent.${installation}.feed.${organizationId}`;
  const topics = new Map<string, Topic>();
  const complain = seldom(COMPLAINT_MS, (subject: string, problem: unknown) =>
    log.warn({ subject, err: problem }, 'a message of NATS was lost; the database has what it told'),
  );

  const link = keepConnected({
    url,
    log,
    opened: (connection) => {
      listen(connection, hintsSubject, readHints, received);
      for (const [organizationId, topic] of topics) follow(connection, organizationId, topic);
    },
  });
  const hints = createHintSender((message) => send(hintsSubject, message));

  function listen<News>(
    connection: NatsConnection,
    subject: string,
    read: (text: string) => News | null,
    take: (news: News) => void,
  ): Subscription {
    return connection.subscribe(subject, {
      callback: (error, message) => {
        // Nothing may reach the library from here: it would stop reading the connection.
        try {
          if (error) throw error;
          const news = read(message.string());
          if (news === null) throw new Error('a message is not what this version understands');
          take(news);
        } catch (problem) {
          complain(subject, problem);
        }
      },
    });
  }

  function follow(connection: NatsConnection, organizationId: string, topic: Topic): void {
    topic.subscription = listen(
      connection,
      feedSubject(organizationId),
      (text) => readBatch(organizationId, text),
      (transitions) => {
        for (const listener of topic.listeners) listener(transitions);
      },
    );
  }

  function send(subject: string, message: string): void {
    if (!link.connected()) return;
    try {
      link.connection()?.publish(subject, message);
    } catch (error) {
      complain(subject, error);
    }
  }

  return {
    connected: link.connected,
    publish: (wakes) => {
      if (link.connected()) hints.publish(wakes);
    },
    publishBatch: (organizationId, transitions) => {
      const maxBytes = Math.min(MAX_BYTES, link.connection()?.info?.max_payload ?? MAX_BYTES);
      for (const message of batchMessages(transitions, maxBytes)) send(feedSubject(organizationId), message);
    },
    subscribe: (organizationId, listener) => {
      const topic = topics.get(organizationId) ?? { listeners: new Set(), subscription: null };
      const isNew = topic.listeners.size === 0;
      topic.listeners.add(listener);
      topics.set(organizationId, topic);
      const connection = link.connection();
      if (isNew && connection && !connection.isClosed()) follow(connection, organizationId, topic);
      return () => {
        if (!topic.listeners.delete(listener) || topic.listeners.size > 0) return;
        if (topics.get(organizationId) === topic) topics.delete(organizationId);
        topic.subscription?.unsubscribe();
      };
    },
    stop: async () => {
      hints.stop();
      await link.stop();
    },
  };
}
