import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import Fastify from 'fastify';
import { SignJWT } from 'jose';
import { createAuthenticator } from '../../src/access/tokens.js';
import type { Core } from '../../src/domain/core.js';
import type { FeedLog, Readers, TransitionView } from '../../src/domain/ports.js';
import { createCursors } from '../../src/feed/cursors.js';
import { createSources } from '../../src/feed/sources.js';
import { createFeed } from '../../src/feed/streams.js';
import { createWakes } from '../../src/feed/wakes.js';
import { buildAssentSchema } from '../../src/resolvers/build-schema.js';
import { createContexts, type Shared } from '../../src/server/contexts.js';
import { createDocuments } from '../../src/server/documents.js';
import { createSharedFeed } from '../../src/server/shared-feed.js';
import { createEventStream } from '../../src/server/sse.js';
import { createWebSockets } from '../../src/server/websocket.js';
import { recordingLog } from './channel-fakes.js';

const SECRET = 'a secret for tests that is long enough';
const schema = buildAssentSchema();

/** The server's own sockets and streams over a log in memory, with its times as a test wants them. */
export async function startFeedInMemory(times: { readonly pingMs?: number; readonly patienceMs?: number } = {}) {
  const transitions: TransitionView[] = [];
  const listeners = new Map<string, number>();
  const clock = { now: () => new Date() };
  const log = recordingLog();
  /** What a test may put in the way of a token, and of the log. */
  const ways = { authenticate: () => Promise.resolve(), read: () => Promise.resolve() };
  const of = (organizationId: string): TransitionView[] =>
    transitions.filter((transition) => transition.organizationId === organizationId);
  const nothing = (): never => {
    throw new Error('only transitions are there');
  };
  const feedLog: FeedLog = {
    head: async (organizationId) => BigInt(of(organizationId).length),
    after: async (organizationId, position, _filter, limit) => {
      await ways.read();
      const page = of(organizationId).slice(Number(position), Number(position) + limit);
      return { transitions: page, through: page.at(-1)?.position ?? position };
    },
    settled: async () => undefined,
    waitingSince: async () => null,
    messageHead: nothing,
    messageChanges: nothing,
  };

  const hints = createWakes();
  /** Each tail that is open listens for hints of its organization. */
  const wakes: typeof hints = {
    publish: hints.publish,
    subscribe: (organizationId, listener) => {
      const release = hints.subscribe(organizationId, listener);
      listeners.set(organizationId, (listeners.get(organizationId) ?? 0) + 1);
      return () => {
        release();
        listeners.set(organizationId, (listeners.get(organizationId) ?? 0) - 1);
      };
    },
  };
  const cursors = createCursors(randomBytes(32));
  const readers = {} as Readers;
  const failed = (error: unknown): void => log.warn({ err: error }, 'the feed could not be read');
  const feed = createFeed({
    sources: createSources({ batches: null, log: feedLog, wakes, cursors, readers, clock, failed }),
    clock,
  });
  const authenticator = createAuthenticator({
    trust: { jwtSecret: SECRET, jwksUrl: null },
    organizationIdOf: async (slug) => {
      await ways.authenticate();
      return slug;
    },
    clock,
  });
  const shared: Shared = { core: {} as Core, readers, feedLog, feed, cursors, clock, policy: {} as Shared['policy'] };
  const contexts = createContexts(authenticator, shared);
  const documents = createDocuments({ schema, introspection: true });
  const sockets = createWebSockets({
    ...{ schema, contexts, documents, clock, log },
    sharedFeed: createSharedFeed({ cursors, clock, log, patienceMs: times.patienceMs }),
    newId: randomUUID,
    pingMs: times.pingMs,
  });
  const app = Fastify({ forceCloseConnections: true });
  const stream = createEventStream({ schema, contexts, documents, clock, log, patienceMs: times.patienceMs });
  app.route({ method: ['GET', 'POST'], url: '/graphql/stream', handler: stream });
  app.server.on('upgrade', sockets.upgrade);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;

  return {
    port,
    webSocketUrl: `ws://127.0.0.1:${port}/graphql`,
    log,
    ways,
    token: (organizationId: string): Promise<string> =>
      new SignJWT({ org: organizationId, role: 'agent' })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject('agent-1')
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode(SECRET)),
    /** So many more transitions of an organization's one contact. */
    record: (organizationId: string, count: number): void => {
      const known = of(organizationId).length;
      const at = clock.now();
      for (let version = known + 1; version <= known + count; version += 1) {
        transitions.push({
          ...{ organizationId, contactId: 'ana', eventId: randomUUID(), position: BigInt(version) },
          ...{ contactVersion: version, from: 'OPTED_OUT', to: 'OPTED_IN', cause: 'RECORDED' },
          ...{ occurredAt: at, recordedAt: at },
        });
      }
      wakes.publish([{ organizationId, contactId: null }]);
    },
    sockets: sockets.count,
    /** TCP connections that the server has. */
    connections: () => promisify(app.server.getConnections.bind(app.server))(),
    /** Whether anything reads an organization's feed. */
    isFollowed: (organizationId: string): boolean => (listeners.get(organizationId) ?? 0) > 0,
    close: async () => {
      await sockets.close();
      await app.close();
    },
  };
}
