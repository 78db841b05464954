import type { Config } from './config.js';
import { createChannelHealth } from './delivery/channel-health.js';
import type { InboxStep } from './delivery/inbox-processor.js';
import type { SendStep } from './delivery/sender.js';
import type { SweepStep } from './delivery/sweep.js';
import { startSweeps } from './delivery/sweeps.js';
import type { Clock } from './domain/ports/clock.js';
import type { Logger } from './domain/ports/logger.js';
import { buildAssentSchema } from './resolvers/build-schema.js';
import { cannotListen } from './server/cannot-listen.js';
import type { Patience } from './server/http.js';
import { openTracing } from './server/tracing.js';
import { addDemoContacts } from './simulator/demo-contacts.js';
import { createAccess } from './start/access.js';
import { createAddress } from './start/address.js';
import { startCleaning } from './start/cleaning.js';
import { openCore } from './start/core.js';
import { startFeed } from './start/feed.js';
import { startGraphQL } from './start/graphql.js';
import { openHttp } from './start/http.js';
import { meetNeighbours } from './start/neighbours.js';
import { createProof } from './start/proof.js';
import { createReceiving } from './start/receiving.js';
import { startSending } from './start/sending.js';
import { registerSimulation } from './start/simulation.js';
import { openStorage } from './start/storage.js';
import { startUpkeep } from './start/upkeep.js';
import { startUsage } from './start/usage.js';
import type { WebhookStep } from './whatsapp/webhook.js';

export type Server = {
  readonly url: string;
  /** What to tell whoever started it. */
  readonly welcome: readonly string[];
  /** Stops taking, tells sockets to come back, finishes what is under way. */
  readonly stop: () => Promise<void>;
};

/** A step that a crash could fall behind: what is committed before it is committed, what comes after has not begun. */
export type Step = SendStep | WebhookStep | InboxStep | SweepStep | 'COMMITTED';

/** For those who watch a server from the inside, or set its clock. */
export type Observer = {
  /** Called synchronously at each step of a send, a webhook, the inbox or a sweep, and after each commit of facts. */
  readonly reached?: (step: Step) => void;
  /** What it takes for the time; the machine's unless it is given. */
  readonly clock?: Clock;
  /** How long it waits for requests that come slowly. */
  readonly patience?: Patience;
};

/** Builds every part and introduces them to each other, in order; ready when it resolves. */
export async function startServer(
  config: Config,
  log: Logger,
  { reached, clock = { now: () => new Date() }, patience }: Observer = {},
): Promise<Server> {
  for (const warning of config.warnings) log.warn({}, warning);
  const demo = config.auth.jwtSecret === null && config.auth.jwksUrl === null;
  const address = createAddress(config.publicUrl);
  const tracing = await openTracing({ ...config.tracing, log });
  const traced = tracing.parts;

  // What is recorded, proven and told
  const storage = await openStorage({ config, demo, clock, log });
  const neighbours = await meetNeighbours({ natsUrl: config.natsUrl, storage, log });
  const { core, policy, erasure } = await openCore({ config, storage, neighbours, traced, clock, reached });
  const proof = createProof({ config, storage, clock, log });
  const feed = await startFeed({ storage, neighbours, proof, traced, clock, log });

  // What is asked from outside
  const schema = buildAssentSchema();
  const access = createAccess({ config, demo, schema, storage, clock, log });
  const { readers, feedLog, channels, outbox } = storage;
  const { attestations } = proof;
  const shared = { core, readers, feedLog, feed: feed.feed, cursors: feed.cursors, attestations, clock, policy };
  const graphql = await startGraphQL({ config, schema, access, shared, storage, tracing, clock, log });
  const { metrics } = graphql;
  const health = createChannelHealth({ channels, outbox, clock });
  const receiving = createReceiving({
    config,
    storage,
    news: core.news,
    health,
    traced,
    publicUrl: address.public,
    quarantined: metrics.webhookQuarantined,
    clock,
    log,
    reached,
  });
  const http = await openHttp({ config, graphql, receiving, storage, tracing, address, patience, log });
  await registerSimulation(http.app, { config, demo, storage, address, clock, log });

  // What happens by itself
  const sending = startSending({ config, storage, core, health, metrics, traced, address, clock, log, reached });
  proof.start(metrics.attestation);
  neighbours.onNews(({ transitions }) => {
    if (transitions) feed.wake();
    sending.wake();
  });
  const upkeep = startUpkeep({ storage, log });
  const usage = startUsage({ access, log });
  const cleaning = startCleaning({ storage, keepKeysMs: config.operations.keepKeysMs, clock, log });
  const sweeps = startSweeps({ ...config.delivery, outbox, erasure, core, clock, log, reached });

  const stop = async (): Promise<void> => {
    http.turnAway();
    await graphql.closeSockets();
    await http.stop();
    await graphql.stop();
    await cleaning.stop();
    await Promise.all([receiving.stop(), sending.stop(), sweeps.stop(), upkeep.stop()]);
    await usage.stop();
    await feed.stop();
    await proof.stop();
    await neighbours.stop();
    await storage.stop();
    await tracing.stop();
  };

  try {
    if (demo) {
      const organization = await storage.organizations.ensureDemo();
      await addDemoContacts(core, organization.id);
    }
    await http.listen();
  } catch (error) {
    await stop();
    throw cannotListen(error, config);
  }
  receiving.start();
  sending.wake();
  const url = address.own();
  log.info({ address: url }, 'ready');
  return { url, welcome: welcome(url, demo, config.production), stop };
}

function welcome(address: string, demo: boolean, production: boolean): readonly string[] {
  return [
    `Assent is ready at ${address}/graphql`,
    ...(production ? [] : [`Try it in a browser: ${address}/graphiql`]),
    ...(demo
      ? [
          'No authentication is configured: every caller is an admin of the organization "demo".',
          `Its WhatsApp is simulated: ${address}/simulator/contacts shows the phones.`,
        ]
      : []),
  ];
}
