import type { FastifyInstance } from 'fastify';
import type { Channels } from '../domain/ports/channels.js';
import type { Clock, NewId } from '../domain/ports/clock.js';
import type { Logger } from '../domain/ports/logger.js';
import type { SmsSenders } from '../domain/ports/sms-senders.js';
import { businessRoutes } from './business-routes.js';
import { contactRoutes } from './contact-routes.js';
import { createExchange } from './exchange.js';
import { openJournal } from './journal.js';
import { createPhones } from './phones.js';
import { createPostman } from './postman.js';
import { smsRoutes } from './sms-routes.js';

/**
 * Mounts a look-alike of Meta's Cloud API and of an SMS provider under `/simulator`. It posts signed webhooks, and with
 * a `storageDir` it remembers phones and unposted webhooks across restarts, and shares them with others that have it.
 */
export function registerSimulator(
  app: FastifyInstance,
  dependencies: {
    readonly channels: Pick<Channels, 'byPhoneNumberIds' | 'enabled'>;
    /** Asked for each post: the address may be known only once the server listens. */
    readonly webhookUrl: () => string;
    readonly smsSenders: Pick<SmsSenders, 'named' | 'enabled'>;
    readonly smsWebhookUrl: () => string;
    readonly clock: Clock;
    readonly newId: NewId;
    readonly storageDir?: string | null;
    readonly log: Logger;
  },
): void {
  const { channels, webhookUrl, smsSenders, smsWebhookUrl, clock, newId, storageDir = null, log } = dependencies;

  app.register(
    async (scope) => {
      const phones = createPhones();
      const journal = await openJournal(storageDir, newId(), phones.apply);
      const postman = createPostman({
        channels,
        smsSenders,
        webhookUrl,
        smsWebhookUrl,
        clock,
        log,
        onDone: async ({ id }) => {
          phones.apply({ type: 'POSTED', id });
          await journal.append([{ type: 'POSTED', id }]);
        },
      });
      const exchange = createExchange({ phones, journal, postman, clock, newId });

      // Servers that share the directory share the phones: whichever sends, whichever is asked.
      scope.addHook('preHandler', () => journal.catchUp());
      // Bodies are parsed by the routes: each answers a broken one in the words of whom it stands for.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
      businessRoutes(scope, { channels, exchange, phones, clock });
      smsRoutes(scope, { smsSenders, exchange, phones });
      contactRoutes(scope, { channels, exchange, phones, catchUp: journal.catchUp });

      scope.addHook('onListen', async () => postman.deliver(phones.unposted()));
      scope.addHook('preClose', () => postman.stop());
      scope.addHook('onClose', () => journal.close());
    },
    { prefix: '/simulator' },
  );
}
