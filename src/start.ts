import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { v7 as newId } from 'uuid';
import { createAdmission } from './access/admission.js';
import { createRateLimits } from './access/rate-limits.js';
import { createAuthenticator } from './access/tokens.js';
import { startPublisher } from './attestation/publisher.js';
import { createWitness, postTo } from './attestation/witness.js';
import { attestingWith } from './attesting.js';
import type { Config } from './config.js';
import { addDemoContacts } from './simulator/demo-contacts.js';
import { createInboxProcessor, type InboxStep } from './delivery/inbox-processor.js';
import { createChannelHealth } from './delivery/channel-health.js';
import { createLoop } from './delivery/loop.js';
import { measured } from './delivery/measured-provider.js';
import { createPost } from './delivery/post.js';
import { startRetention } from './delivery/retention.js';
import { startSender, type SendStep } from './delivery/sender.js';
import type { SweepStep } from './delivery/sweep.js';
import { startSweeps } from './delivery/sweeps.js';
import { createCore } from './domain/core.js';
import { fixedPolicy } from './domain/policy.js';
import type { WhatsAppChannel } from './domain/ports/channels.js';
import type { Clock } from './domain/ports/clock.js';
import type { Logger } from './domain/ports/logger.js';
import type { SmsSender } from './domain/ports/sms-senders.js';
import type { Wake } from './domain/ports/wakes.js';
import { createCursors } from './feed/cursors.js';
import { createBatchPublisher } from './feed/batch-publisher.js';
import { startSequencer } from './feed/sequencer.js';
import { createSources } from './feed/sources.js';
import { createFeed } from './feed/streams.js';
import { createWakes } from './feed/wakes.js';
import { connectNats } from './nats/nats.js';
import { erasingWith } from './erasing.js';
import { notaryOf } from './notary.js';
import { createChannels } from './postgres/channels.js';
import { createConsentStore } from './postgres/consent-store.js';
import { startEmbeddedDatabase } from './postgres/embedded.js';
import { createFeedLog } from './postgres/feed-log.js';
import { createFigures } from './postgres/figures.js';
import { foldFunnelChanges } from './postgres/funnel.js';
import { createInbox } from './postgres/inbox.js';
import { installationOf } from './postgres/installation.js';
import { loadKeyRing } from './postgres/key-ring.js';
import { seekLeadership } from './postgres/leadership.js';
import { connectNotifications } from './postgres/notifications.js';
import { createOrganizations } from './postgres/organizations.js';
import { createOutbox } from './postgres/outbox.js';
import { openProtectedDatabase } from './postgres/protected-database.js';
import { createPartnerKeys } from './postgres/partner-keys.js';
import { createPublishedDocuments } from './postgres/published-documents.js';
import { createPointStore } from './postgres/rate-limits.js';
import { createReaders } from './postgres/readers.js';
import { createRetention } from './postgres/retention.js';
import { createRevocations } from './postgres/revocations.js';
import { createSmsSenders } from './postgres/sms-senders.js';
import { createSequencerStore } from './postgres/sequencer-store.js';
import { refreshStatistics } from './postgres/statistics.js';
import { serverKey } from './postgres/server-key.js';
import { createVacuum } from './postgres/vacuum.js';
import { buildAssentSchema, schemaText } from './resolvers/build-schema.js';
import { cannotListen } from './server/cannot-listen.js';
import { createContexts } from './server/contexts.js';
import { countedAdmission } from './server/counted-admission.js';
import { createGraphQLServer } from './server/graphql.js';
import { registerHealth } from './server/health.js';
import { createHttp, type Patience } from './server/http.js';
import { createMetrics } from './server/metrics.js';
import { observeAll } from './server/operation-observer.js';
import { createOperations } from './server/operations.js';
import { createOrigins } from './server/origins.js';
import { createRevocationWatch } from './server/revocation-watch.js';
import { createSharedFeed } from './server/shared-feed.js';
import { openTracing } from './server/tracing.js';
import { createEventStream } from './server/sse.js';
import { countWebhooks } from './server/webhook-count.js';
import { createWebSockets } from './server/websocket.js';
import { registerSimulator } from './simulator/simulator.js';
import { createInboxReader as createSmsInboxReader } from './sms/inbox-reader.js';
import { createTwilioSms } from './sms/twilio.js';
import { createSmsWebhook } from './sms/webhook.js';
import { createCloudApi } from './whatsapp/cloud-api.js';
import { createInboxReader } from './whatsapp/inbox-reader.js';
import { createWebhook, type WebhookStep } from './whatsapp/webhook.js';

const META = 'https://graph.facebook.com';
const SIMULATOR_PATH = '/simulator';
const SIMULATED_SMS: SmsSender = {
  organizationId: null,
  accountSid: 'ACsimulator',
  authToken: 'simulator',
  from: '+15005550006',
};
const CONNECTIONS = 10;
/** How long requests under way may take to finish after the server was told to stop. */
const GRACE_MS = 2_000;
/** How often the planner's statistics are looked after. */
const STATISTICS_MS = 5_000;
/** How often what commits did to the funnel is added to its counts. */
const FUNNEL_MS = 500;
/** How often room that deleted rows took is given to new ones, which overwrite them. */
const VACUUM_MS = 24 * 60 * 60 * 1000;
/** A server that has just started has other work. */
const FIRST_VACUUM_MS = 60 * 60 * 1000;
/** How often it is written what partners used. */
const USAGE_MS = 1_000;
/** How long whoever is told of signed checkpoints may take to answer. */
const WITNESS_MS = 5_000;

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
  const tracing = await openTracing({ ...config.tracing, log });
  const traced = tracing.parts;
  let address = '';

  // The database
  const embedded =
    config.databaseUrl === null
      ? await startEmbeddedDatabase({ dataDir: config.dataDir, log: (line) => log.debug({}, line) })
      : null;
  const databaseUrl = embedded?.url ?? config.databaseUrl ?? '';
  const database = await openProtectedDatabase(databaseUrl, { connections: CONNECTIONS });
  const { sql, scoped, openListening } = database;
  const { secrets, keptIn } = await loadKeyRing({ ...config, embedded: embedded !== null, sql });
  if (keptIn === 'DATABASE')
    log.warn({}, 'channel secrets are encrypted with a key kept beside them; set ENCRYPTION_KEY');
  const channels = createChannels({ sql, secrets, clock, log });
  const organizations = createOrganizations({ sql, secrets });

  const publicUrl = (): string => config.publicUrl ?? address;
  const simulatedSms = demo && config.sms.sender === null ? SIMULATED_SMS : null;
  const sharedSms = config.sms.sender ? { ...config.sms.sender, organizationId: null } : simulatedSms;
  const smsSenders = createSmsSenders({ sql, secrets, shared: sharedSms, log });
  const smsBaseUrlFor = (sender: SmsSender): string =>
    sender === simulatedSms ? `${address}${SIMULATOR_PATH}` : config.sms.baseUrl;

  // The core
  const policy = { ...config.optIn, ...config.delivery, ...fixedPolicy };
  const wakes = createWakes();
  // Other servers are heard before the workers are made; these begin by looking for themselves.
  let wakeWorkers = (_transitions: boolean): void => undefined;
  const heard = (news: readonly Wake[], { transitions } = { transitions: true }): void => {
    wakes.publish(news);
    wakeWorkers(transitions);
  };
  const nats =
    config.natsUrl === null
      ? null
      : connectNats({ url: config.natsUrl, installation: await installationOf(sql), received: heard, log });
  const neighbours =
    nats ?? (await connectNotifications({ sql, openListening, serverId: newId(), received: heard, log }));
  const consentStore = createConsentStore({
    scoped,
    notary: await notaryOf({ sql, secrets }),
    smsForAll: sharedSms !== null,
    committed: (news, of) => {
      if (news.length > 0) reached?.('COMMITTED');
      heard(news, of);
      neighbours.publish(news);
    },
  });
  const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');
  const store = traced.store(consentStore);
  const erasure = erasingWith({ sql, dataDir: config.dataDir });
  const core = createCore({ store, clock, newId, digest, policy, erasure, origin: traced.origin });

  // The feed
  const readers = createReaders(scoped, sharedSms !== null);
  const cursors = createCursors(await serverKey(sql, 'cursor', 32));
  const feedLog = createFeedLog(scoped, (ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  const sources = createSources({
    log: feedLog,
    wakes,
    batches: nats,
    cursors,
    readers,
    clock,
    failed: (error) => log.warn({ err: error }, 'the feed could not be read'),
  });
  const feed = createFeed({ sources, clock });
  const batches =
    nats &&
    createBatchPublisher({
      log: feedLog,
      connected: nats.connected,
      publish: nats.publishBatch,
      hint: nats.publish,
      failed: (error) => log.warn({ err: error }, 'a batch was not published; other servers read it for themselves'),
    });
  // The log that proves what was recorded
  const witness =
    config.checkpointUrl === null ? null : createWitness({ post: postTo(config.checkpointUrl, WITNESS_MS), log });
  const attesting = attestingWith({ database, secrets, dataDir: config.dataDir, clock, signed: witness?.tell });
  let wakePublisher = (_organizationId: string): void => undefined;
  const sequencer = startSequencer({
    seekLeadership: () => seekLeadership(databaseUrl),
    sequence: traced.sequence(createSequencerStore(sql).sequence),
    moved: (placements) => {
      const news = placements.map(({ organizationId }) => ({ organizationId, contactId: null }));
      wakes.publish(news);
      for (const { organizationId } of placements) wakePublisher(organizationId);
      if (batches) batches.publish(placements);
      else neighbours.publish(news);
    },
    log,
  });

  // GraphQL and HTTP
  const schema = buildAssentSchema();
  const partnerKeys = createPartnerKeys({ sql, clock });
  const publishedDocuments = createPublishedDocuments({ sql, scoped, clock });
  const authenticator = createAuthenticator({
    trust: config.auth,
    partnerKeys,
    organizationIdOf: async (slug) => (await organizations.findBySlug(slug))?.id ?? null,
    revocations: createRevocations(scoped),
    clock,
    undecided: (error) => log.warn({ err: error }, 'a caller could not be told from its token now'),
  });
  const contexts = createContexts(authenticator, {
    core,
    readers,
    feedLog,
    feed,
    cursors,
    attestations: attesting.attestations,
    clock,
    policy,
  });
  // A server without authentication has one caller, who is trying it.
  const pointsOf = (name: string, pointsPerMinute: number | null) =>
    demo || pointsPerMinute === null ? null : createPointStore({ sql, name, pointsPerMinute, log });
  const { rates, timeoutMs } = config.operations;
  const rateLimits = createRateLimits({
    callers: pointsOf('caller', rates.caller),
    organizations: pointsOf('organization', rates.organization),
    clock,
  });
  const metrics = createMetrics({
    sockets: () => sockets.count(),
    pools: database.loads,
    figures: createFigures(sql),
    clock,
    log,
  });
  const { admit } = countedAdmission(
    createAdmission({ schema, revealsSchema: !config.production, publishedDocuments, rateLimits, log }),
    metrics.refused,
  );
  const operations = createOperations({
    schema,
    contexts,
    publishedDocuments,
    timeoutMs,
    observer: observeAll([metrics.operations, tracing.operations]),
    within: tracing.operations.within,
    clock,
    log,
  });
  const apollo = createGraphQLServer({ schema, operations, production: config.production, log });
  await apollo.start();
  const watch = createRevocationWatch({ stillValid: contexts.stillValid, log });
  const origins = createOrigins({ allowed: config.allowedOrigins, publicUrl: config.publicUrl });
  const sharedFeed = createSharedFeed({ cursors, clock, log });
  const sockets = createWebSockets({
    schema,
    contexts,
    admit,
    operations,
    sharedFeed,
    clock,
    newId,
    log,
    origins,
    watch,
    closed: metrics.socketClosed,
  });
  const outbox = createOutbox(sql, config.delivery.rates, database.kept);
  const health = createChannelHealth({ channels, outbox, clock });
  const inbox = traced.inbox(createInbox(sql));
  const inboxProcessor = createInboxProcessor({
    inbox,
    read: {
      WHATSAPP: traced.read(createInboxReader({ channels, log })),
      SMS: traced.read(createSmsInboxReader({ log })),
    },
    news: traced.news(core.news),
    health,
    clock,
    log,
    leaseMs: config.delivery.leaseMs,
    reached,
  });
  const webhook = createWebhook({
    channels,
    inbox,
    clock,
    newId,
    verifyToken: config.whatsapp.verifyToken ?? '',
    wake: () => inboxProcessor.wake(),
    log,
    reached,
    quarantined: metrics.webhookQuarantined,
  });
  const smsWebhook = createSmsWebhook({
    senders: smsSenders,
    inbox,
    clock,
    newId,
    publicUrl,
    wake: () => inboxProcessor.wake(),
    log,
    reached,
  });
  const app = await createHttp({
    apollo,
    contexts,
    admit,
    stream: createEventStream({ contexts, admit, operations, clock, log, watch }),
    sdl: schemaText(schema),
    sdlNeedsCaller: config.production,
    webhook,
    smsWebhook,
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
  registerHealth(app, {
    checks: [
      {
        name: 'serving',
        required: true,
        look: () => (stopping || address === '' ? Promise.reject(new Error('not serving')) : Promise.resolve('')),
      },
      { name: 'database', required: true, look: async () => ((await sql`select 1`).count === 1 ? '' : 'no answer') },
      // It starts no server before they are applied.
      { name: 'migrations', required: true, look: () => Promise.resolve('applied at the start') },
      { name: 'feed', required: false, look: async () => `${(await metrics.feedLagSeconds()).toFixed(1)} s behind` },
    ],
    metrics,
  });
  const simulatorIsSet = config.whatsapp.baseUrl?.endsWith(SIMULATOR_PATH) ?? false;
  const smsSimulatorIsSet = config.sms.baseUrl.endsWith(SIMULATOR_PATH);
  // It may have been tried without authentication first: such a channel stays simulated.
  const isTried = async (): Promise<boolean> => (await channels.enabled()).some(({ simulated }) => simulated);
  if (!config.production && (demo || simulatorIsSet || smsSimulatorIsSet || (await isTried()))) {
    const usesSmsSimulator = (sender: SmsSender): boolean => sender === simulatedSms || smsSimulatorIsSet;
    const usesSimulator = ({ simulated }: WhatsAppChannel): boolean => simulated || simulatorIsSet;
    registerSimulator(app, {
      // It signs as the provider does, so it knows no channel but those that it stands in for.
      channels: {
        byPhoneNumberIds: async (ids) => (await channels.byPhoneNumberIds(ids)).filter(usesSimulator),
        enabled: async () => (await channels.enabled()).filter(usesSimulator),
      },
      webhookUrl: () => `${address}/webhooks/whatsapp`,
      smsSenders: {
        named: async (by) => (await smsSenders.named(by)).filter(usesSmsSimulator),
        enabled: async () => (await smsSenders.enabled()).filter(usesSmsSimulator),
      },
      smsWebhookUrl: () => `${publicUrl()}/webhooks/sms`,
      clock,
      newId,
      storageDir: join(config.dataDir, 'simulator'),
      log,
    });
  }

  // What happens by itself
  const post = createPost(config.whatsapp);
  const cloudApi = createCloudApi({
    channels,
    baseUrlFor: ({ simulated }) => config.whatsapp.baseUrl ?? (simulated ? `${address}${SIMULATOR_PATH}` : META),
    version: config.whatsapp.apiVersion,
    post,
    clock,
  });
  const twilioSms = createTwilioSms({ senders: smsSenders, baseUrlFor: smsBaseUrlFor, publicUrl, post });
  const sender = startSender({
    outbox,
    core,
    providers: {
      WHATSAPP: measured(traced.provider('WHATSAPP', cloudApi), (sent) => metrics.sent('WHATSAPP', sent)),
      SMS: measured(traced.provider('SMS', twilioSms), (sent) => metrics.sent('SMS', sent)),
    },
    health,
    clock,
    leaseMs: config.delivery.leaseMs,
    log,
    reached,
  });
  const publisher = startPublisher({ ...attesting, reports: metrics.attestation, logger: log });
  wakePublisher = publisher.wake;
  wakeWorkers = (transitions) => {
    if (transitions) sequencer.wake();
    sender.wake();
  };
  const statistics = createLoop({
    name: 'statistics',
    log,
    step: async () => {
      await refreshStatistics(sql);
      return STATISTICS_MS;
    },
  });
  const funnel = createLoop({
    name: 'funnel',
    log,
    step: async () => ((await foldFunnelChanges(sql)) ? 0 : FUNNEL_MS),
  });
  const usage = createLoop({
    name: 'usage',
    log,
    step: async () => {
      await partnerKeys.flush();
      await publishedDocuments.flush();
      return USAGE_MS;
    },
  });
  const vacuum = createVacuum(databaseUrl);
  let vacuums = false;
  const vacuuming = createLoop({
    name: 'vacuum',
    log,
    step: async () => {
      if (vacuums) await vacuum.run();
      const pause = vacuums ? VACUUM_MS : FIRST_VACUUM_MS;
      vacuums = true;
      return pause;
    },
  });
  const { keepKeysMs } = config.operations;
  const retention = startRetention({ retention: createRetention(sql), keepKeysMs, clock, log });
  const sweeps = startSweeps({ ...config.delivery, outbox, erasure, core, clock, log, reached });

  // The world
  app.server.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0] === '/graphql' && !stopping) sockets.upgrade(request, socket, head);
    else socket.destroy();
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    watch.stop();
    await sockets.close();
    const impatience = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
    await app.close();
    clearTimeout(impatience);
    await apollo.stop();
    await Promise.all([vacuum.close(), vacuuming.stop(), retention.stop()]);
    await Promise.all([inboxProcessor.stop(), sender.stop(), sweeps.stop(), statistics.stop(), funnel.stop()]);
    await usage.stop();
    await partnerKeys
      .flush()
      .then(publishedDocuments.flush)
      .catch((error: unknown) => {
        log.warn({ err: error }, 'what partners used last could not be written');
      });
    await sequencer.stop();
    await publisher.stop();
    await witness?.stop();
    await batches?.stop();
    await neighbours.stop();
    await database.close();
    await embedded?.stop();
    await tracing.stop();
  };

  try {
    if (demo) {
      const organization = await organizations.ensureDemo();
      await addDemoContacts(core, organization.id);
    }
    await app.listen({ port: config.port, host: config.host });
  } catch (error) {
    await stop();
    throw cannotListen(error, config);
  }
  address = `http://${hostOf(app.server.address() as AddressInfo)}`;
  inboxProcessor.start();
  sender.wake();
  log.info({ address }, 'ready');
  return { url: address, welcome: welcome(address, demo, config.production), stop };
}

function hostOf({ address, family, port }: AddressInfo): string {
  const reachable = address === '0.0.0.0' || address === '::' ? 'localhost' : address;
  return family === 'IPv6' && reachable !== 'localhost' ? `[${reachable}]:${port}` : `${reachable}:${port}`;
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
