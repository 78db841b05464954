import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import mercurius, { type PubSub } from 'mercurius';
import { now } from '../../support/clock.js';
import { serve } from '../../support/serve.js';
import { nextEvent, peerSchema } from '../event.js';

// Mercurius with its own subscriptions and its own publisher in memory.
const TOPIC = 'transitions';
let subscribers = 0;
const app = Fastify({ forceCloseConnections: true });
await app.register(mercurius, {
  schema: peerSchema,
  resolvers: {
    Subscription: {
      consentTransitions: {
        subscribe: async (_root: unknown, _args: unknown, { pubsub }: { readonly pubsub: PubSub }) => {
          const events = await pubsub.subscribe(TOPIC);
          subscribers += 1;
          return events;
        },
      },
    },
  },
  subscription: { wsDefaultSubprotocol: 'graphql-transport-ws' },
});
await app.listen({ port: 0, host: '127.0.0.1', backlog: 8192 });
serve({
  port: () => (app.server.address() as AddressInfo).port,
  subscribers: () => subscribers,
  publish: (count: number) => {
    const from = now();
    for (let sent = 0; sent < count; sent += 1) {
      app.graphql.pubsub.publish({ topic: TOPIC, payload: { consentTransitions: nextEvent() } });
    }
    return from;
  },
});
