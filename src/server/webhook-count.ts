import type { FastifyInstance } from 'fastify';
import type { Channel } from '../domain/message/message.js';

const channelsOf: Readonly<Record<string, Channel>> = {
  '/webhooks/whatsapp': 'WHATSAPP',
  '/webhooks/sms': 'SMS',
  '/webhooks/sms/status': 'SMS',
};

/** Tells of each webhook how it was answered. To be called before there are routes. */
export function countWebhooks(app: FastifyInstance, answered: (channel: Channel, status: number) => void): void {
  app.addHook('onResponse', (request, reply, done) => {
    const channel = request.method === 'POST' ? channelsOf[request.routeOptions.url ?? ''] : undefined;
    if (channel) answered(channel, reply.statusCode);
    done();
  });
}
