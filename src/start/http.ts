import type { AddressInfo } from 'node:net';
import { v7 as newId } from 'uuid';
import type { Config } from '../config.js';
import type { Logger } from '../domain/ports/logger.js';
import { schemaText } from '../resolvers/build-schema.js';
import { registerHealth } from '../server/health.js';
import { createHttp, type Patience } from '../server/http.js';
import type { Tracing } from '../server/tracing.js';
import { countWebhooks } from '../server/webhook-count.js';
import type { Address } from './address.js';
import type { GraphQL } from './graphql.js';
import type { Receiving } from './receiving.js';
import type { Storage } from './storage.js';

export type Http = Awaited<ReturnType<typeof openHttp>>;

/** How long requests under way may take to finish after the server was told to stop. */
const GRACE_MS = 2_000;

/** The HTTP server: its routes, its health and the upgrade to WebSocket. It takes requests once it listens. */
export async function openHttp(options: {
  readonly config: Config;
  readonly graphql: GraphQL;
  readonly receiving: Pick<Receiving, 'webhook' | 'smsWebhook'>;
  readonly storage: Pick<Storage, 'database'>;
  readonly tracing: Tracing;
  readonly address: Address;
  readonly patience?: Patience;
  readonly log: Logger;
}) {
  const { config, graphql, receiving, storage, tracing, address, patience, log } = options;
  const { apollo, contexts, admit, stream, metrics, origins } = graphql;
  const { sql } = storage.database;
  const app = await createHttp({
    apollo,
    contexts,
    admit,
    stream,
    sdl: schemaText(graphql.schema),
    sdlNeedsCaller: config.production,
    webhook: receiving.webhook,
    smsWebhook: receiving.smsWebhook,
    graphiql: !config.production,
    watched: (watched) => {
      tracing.requests(watched);
      countWebhooks(watched, metrics.webhook);
    },
    origins: config.allowedOrigins.length > 0 ? origins : undefined,
    patience,
    newId,
    log,
  });

  let stopping = false;
  const isServing = (): boolean => !stopping && address.own() !== '';
  registerHealth(app, {
    checks: [
      {
        name: 'serving',
        required: true,
        look: () => (isServing() ? Promise.resolve('') : Promise.reject(new Error('not serving'))),
      },
      { name: 'database', required: true, look: async () => ((await sql`select 1`).count === 1 ? '' : 'no answer') },
      // It starts no server before they are applied.
      { name: 'migrations', required: true, look: () => Promise.resolve('applied at the start') },
      { name: 'feed', required: false, look: async () => `${(await metrics.feedLagSeconds()).toFixed(1)} s behind` },
    ],
    metrics,
  });
  app.server.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0] === '/graphql' && !stopping) graphql.upgrade(request, socket, head);
    else socket.destroy();
  });

  return {
    app,
    /** From here on it is ready, at its own address. */
    listen: async (): Promise<void> => {
      await app.listen({ port: config.port, host: config.host });
      address.listensAt(app.server.address() as AddressInfo);
    },
    /** Is no longer ready, and takes no more sockets. */
    turnAway: (): void => {
      stopping = true;
    },
    /** Resolves when what was asked is answered, or the grace is over. */
    stop: async (): Promise<void> => {
      const impatience = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
      await app.close();
      clearTimeout(impatience);
    },
  };
}
