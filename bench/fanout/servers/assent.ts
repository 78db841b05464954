import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { v7 as newId } from 'uuid';
import { createAdmission } from '../../../src/access/admission.js';
import { createAuthenticator } from '../../../src/access/tokens.js';
import type { Core } from '../../../src/domain/core.js';
import type { FeedLog } from '../../../src/domain/ports/feed-log.js';
import type { Readers, TransitionView } from '../../../src/domain/ports/readers.js';
import { createCursors } from '../../../src/feed/cursors.js';
import { createSources } from '../../../src/feed/sources.js';
import { createFeed } from '../../../src/feed/streams.js';
import { createWakes } from '../../../src/feed/wakes.js';
import { buildAssentSchema } from '../../../src/resolvers/build-schema.js';
import { createContexts, type Shared } from '../../../src/server/contexts.js';
import { createOperationMetrics } from '../../../src/server/operation-metrics.js';
import { createOperations } from '../../../src/server/operations.js';
import { createRevocationWatch } from '../../../src/server/revocation-watch.js';
import { createSharedFeed } from '../../../src/server/shared-feed.js';
import { createWebSockets } from '../../../src/server/websocket.js';
import { now } from '../../support/clock.js';
import { serve } from '../../support/serve.js';
import { SECRET } from '../tokens.js';

// The server's own feed and sockets, schema, authentication and all, over a log in memory in PostgreSQL's place.
const ORGANIZATION = randomUUID();
const CONTACT = randomUUID();
const KEPT = 2_000;
const fail = (error: unknown): void => console.error('assent:', error);
const log = {
  debug: (): void => undefined,
  info: (): void => undefined,
  warn: (fields: object, message: string): void => console.error('assent:', message, fields),
  error: (fields: object, message: string): void => console.error('assent:', message, fields),
};

let head = 0n;
let recent: TransitionView[] = [];
const nothing = (): never => {
  throw new Error('no benchmark reads messages');
};
const feedLog: FeedLog = {
  head: () => Promise.resolve(head),
  after: (_organizationId, position, _filter, limit) => {
    const missing = Number(head - position);
    const transitions = missing === 0 ? [] : recent.slice(-missing).slice(0, limit);
    return Promise.resolve({ transitions, through: transitions.at(-1)?.position ?? head });
  },
  settled: () => Promise.resolve(),
  waitingSince: () => Promise.resolve(null),
  messageHead: nothing,
  messageChanges: nothing,
};

const clock = { now: () => new Date() };
const wakes = createWakes();
const cursors = createCursors(randomBytes(32));
const readers = {} as Readers;
const sources = createSources({ log: feedLog, wakes, batches: null, cursors, readers, clock, failed: fail });
const feed = createFeed({ sources, clock });
const schema = buildAssentSchema();
const authenticator = createAuthenticator({
  trust: { jwtSecret: SECRET, jwksUrl: null },
  organizationIdOf: () => Promise.resolve(ORGANIZATION),
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
const sockets = createWebSockets({
  schema,
  contexts,
  admit: createAdmission({ schema, revealsSchema: true, log }).admit,
  operations: createOperations({ schema, contexts, observer: createOperationMetrics(new Registry()), clock, log }),
  sharedFeed: createSharedFeed({ cursors, clock, log }),
  clock,
  newId,
  watch: createRevocationWatch({ stillValid: contexts.stillValid, log }),
  log,
});

function record(): void {
  head += 1n;
  const at = clock.now();
  recent.push({
    position: head,
    eventId: randomUUID(),
    organizationId: ORGANIZATION,
    contactId: CONTACT,
    contactVersion: 1_000_000 + Number(head),
    from: 'OPTED_OUT',
    to: 'OPTED_IN',
    cause: 'RECORDED',
    occurredAt: at,
    recordedAt: at,
  });
  if (recent.length > 2 * KEPT) recent = recent.slice(-KEPT);
}

const http = createServer();
http.on('upgrade', sockets.upgrade);
http.listen(0, '127.0.0.1', () => {
  serve({
    port: () => (http.address() as AddressInfo).port,
    publish: (count: number) => {
      const from = now();
      for (let recorded = 0; recorded < count; recorded += 1) {
        record();
        wakes.publish([{ organizationId: ORGANIZATION, contactId: null }]);
      }
      return from;
    },
  });
});
