import type { Config } from '../config.js';
import type { ChannelHealth } from '../delivery/channel-health.js';
import { measured } from '../delivery/measured-provider.js';
import { createPost } from '../delivery/post.js';
import { startSender, type Sender, type SendStep } from '../delivery/sender.js';
import type { Core } from '../domain/core.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { Metrics } from '../server/metrics.js';
import type { TracedParts } from '../server/traced-parts.js';
import { createTwilioSms } from '../sms/twilio.js';
import { createCloudApi } from '../whatsapp/cloud-api.js';
import type { Address } from './address.js';
import { SIMULATOR_PATH } from './simulation.js';
import type { Storage } from './storage.js';

const META = 'https://graph.facebook.com';

/** The sender, with both providers or the simulator that stands for them. */
export function startSending(options: {
  readonly config: Config;
  readonly storage: Pick<Storage, 'outbox' | 'channels' | 'smsSenders' | 'simulatedSms'>;
  readonly core: Core;
  readonly health: ChannelHealth;
  readonly metrics: Pick<Metrics, 'sent'>;
  readonly traced: TracedParts;
  readonly address: Address;
  readonly clock: Clock;
  readonly log: Logger;
  readonly reached?: (step: SendStep) => void;
}): Sender {
  const { config, storage, core, health, metrics, traced, address, clock, log, reached } = options;
  const { outbox, channels, smsSenders, simulatedSms } = storage;
  const simulator = (): string => `${address.own()}${SIMULATOR_PATH}`;
  const post = createPost(config.whatsapp);
  const cloudApi = createCloudApi({
    channels,
    baseUrlFor: ({ simulated }) => config.whatsapp.baseUrl ?? (simulated ? simulator() : META),
    version: config.whatsapp.apiVersion,
    post,
    clock,
  });
  const twilioSms = createTwilioSms({
    senders: smsSenders,
    baseUrlFor: (sender) => (sender === simulatedSms ? simulator() : config.sms.baseUrl),
    publicUrl: address.public,
    post,
  });
  return startSender({
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
}
