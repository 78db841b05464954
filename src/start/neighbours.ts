import { v7 as newId } from 'uuid';
import type { Logger } from '../domain/ports/logger.js';
import type { Placement, Wake } from '../domain/ports/wakes.js';
import { createBatchPublisher } from '../feed/batch-publisher.js';
import { createWakes } from '../feed/wakes.js';
import { connectNats } from '../nats/nats.js';
import { installationOf } from '../postgres/installation.js';
import { connectNotifications } from '../postgres/notifications.js';
import type { Storage } from './storage.js';

type News = { readonly transitions: boolean };

export type Neighbours = Awaited<ReturnType<typeof meetNeighbours>>;

/** Hints within this server, and between it and the others of the installation: through NATS, or else PostgreSQL. */
export async function meetNeighbours(options: {
  readonly natsUrl: string | null;
  readonly storage: Pick<Storage, 'database' | 'feedLog'>;
  readonly log: Logger;
}) {
  const { natsUrl, storage, log } = options;
  const { sql, openListening } = storage.database;
  const wakes = createWakes();
  const workers = new Set<(news: News) => void>();
  const heard = (hints: readonly Wake[], news: News = { transitions: true }): void => {
    wakes.publish(hints);
    for (const wake of workers) wake(news);
  };

  const nats =
    natsUrl === null
      ? null
      : connectNats({ url: natsUrl, installation: await installationOf(sql), received: heard, log });
  const others = nats ?? (await connectNotifications({ sql, openListening, serverId: newId(), received: heard, log }));
  const batches =
    nats &&
    createBatchPublisher({
      log: storage.feedLog,
      connected: nats.connected,
      publish: nats.publishBatch,
      hint: nats.publish,
      failed: (error) => log.warn({ err: error }, 'a batch was not published; other servers read it for themselves'),
    });

  return {
    wakes,
    /** What other servers placed, as they tell it; null where they only give hints. */
    batches: nats,
    /** Has a worker told of what is committed from now on, here or elsewhere; it begins by looking for itself. */
    onNews: (wake: (news: News) => void): void => void workers.add(wake),
    /** Tells this server and the others what was committed here. */
    committed: (hints: readonly Wake[], news: News): void => {
      heard(hints, news);
      others.publish(hints);
    },
    /** Tells the others what was placed here. */
    placed: (placements: readonly Placement[], hints: readonly Wake[]): void => {
      if (batches) batches.publish(placements);
      else others.publish(hints);
    },
    stop: async (): Promise<void> => {
      await batches?.stop();
      await others.stop();
    },
  };
}
