import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SendOutcome } from '../domain/conversation/delivery-facts.js';
import { channels, heldReasons, type Channel } from '../domain/message/message.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Figures, PoolLoad } from '../domain/ports/figures.js';
import type { Logger } from '../domain/ports/logger.js';
import { createAttestationMetrics } from './attestation-metrics.js';
import { createEdgeMetrics } from './edge-metrics.js';
import { createOperationMetrics } from './operation-metrics.js';

/** Figures of the database are read again after this, however often somebody asks. */
const REMEMBERED_FOR_MS = 1_000;
const SEND_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** How messages and attempts call what the provider's adapter calls unknown. */
const outcomeNames: Readonly<Record<SendOutcome['outcome'], string>> = {
  ACCEPTED: 'ACCEPTED',
  REFUSED: 'REFUSED',
  UNKNOWN: 'UNCONFIRMED',
};

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * The figures of this server and of the installation, for Prometheus. While the database doesn't answer, those that
 * come from it are left out.
 */
export function createMetrics(options: {
  readonly sockets: () => number;
  /** What the clients of the database are asked now. */
  readonly pools?: () => readonly PoolLoad[];
  readonly figures: { readonly read: () => Promise<Figures> };
  readonly clock: Clock;
  readonly log: Logger;
}) {
  const { sockets, pools = () => [], figures, clock, log } = options;
  const ofServer = new Registry();
  const ofDatabase = new Registry();
  collectDefaultMetrics({ register: ofServer });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [ofDatabase] });

  const edges = createEdgeMetrics(ofServer, { sockets, pools });
  const operations = createOperationMetrics(ofServer);
  const attempts = new Counter({
    name: 'assent_send_attempts_total',
    help: 'Messages that this server handed to the provider, by what came of it.',
    labelNames: ['channel', 'outcome'],
    registers: [ofServer],
  });
  const seconds = new Histogram({
    name: 'assent_send_seconds',
    help: 'How long the provider took to answer this server.',
    labelNames: ['channel'],
    buckets: SEND_SECONDS,
    registers: [ofServer],
  });
  const waiting = new Gauge({
    name: 'assent_outbox_waiting',
    help: 'Messages that have not left: QUEUED, and HELD by the reason. Each status is counted up to 10000.',
    labelNames: ['channel', 'status', 'reason'],
    registers: [ofDatabase],
  });
  const oldest = new Gauge({
    name: 'assent_outbox_oldest_seconds',
    help: 'How long the first queued message has waited for its turn; 0 when none waits.',
    labelNames: ['channel'],
    registers: [ofDatabase],
  });
  const held = gauge('assent_messages_held', 'All messages that are held, without a limit.');
  const unconfirmed = gauge('assent_messages_unconfirmed', 'Messages of unknown fate, counted up to 10000.');
  const refusedChannels = gauge('assent_channels_refused', 'WhatsApp channels that the provider refuses.');
  const refusedTemplates = gauge('assent_templates_refused', 'Channels whose opt-in template the provider refuses.');
  const feedWaiting = gauge('assent_feed_waiting', 'Transitions that have no position yet, counted up to 10000.');
  const feedLag = gauge('assent_feed_lag_seconds', 'How long the first of them has waited; 0 when none waits.');

  for (const channel of channels) {
    seconds.zero({ channel });
    for (const outcome of Object.values(outcomeNames)) attempts.inc({ channel, outcome }, 0);
  }

  let known: { readonly at: number; readonly figures: Promise<Figures> } | null = null;
  function recent(): Promise<Figures> {
    const at = clock.now().getTime();
    if (!known || at - known.at >= REMEMBERED_FOR_MS) known = { at, figures: figures.read() };
    return known.figures;
  }

  function secondsSince(since: Date | null | undefined): number {
    return since ? Math.max(0, (clock.now().getTime() - since.getTime()) / 1_000) : 0;
  }

  function show({ queued, held: heldNow, heldTotal, unconfirmed: lost, refused, feed }: Figures): void {
    for (const channel of channels) {
      const ofChannel = queued.find((one) => one.channel === channel);
      waiting.set({ channel, status: 'QUEUED', reason: '' }, ofChannel?.count ?? 0);
      oldest.set({ channel }, secondsSince(ofChannel?.since));
      for (const reason of heldReasons) {
        const count = heldNow.find((one) => one.channel === channel && one.reason === reason)?.count;
        waiting.set({ channel, status: 'HELD', reason }, count ?? 0);
      }
    }
    held.set(heldTotal);
    unconfirmed.set(lost);
    refusedChannels.set(refused.channels);
    refusedTemplates.set(refused.templates);
    feedWaiting.set(feed.waiting);
    feedLag.set(secondsSince(feed.since));
  }

  return {
    contentType: ofServer.contentType,
    ...edges,
    ...createAttestationMetrics(ofServer),
    /** Is told of the operations of this server. */
    operations,
    /** Counts a send of this server. */
    sent(
      channel: Channel,
      { outcome, seconds: took }: { readonly outcome: SendOutcome['outcome']; readonly seconds: number },
    ) {
      attempts.inc({ channel, outcome: outcomeNames[outcome] });
      seconds.observe({ channel }, took);
    },
    /** How long the first transition without a position has waited, as far as is known; read once a second at most. */
    feedLagSeconds: async (): Promise<number> => secondsSince((await recent()).feed.since),
    /** Everything, in the text format of Prometheus. */
    async text(): Promise<string> {
      try {
        show(await recent());
      } catch (error) {
        log.warn({ err: error }, 'the figures of the database could not be read');
        return ofServer.metrics();
      }
      return (await Promise.all([ofServer.metrics(), ofDatabase.metrics()])).join('\n');
    },
  };
}
