import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, type GraphQLObjectType } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { now } from '../../support/clock.js';
import { serve } from '../../support/serve.js';
import { nextEvent, peerSchema } from '../event.js';
import { createTopic } from './topic.js';

// graphql-ws as its documentation sets it up: graphql-js executes each event for each subscriber.
type Payload = { readonly consentTransitions: ReturnType<typeof nextEvent> };
const topic = createTopic<Payload>();
const schema = buildSchema(peerSchema);
const { consentTransitions } = (schema.getSubscriptionType() as GraphQLObjectType).getFields();
if (consentTransitions) consentTransitions.subscribe = () => topic.subscribe();

const http = createServer();
useServer({ schema }, new WebSocketServer({ server: http, path: '/graphql', perMessageDeflate: false }));
http.listen(0, '127.0.0.1', () => {
  serve({
    port: () => (http.address() as AddressInfo).port,
    subscribers: topic.size,
    publish: (count: number) => {
      const from = now();
      for (let sent = 0; sent < count; sent += 1) topic.publish({ consentTransitions: nextEvent() });
      return from;
    },
  });
});
