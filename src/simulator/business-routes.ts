import type { FastifyInstance } from 'fastify';
import type { Channels, Clock } from '../domain/ports.js';
import type { Exchange } from './exchange.js';
import { errors, type GraphError } from './graph-error.js';
import { readPhone, type Phones } from './phones.js';
import { readSend } from './read-send.js';

/** What businesses call: Meta's address for sends, and an SMS provider's. */
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

  app.post<{ Params: { sid: string } }>('/2010-04-01/Accounts/:sid/Messages.json', async (request, reply) => {
    const refuse = (status: number, code: number, message: string) =>
      reply.code(status).send({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
    if (!/^Basic \S+$/i.test(request.headers.authorization ?? '')) return refuse(401, 20003, 'Authenticate');
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const [to, from, body] = ['To', 'From', 'Body'].map((name) => form.get(name)?.trim() ?? '');
    if (!to) return refuse(400, 21604, "A 'To' phone number is required.");
    if (!from) return refuse(400, 21603, "A 'From' phone number is required.");
    if (!body) return refuse(400, 21602, 'Message body is required.');
    const phone = to.startsWith('+') ? readPhone(to) : null;
    if (!phone) return refuse(400, 21211, "Invalid 'To' Phone Number");
    const message = await exchange.receiveSms(phone, body);
    return reply.code(201).send({
      sid: message.id,
      account_sid: request.params.sid,
      status: 'queued',
      direction: 'outbound-api',
      to: phone,
      from,
      body,
      num_segments: '1',
      error_code: null,
      error_message: null,
      date_created: new Date(message.at).toUTCString(),
    });
  });
}

function parse(body: unknown): unknown {
  if (typeof body !== 'string') return null;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
