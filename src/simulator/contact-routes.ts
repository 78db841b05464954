import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Channels } from '../domain/ports/channels.js';
import type { Exchange } from './exchange.js';
import { readPhone, type Phone, type PhoneMessage, type Phones } from './phones.js';

const replySchema = z.union([
  z.strictObject({ button: z.enum(['accept', 'decline']), phoneNumberId: z.string().min(1).optional() }),
  z.strictObject({ text: z.string().trim().min(1).max(4096), phoneNumberId: z.string().min(1).optional() }),
]);

/** A script presses a button sooner than what it asked for has arrived. */
const patienceMs = 2_000;
const lookMs = 50;

const replyUsage = 'Send {"button":"accept"}, {"button":"decline"} or {"text":"…"}, and "phoneNumberId" if you like.';

/** The hands of whoever holds a simulated phone. */
export function contactRoutes(
  app: FastifyInstance,
  dependencies: {
    readonly channels: Pick<Channels, 'byPhoneNumberIds' | 'enabled'>;
    readonly exchange: Exchange;
    readonly phones: Phones;
    /** Brings the phones to what has happened elsewhere. */
    readonly catchUp: () => Promise<void>;
  },
): void {
  const { channels, exchange, phones, catchUp } = dependencies;

  async function press(phone: Phone, phoneNumberId: string | null, button: 'accept' | 'decline') {
    for (let waited = 0; ; waited += lookMs) {
      const pressed = await exchange.press(phone, phoneNumberId, button);
      if (!('canNot' in pressed) || pressed.httpStatus !== 404 || waited >= patienceMs) return pressed;
      await pause(lookMs);
      await catchUp();
    }
  }

  app.get('/contacts', async () => ({ phones: phones.all() }));

  app.get<{ Params: { phone: string } }>('/contacts/:phone', async (request, reply) => {
    const phone = readPhone(request.params.phone);
    if (!phone) return refuse(reply, 400, 'This is not a phone number.');
    return { phone, messages: phones.on(phone).map(shown) };
  });

  app.post<{ Params: { phone: string } }>('/contacts/:phone/reply', async (request, reply) => {
    const phone = readPhone(request.params.phone);
    if (!phone) return refuse(reply, 400, 'This is not a phone number.');
    const { data: answer } = replySchema.safeParse(parse(request.body));
    if (!answer) return refuse(reply, 400, replyUsage);
    const { phoneNumberId: named = null } = answer;
    if (named !== null && (await channels.byPhoneNumberIds([named])).length === 0) {
      return refuse(reply, 404, 'There is no channel with this phoneNumberId.');
    }
    if ('button' in answer) {
      const pressed = await press(phone, named, answer.button);
      return 'canNot' in pressed ? refuse(reply, pressed.httpStatus, pressed.canNot) : shown(pressed);
    }
    const phoneNumberId = named ?? phones.lastWriter(phone) ?? (await channels.enabled())[0]?.phoneNumberId;
    if (phoneNumberId === undefined) return refuse(reply, 409, 'No WhatsApp channel is enabled to write to.');
    return shown(await exchange.write(phone, phoneNumberId, answer.text));
  });
}

function shown({ id, channel, direction, kind, text, buttons, status, at, phoneNumberId, contextId }: PhoneMessage) {
  return { id, channel, direction, kind, text, buttons, status, at, phoneNumberId, contextId };
}

function refuse(reply: FastifyReply, httpStatus: 400 | 404 | 409, message: string) {
  return reply.code(httpStatus).send({ error: { message } });
}

function parse(body: unknown): unknown {
  if (typeof body !== 'string') return null;
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
