import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import Fastify from 'fastify';
import { SignJWT } from 'jose';
import { createAdmission } from '../../src/access/admission.js';
import { makePartnerKey } from '../../src/access/partner-keys.js';
import { createAuthenticator } from '../../src/access/tokens.js';
import type { Core } from '../../src/domain/core.js';
import type { PartnerKey, PartnerScope } from '../../src/domain/partner.js';
import type { FeedLog } from '../../src/domain/ports/feed-log.js';
import type { Readers, TransitionView } from '../../src/domain/ports/readers.js';
import type { Permission } from '../../src/domain/ports/revocations.js';
import { createCursors } from '../../src/feed/cursors.js';
import { createSources } from '../../src/feed/sources.js';
import { createFeed } from '../../src/feed/streams.js';
import { createWakes } from '../../src/feed/wakes.js';
import { buildAssentSchema } from '../../src/resolvers/build-schema.js';
import { createContexts, type Shared } from '../../src/server/contexts.js';
import { createOperations } from '../../src/server/operations.js';
import { createOrigins } from '../../src/server/origins.js';
import { createRevocationWatch } from '../../src/server/revocation-watch.js';
import { createSharedFeed } from '../../src/server/shared-feed.js';
import type { SocketLimits } from '../../src/server/socket-admission.js';
import { createEventStream } from '../../src/server/sse.js';
import { createWebSockets } from '../../src/server/websocket.js';
import { recordingLog } from './channel-fakes.js';

const SECRET = 'a secret for tests that is long enough';
const schema = buildAssentSchema();

/** The server's own sockets and streams over a log in memory, with its times as a test wants them. */
export async function startFeedInMemory(
  times: {
    readonly pingMs?: number;
    readonly patienceMs?: number;
    /** How often callers who stay are looked after. */
    readonly watchMs?: number;
    readonly limits?: SocketLimits;
    readonly allowedOrigins?: readonly string[];
  } = {},
) {
  const transitions: TransitionView[] = [];
  const listeners = new Map<string, number>();
  const clock = { now: () => new Date() };
  const log = recordingLog();
  /** What a test may put in the way of a token, and of the log. */
  const ways = {
    authenticate: () => Promise.resolve(),
    read: () => Promise.resolve(),
    revocations: () => Promise.resolve(),
  };
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
  /** Subjects whose tokens and keys no longer count, and the questions about them. */
  const revoked = new Set<string>();
  const questions: (readonly Permission[])[] = [];
  const keys = new Map<string, PartnerKey>();
  const authenticator = createAuthenticator({
    trust: { jwtSecret: SECRET, jwksUrl: null },
    partnerKeys: { find: async (keyId) => keys.get(keyId) ?? null, used: () => undefined },
    revocations: {
      stillValid: async (permissions) => {
        questions.push(permissions);
        await ways.revocations();
        return permissions.map(({ subject }) => !revoked.has(subject));
      },
    },
    organizationIdOf: async (slug) => {
      await ways.authenticate();
      return slug;
    },
    clock,
  });
  const shared: Shared = {
    core: {} as Core,
    readers,
    feedLog,
    feed,
    cursors,
    attestations: {} as Shared['attestations'],
    clock,
    policy: {} as Shared['policy'],
  };
  const contexts = createContexts(authenticator, shared);
  const { admit } = createAdmission({ schema, revealsSchema: true, log });
  const operations = createOperations({ schema, contexts, clock, log });
  const watch = createRevocationWatch({ stillValid: contexts.stillValid, log, everyMs: times.watchMs });
  const sockets = createWebSockets({
    ...{ watch, limits: times.limits, origins: createOrigins({ allowed: times.allowedOrigins ?? [] }) },
    ...{ schema, contexts, admit, operations, clock, log },
    sharedFeed: createSharedFeed({ cursors, clock, log, patienceMs: times.patienceMs }),
    newId: randomUUID,
    pingMs: times.pingMs,
  });
  const app = Fastify({ forceCloseConnections: true });
  const stream = createEventStream({ contexts, admit, operations, clock, log, watch, patienceMs: times.patienceMs });
  app.route({ method: ['GET', 'POST'], url: '/graphql/stream', handler: stream });
  app.server.on('upgrade', sockets.upgrade);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;

  return {
    port,
    webSocketUrl: `ws://127.0.0.1:${port}/graphql`,
    log,
    ways,
    revoked,
    questions,
    token: (organizationId: string, { role = 'agent', sub = 'agent-1', seconds = 3_600 } = {}): Promise<string> =>
      new SignJWT({ org: organizationId, role })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(sub)
        .setExpirationTime(new Date(Date.now() + seconds * 1000))
        .sign(new TextEncoder().encode(SECRET)),
    /** A key of the organization's one partner. */
    key: (organizationId: string, scopes: readonly PartnerScope[]): string => {
      const { key, keyId, hash } = makePartnerKey(randomBytes);
      keys.set(keyId, {
        ...{ keyId, hash, organizationId, organizationSlug: organizationId, partnerId: 'partner-1' },
        ...{ partnerName: 'Partner', enforcement: 'OFF', scopes, expiresAt: null, revokedAt: null },
      });
      return key;
    },
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
      watch.stop();
      await sockets.close();
      await app.close();
    },
  };
}
