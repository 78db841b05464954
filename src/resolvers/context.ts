import type { Policy } from '../domain/conversation/agent-commands.js';
import type { DeliveryPolicy } from '../domain/conversation/delivery-facts.js';
import type { Core } from '../domain/core.js';
import type { Caller } from '../domain/deciding.js';
import type { Attestations } from '../domain/attestation-log.js';
import type { Clock } from '../domain/ports/clock.js';
import type { FeedLog } from '../domain/ports/feed-log.js';
import type { Cursors, Feed } from '../domain/ports/feed.js';
import type { Readers } from '../domain/ports/readers.js';
import type { Viewer } from '../domain/viewer.js';
import type { Loaders } from './loaders.js';

/** What one operation is resolved with. Each operation has its own: loaders remember what they read. */
export type Context = {
  readonly viewer: Viewer;
  readonly core: Core;
  readonly readers: Readers;
  readonly feedLog: FeedLog;
  readonly feed: Feed;
  readonly cursors: Cursors;
  readonly attestations: Attestations;
  readonly loaders: Loaders;
  readonly clock: Clock;
  readonly policy: Policy & Pick<DeliveryPolicy, 'orderWaitMs' | 'pairIntervalMs'>;
  /** The head of the feed, asked for before anything else was read; null when the operation does not select it. */
  feedHead: Promise<bigint> | null;
  readonly requestId: string;
};

/** The viewer as the domain knows those who give commands. */
export function callerOf({ viewer }: Context): Caller {
  return { organizationId: viewer.organizationId, id: viewer.subject, name: viewer.name ?? viewer.subject };
}
