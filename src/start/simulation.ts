import { join } from 'node:path';
import { v7 as newId } from 'uuid';
import type { Config } from '../config.js';
import type { WhatsAppChannel } from '../domain/ports/channels.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { SmsSender } from '../domain/ports/sms-senders.js';
import { registerSimulator } from '../simulator/simulator.js';
import type { Address } from './address.js';
import type { Http } from './http.js';
import type { Storage } from './storage.js';

export const SIMULATOR_PATH = '/simulator';

/** Mounts the simulator where a setting or a channel asks for it, and never in production. It stops with `app`. */
export async function registerSimulation(
  app: Http['app'],
  options: {
    readonly config: Config;
    readonly demo: boolean;
    readonly storage: Pick<Storage, 'channels' | 'smsSenders' | 'simulatedSms'>;
    readonly address: Address;
    readonly clock: Clock;
    readonly log: Logger;
  },
): Promise<void> {
  const { config, demo, storage, address, clock, log } = options;
  const { channels, smsSenders, simulatedSms } = storage;
  const isSet = config.whatsapp.baseUrl?.endsWith(SIMULATOR_PATH) ?? false;
  const smsIsSet = config.sms.baseUrl.endsWith(SIMULATOR_PATH);
  // It may have been tried without authentication first: such a channel stays simulated.
  const isTried = async (): Promise<boolean> => (await channels.enabled()).some(({ simulated }) => simulated);
  if (config.production || !(demo || isSet || smsIsSet || (await isTried()))) return;

  const usesSimulator = ({ simulated }: WhatsAppChannel): boolean => simulated || isSet;
  const usesSmsSimulator = (sender: SmsSender): boolean => sender === simulatedSms || smsIsSet;
  registerSimulator(app, {
    // It signs as the provider does, so it knows no channel but those that it stands in for.
    channels: {
      byPhoneNumberIds: async (ids) => (await channels.byPhoneNumberIds(ids)).filter(usesSimulator),
      enabled: async () => (await channels.enabled()).filter(usesSimulator),
    },
    webhookUrl: () => `${address.own()}/webhooks/whatsapp`,
    smsSenders: {
      named: async (by) => (await smsSenders.named(by)).filter(usesSmsSimulator),
      enabled: async () => (await smsSenders.enabled()).filter(usesSmsSimulator),
    },
    smsWebhookUrl: () => `${address.public()}/webhooks/sms`,
    clock,
    newId,
    storageDir: join(config.dataDir, 'simulator'),
    log,
  });
}
