import { v7 as newId } from 'uuid';
import type { Config } from '../config.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import { createFigures } from '../postgres/figures.js';
import type { buildAssentSchema } from '../resolvers/build-schema.js';
import { createContexts, type Shared } from '../server/contexts.js';
import { countedAdmission } from '../server/counted-admission.js';
import { createGraphQLServer } from '../server/graphql.js';
import { createMetrics } from '../server/metrics.js';
import { observeAll } from '../server/operation-observer.js';
import { createOperations } from '../server/operations.js';
import { createOrigins } from '../server/origins.js';
import { createRevocationWatch } from '../server/revocation-watch.js';
import { createSharedFeed } from '../server/shared-feed.js';
import { createEventStream } from '../server/sse.js';
import type { Tracing } from '../server/tracing.js';
import { createWebSockets } from '../server/websocket.js';
import type { Access } from './access.js';
import type { Storage } from './storage.js';

export type GraphQL = Awaited<ReturnType<typeof startGraphQL>>;

/** Operations over every transport, and the figures of what this server does. */
export async function startGraphQL(options: {
  readonly config: Config;
  readonly schema: ReturnType<typeof buildAssentSchema>;
  readonly access: Access;
  /** What operations work with. */
  readonly shared: Shared;
  readonly storage: Pick<Storage, 'database'>;
  readonly tracing: Tracing;
  readonly clock: Clock;
  readonly log: Logger;
}) {
  const { config, schema, access, shared, tracing, clock, log } = options;
  const { database } = options.storage;
  const contexts = createContexts(access.authenticator, shared);
  const metrics = createMetrics({
    sockets: () => sockets.count(),
    pools: database.loads,
    figures: createFigures(database.sql),
    clock,
    log,
  });
  const { admit } = countedAdmission(access.admission, metrics.refused);
  const operations = createOperations({
    schema,
    contexts,
    publishedDocuments: access.publishedDocuments,
    timeoutMs: config.operations.timeoutMs,
    observer: observeAll([metrics.operations, tracing.operations]),
    within: tracing.operations.within,
    clock,
    log,
  });
  const apollo = createGraphQLServer({ schema, operations, production: config.production, log });
  await apollo.start();
  const watch = createRevocationWatch({ stillValid: contexts.stillValid, log });
  const origins = createOrigins({ allowed: config.allowedOrigins, publicUrl: config.publicUrl });
  const sockets = createWebSockets({
    schema,
    contexts,
    admit,
    operations,
    sharedFeed: createSharedFeed({ cursors: shared.cursors, clock, log }),
    clock,
    newId,
    log,
    origins,
    watch,
    closed: metrics.socketClosed,
  });

  return {
    schema,
    contexts,
    admit,
    apollo,
    metrics,
    origins,
    stream: createEventStream({ contexts, admit, operations, clock, log, watch }),
    upgrade: sockets.upgrade,
    /** Tells sockets to come back, and waits until they are gone. */
    closeSockets: async (): Promise<void> => {
      watch.stop();
      await sockets.close();
    },
    stop: () => apollo.stop(),
  };
}
