import type { Config } from '../config.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { SmsSender } from '../domain/ports/sms-senders.js';
import { createChannels } from '../postgres/channels.js';
import { startEmbeddedDatabase } from '../postgres/embedded.js';
import { createFeedLog } from '../postgres/feed-log.js';
import { loadKeyRing } from '../postgres/key-ring.js';
import { createOrganizations } from '../postgres/organizations.js';
import { createOutbox } from '../postgres/outbox.js';
import { openProtectedDatabase } from '../postgres/protected-database.js';
import { createReaders } from '../postgres/readers.js';
import { createSmsSenders } from '../postgres/sms-senders.js';

const CONNECTIONS = 10;
const SIMULATED_SMS: SmsSender = {
  organizationId: null,
  accountSid: 'ACsimulator',
  authToken: 'simulator',
  from: '+15005550006',
};

export type Storage = Awaited<ReturnType<typeof openStorage>>;

/** The database, embedded or another, with the keys of what is secret in it, and what most parts read and write there. */
export async function openStorage(options: {
  readonly config: Config;
  readonly demo: boolean;
  readonly clock: Clock;
  readonly log: Logger;
}) {
  const { config, demo, clock, log } = options;
  const embedded =
    config.databaseUrl === null
      ? await startEmbeddedDatabase({ dataDir: config.dataDir, log: (line) => log.debug({}, line) })
      : null;
  const databaseUrl = embedded?.url ?? config.databaseUrl ?? '';
  const database = await openProtectedDatabase(databaseUrl, { connections: CONNECTIONS });
  const { sql, scoped } = database;
  const { secrets, keptIn } = await loadKeyRing({ ...config, embedded: embedded !== null, sql });
  if (keptIn === 'DATABASE')
    log.warn({}, 'channel secrets are encrypted with a key kept beside them; set ENCRYPTION_KEY');

  /** The sender of organizations without one of their own, where it is the simulator's. */
  const simulatedSms = demo && config.sms.sender === null ? SIMULATED_SMS : null;
  const sharedSms = config.sms.sender ? { ...config.sms.sender, organizationId: null } : simulatedSms;
  const smsForAll = sharedSms !== null;

  return {
    databaseUrl,
    database,
    secrets,
    channels: createChannels({ sql, secrets, clock, log }),
    organizations: createOrganizations({ sql, secrets }),
    smsSenders: createSmsSenders({ sql, secrets, shared: sharedSms, log }),
    simulatedSms,
    smsForAll,
    readers: createReaders(scoped, smsForAll),
    feedLog: createFeedLog(scoped, (ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    outbox: createOutbox(sql, config.delivery.rates, database.kept),
    stop: async (): Promise<void> => {
      await database.close();
      await embedded?.stop();
    },
  };
}
