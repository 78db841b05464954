import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { SmsSenders } from '../domain/ports/sms-senders.js';
import type { Exchange } from './exchange.js';
import { readPhone, type Phones } from './phones.js';

const writing = z.strictObject({ text: z.string().trim().min(1).max(1600), to: z.string().min(1).optional() });

/** An SMS provider's address for sends, and the hands of whoever writes an SMS from a simulated phone. */
export function smsRoutes(
  app: FastifyInstance,
  dependencies: {
    readonly smsSenders: Pick<SmsSenders, 'named' | 'enabled'>;
    readonly exchange: Exchange;
    readonly phones: Phones;
  },
): void {
  const { smsSenders, exchange, phones } = dependencies;

  app.post<{ Params: { sid: string } }>('/2010-04-01/Accounts/:sid/Messages.json', async (request, reply) => {
    const refuse = (status: number, code: number, message: string) =>
      reply.code(status).send({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
    const accountSid = request.params.sid;
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const field = (name: string) => form.get(name)?.trim() ?? '';
    const [to, from, body] = [field('To'), field('From'), field('Body')];
    const token = tokenIn(request.headers.authorization, accountSid);
    const account = (await smsSenders.named({ accountSid, number: from })).filter(
      (sender) => sender.accountSid === accountSid && sender.authToken === token,
    );
    if (account.length === 0) return refuse(401, 20003, 'Authenticate');
    if (!to) return refuse(400, 21604, "A 'To' phone number is required.");
    if (!from) return refuse(400, 21603, "A 'From' phone number is required.");
    if (!body) return refuse(400, 21602, 'Message body is required.');
    const phone = to.startsWith('+') ? readPhone(to) : null;
    if (!phone) return refuse(400, 21211, "Invalid 'To' Phone Number");
    if (!account.some((sender) => sender.from === from)) return refuse(400, 21606, "The 'From' number is not yours.");
    const statusCallback = field('StatusCallback');
    if (statusCallback && !URL.canParse(statusCallback)) return refuse(400, 21609, "Invalid 'StatusCallback'");
    const message = await exchange.receiveSms(phone, { accountSid, number: from }, body, statusCallback || null);
    return reply.code(201).send({
      sid: message.id,
      account_sid: accountSid,
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

  app.post<{ Params: { phone: string } }>('/contacts/:phone/sms', async (request, reply) => {
    const refuse = (status: 400 | 404 | 409, message: string) => reply.code(status).send({ error: { message } });
    const phone = readPhone(request.params.phone);
    if (!phone) return refuse(400, 'This is not a phone number.');
    const { data: written } = writing.safeParse(parse(request.body));
    if (!written) return refuse(400, 'Send {"text":"…"}, and "to" with a number of a business if you like.');
    const last = phones.lastSmsWriter(phone);
    const senders = await smsSenders.enabled();
    const number = written.to ?? last?.number ?? senders[0]?.from;
    if (number === undefined) return refuse(409, 'No business is set up for SMS.');
    const business = senders.find(({ from }) => from === number);
    if (!business) return refuse(404, 'No business has this number.');
    const { id, channel, direction, text, status, at } = await exchange.writeSms(
      phone,
      { accountSid: business.accountSid, number },
      written.text,
    );
    return { id, channel, direction, text, status, at, to: number };
  });
}

/** The password of the account, if these are the credentials of it. */
function tokenIn(authorization: string | undefined, accountSid: string): string | null {
  const encoded = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1];
  const [user, ...password] = Buffer.from(encoded ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return user === accountSid ? password.join(':') : null;
}

function parse(body: unknown): unknown {
  if (typeof body !== 'string') return null;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
