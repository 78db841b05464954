import type { FastifyInstance } from 'fastify';
import type { Channels } from '../domain/ports/channels.js';
import type { Clock } from '../domain/ports/clock.js';
import type { Exchange } from './exchange.js';
import { errors, type GraphError } from './graph-error.js';
import type { Phones } from './phones.js';
import { readSend } from './read-send.js';

/** What businesses call: Meta's address for sends. */
export function businessRoutes(
  app: FastifyInstance,
  dependencies: {
    readonly channels: Pick<Channels, 'byPhoneNumberIds'>;
    readonly exchange: Exchange;
    readonly phones: Phones;
    readonly clock: Clock;
  },
): void {
  const { channels, exchange, phones, clock } = dependencies;

  app.post<{ Params: { version: string; phoneNumberId: string } }>(
    '/:version/:phoneNumberId/messages',
    async (request, reply) => {
      const { version, phoneNumberId } = request.params;
      const refuse = ({ httpStatus, body }: GraphError) => reply.code(httpStatus).send(body);
      if (!/^v\d+\.\d+$/.test(version)) return refuse(errors.version());
      const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
      if (!token) return refuse(errors.token());
      const [channel] = await channels.byPhoneNumberIds([phoneNumberId]);
      if (!channel) return refuse(errors.noSuchNumber(phoneNumberId));
      if (token !== channel.accessToken) return refuse(errors.token());
      const send = readSend(parse(request.body), channel);
      if ('refused' in send) return refuse(send.refused);
      if (send.kind !== 'template' && !phones.windowIsOpen(send.to, phoneNumberId, clock.now())) {
        return refuse(errors.window());
      }
      const message = await exchange.receive(phoneNumberId, send);
      return {
        messaging_product: 'whatsapp',
        contacts: [{ input: send.input, wa_id: message.phone.slice(1) }],
        messages: [{ id: message.id, ...(send.kind === 'template' ? { message_status: 'accepted' } : {}) }],
      };
    },
  );
}

function parse(body: unknown): unknown {
  if (typeof body !== 'string') return null;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
