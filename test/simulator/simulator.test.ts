import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WhatsAppChannel } from '../../src/domain/ports/channels.js';
import type { SmsSender } from '../../src/domain/ports/sms-senders.js';
import { registerSimulator } from '../../src/simulator/simulator.js';
import { verify } from '../../src/sms/signature.js';
import { channelOf, channelsOf, recordingLog } from '../support/channel-fakes.js';
import { patience } from '../support/patience.js';
import { senderOf, sendersOf } from '../support/sms-fakes.js';

type Hook = { readonly value: Json; readonly signed: boolean };
type Json = ReturnType<typeof JSON.parse>;

const open: FastifyInstance[] = [];
let hooks: Hook[] = [];
let smsHooks: { readonly path: string; readonly form: Record<string, string>; readonly signed: boolean }[] = [];
let answers: number[] = [];
let now = new Date('2026-05-01T10:00:00.400Z');
beforeEach(() => {
  hooks = [];
  smsHooks = [];
  answers = [];
  now = new Date('2026-05-01T10:00:00.400Z');
});
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

/** A server with the simulator and a webhook that keeps what it takes; `answers` are its next answers, then 200. */
async function started(
  channels: readonly WhatsAppChannel[] = [channelOf()],
  storageDir: string | null = null,
  senders: readonly SmsSender[] = [senderOf()],
) {
  const app = fastify();
  open.push(app);
  let ids = 0;
  const run = `${Math.random()}`;
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post('/webhooks/whatsapp', async (request, reply) => {
      const body = request.body as Buffer;
      const { value } = JSON.parse(body.toString()).entry[0].changes[0];
      const secret =
        channels.find(({ phoneNumberId }) => phoneNumberId === value.metadata.phone_number_id)?.appSecret ?? '';
      const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
      const status = answers.shift() ?? 200;
      if (status === 200) hooks.push({ value, signed: request.headers['x-hub-signature-256'] === signature });
      return reply.code(status).send('');
    });
    scope.post('/webhooks/*', async (request, reply) => {
      const form = new URLSearchParams((request.body as Buffer).toString());
      const signature = String(request.headers['x-twilio-signature']);
      const signed = verify(`${base}${request.url}`, form, signature, 'token-1');
      smsHooks.push({ path: request.url, form: Object.fromEntries(form), signed });
      return reply.send('');
    });
  });
  let base = '';
  registerSimulator(app, {
    channels: channelsOf(...channels),
    webhookUrl: () => `${base}/webhooks/whatsapp`,
    smsSenders: sendersOf(senders),
    smsWebhookUrl: () => `${base}/webhooks/sms`,
    clock: { now: () => now },
    newId: () => `${run}-${++ids}`,
    storageDir,
    log: recordingLog(),
  });
  base = await app.listen({ port: 0, host: '127.0.0.1' });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const sent = {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: text }),
    };
    const response = await fetch(`${base}/simulator${path}`, sent);
    const answer: Json = await response.json();
    return { status: response.status, body: answer };
  };
  return {
    app,
    base: () => base,
    call,
    send: (body: unknown, token = 'token-1', id = '1001') =>
      call('POST', `/v25.0/${id}/messages`, body, { authorization: `Bearer ${token}` }),
    reply: (phone: string, body: unknown) => call('POST', `/contacts/${phone}/reply`, body),
    screen: async (phone: string): Promise<Json[]> => (await call('GET', `/contacts/${phone}`)).body.messages,
  };
}

const template = (to: string, change: object = {}) => ({
  messaging_product: 'whatsapp',
  to,
  biz_opaque_callback_data: '1.m-1.1',
  type: 'template',
  template: {
    name: 'consent_request',
    language: { code: 'en_US' },
    components: [
      { type: 'body', parameters: [{ type: 'text', text: 'Acme' }] },
      ...['accept', 'decline'].map((word, index) => ({
        type: 'button',
        sub_type: 'quick_reply',
        index: String(index),
        parameters: [{ type: 'payload', payload: `optin:v1:${word}:r-1` }],
      })),
    ],
    ...change,
  },
});
const text = (to: string, body = 'Hello') => ({ messaging_product: 'whatsapp', to, type: 'text', text: { body } });

const statuses = () => hooks.flatMap(({ value }) => (value.statuses ?? []).map((each: Json) => each.status));
const messages = () => hooks.flatMap(({ value }) => (value.messages ?? []) as Json[]);

describe('the simulator, called as Meta', () => {
  it('accepts a send as Meta does and tells its fate in signed webhooks', async () => {
    const { send } = await started();
    const { status, body } = await send(template('+14155550177'));
    expect(status).toBe(200);
    expect(body).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{ input: '+14155550177', wa_id: '14155550177' }],
      messages: [{ id: expect.stringMatching(/^wamid\./), message_status: 'accepted' }],
    });
    await vi.waitFor(() => expect(statuses()).toEqual(['sent', 'delivered']), patience);
    expect(hooks.every(({ signed }) => signed)).toBe(true);
    expect(hooks[0]?.value.statuses[0]).toMatchObject({
      id: body.messages[0].id,
      recipient_id: '14155550177',
      timestamp: '1777629600',
      biz_opaque_callback_data: '1.m-1.1',
    });
  });

  it('reports numbers that end in 01 as not on WhatsApp', async () => {
    const { send, reply } = await started();
    expect((await send(template('+14155550101'))).status).toBe(200);
    await vi.waitFor(() => expect(statuses()).toEqual(['failed']), patience);
    expect(hooks[0]?.value.statuses[0]).toMatchObject({
      biz_opaque_callback_data: '1.m-1.1',
      errors: [{ code: 131026 }],
    });
    expect((await reply('+14155550101', { button: 'accept' })).status).toBe(409);
  });

  it.each([
    ['+14155550102', 'accept', 'Yes, I agree'],
    ['+14155550103', 'decline', 'No, thanks'],
  ])('lets %s press %s by itself', async (to, word, label) => {
    const { send } = await started();
    const { body } = await send(template(to));
    await vi.waitFor(() => expect(messages()).toHaveLength(1), patience);
    expect(statuses()).toEqual(['sent', 'delivered', 'read']);
    expect(messages()[0]).toMatchObject({
      from: to.slice(1),
      type: 'button',
      button: { payload: `optin:v1:${word}:r-1`, text: label },
      context: { id: body.messages[0].id },
    });
    expect(hooks.at(-1)?.value.contacts).toMatchObject([{ wa_id: to.slice(1) }]);
  });

  it.each([
    ['a wrong token', 'wrong', template('+14155550177'), 401, 190],
    ['no product', 'token-1', { ...template('+14155550177'), messaging_product: 'sms' }, 400, 100],
    ['no recipient', 'token-1', { ...template(''), to: undefined }, 400, 100],
    ['a recipient that is no number', 'token-1', template('Dana'), 400, 131009],
    ['a body that is not JSON', 'token-1', '{"to":', 400, 100],
    ['a type that is not simulated', 'token-1', { ...text('+14155550177'), type: 'sticker' }, 400, 131051],
    ['no text', 'token-1', text('+14155550177', ''), 400, 131008],
    ['an unknown template', 'token-1', template('+14155550177', { name: 'other' }), 404, 132001],
    [
      'a language without the template',
      'token-1',
      template('+14155550177', { language: { code: 'tlh' } }),
      404,
      132001,
    ],
    ['a parameter too few', 'token-1', template('+14155550177', { components: [] }), 400, 132000],
    ['words outside the window', 'token-1', text('+14155550177'), 400, 131047],
  ])('refuses %s as Meta does', async (_case, token, body, status, code) => {
    const { send, screen } = await started();
    expect(await send(body, token)).toMatchObject({
      status,
      body: { error: { code, fbtrace_id: expect.any(String) } },
    });
    expect(await screen('+14155550177')).toEqual([]);
  });

  it('refuses a number id that it does not know', async () => {
    const { send } = await started();
    expect(await send(template('+14155550177'), 'token-1', '999')).toMatchObject({
      status: 400,
      body: { error: { code: 100 } },
    });
  });

  it('takes free-form text within 24 hours of the contact’s last message', async () => {
    const { send, reply } = await started();
    await reply('14155550177', { text: 'Hi' });
    expect((await send(text('+14155550177'))).status).toBe(200);
    now = new Date(now.getTime() + 24 * 60 * 60 * 1000 + 1000);
    expect(await send(text('+14155550177'))).toMatchObject({ status: 400, body: { error: { code: 131047 } } });
  });

  it('checks reply buttons', async () => {
    const { send, reply } = await started();
    await reply('+14155550177', { text: 'Hi' });
    const prompt = (...titles: string[]) => ({
      ...text('+14155550177'),
      type: 'interactive',
      interactive: {
        type: 'button',
        body: { text: 'Agree?' },
        action: {
          buttons: titles.map((title, index) => ({ type: 'reply', reply: { id: `optin:v1:accept:${index}`, title } })),
        },
      },
    });
    expect((await send(prompt('Yes', 'No'))).status).toBe(200);
    for (const titles of [[], ['Yes', 'Yes'], ['x'.repeat(21)], ['1', '2', '3', '4'], ['']]) {
      expect(await send(prompt(...titles))).toMatchObject({ status: 400, body: { error: { code: 131009 } } });
    }
    await reply('+14155550177', { button: 'decline' });
    await vi.waitFor(() => expect(messages().at(-1)).toMatchObject({ type: 'interactive' }), patience);
    expect(messages().at(-1).interactive).toEqual({
      type: 'button_reply',
      button_reply: { id: 'optin:v1:accept:1', title: 'No' },
    });
  });
});

describe('a simulated phone', () => {
  it('shows what it received and sent, in order', async () => {
    const { send, reply, screen, call } = await started();
    await send(template('+14155550177', { language: { code: 'es' } }));
    await reply('%2B14155550177', { button: 'accept' });
    await reply('14155550177', { text: 'Thanks' });
    expect(await screen('14155550177')).toMatchObject([
      {
        direction: 'RECEIVED',
        channel: 'WHATSAPP',
        kind: 'template',
        text: expect.stringContaining('Acme quiere escribirle'),
        status: 'read',
        buttons: [
          { title: 'Sí, acepto', payload: 'optin:v1:accept:r-1' },
          { title: 'No, gracias', payload: 'optin:v1:decline:r-1' },
        ],
      },
      { direction: 'SENT', kind: 'button', text: 'Sí, acepto' },
      { direction: 'SENT', kind: 'text', text: 'Thanks' },
    ]);
    expect((await call('GET', '/contacts')).body).toEqual({ phones: ['+14155550177'] });
  });

  it('acts at most once in a second', async () => {
    const { send, reply } = await started();
    await send(template('+14155550177'));
    for (const answer of [{ button: 'decline' }, { text: 'yes' }, { text: 'stop' }])
      await reply('+14155550177', answer);
    await vi.waitFor(() => expect(messages()).toHaveLength(3), patience);
    expect(messages().map(({ timestamp }) => Number(timestamp) - 1777629600)).toEqual([0, 1, 2]);
  });

  it('answers the business that wrote last, or the one that is named', async () => {
    const second = channelOf({
      organizationId: 'org-2',
      phoneNumberId: '1002',
      accessToken: 'token-2',
      appSecret: 's-2',
    });
    const { send, reply } = await started([channelOf(), second]);
    await send(template('+14155550177'));
    await send(template('+14155550177'), 'token-2', '1002');
    expect((await reply('+14155550177', { text: 'last' })).body).toMatchObject({ phoneNumberId: '1002' });
    expect((await reply('+14155550177', { text: 'named', phoneNumberId: '1001' })).body).toMatchObject({
      phoneNumberId: '1001',
    });
    expect((await reply('+14155550177', { button: 'accept', phoneNumberId: '1001' })).body.phoneNumberId).toBe('1001');
    expect((await reply('+14155550188', { text: 'first' })).body).toMatchObject({ phoneNumberId: '1001' });
    await vi.waitFor(() => expect(messages()).toHaveLength(4), patience);
    expect(hooks.every(({ signed }) => signed)).toBe(true);
  });

  it.each([
    ['+14155550177', { button: 'accept' }, 404],
    ['+14155550177', { text: 'x', phoneNumberId: 'unknown' }, 404],
    ['+14155550177', { button: 'maybe' }, 400],
    ['+14155550177', { text: ' ' }, 400],
    ['+14155550177', '{', 400],
    ['Dana', { text: 'x' }, 400],
  ])('of number %s can’t do %j', async (phone, body, status) => {
    const { reply } = await started();
    expect(await reply(phone, body)).toEqual({ status, body: { error: { message: expect.any(String) } } });
  });

  it('has no button to press on a message without buttons', async () => {
    const { send, reply } = await started();
    await reply('+14155550177', { text: 'Hi' });
    await send(text('+14155550177'));
    expect((await reply('+14155550177', { button: 'accept' })).status).toBe(409);
  });

  it('has nobody to write to while no channel is enabled', async () => {
    const { reply } = await started([]);
    expect((await reply('+14155550177', { text: 'Hi' })).status).toBe(409);
  });
});

describe('the simulator, called as Twilio', () => {
  const path = '/2010-04-01/Accounts/AC1/Messages.json';
  const fields = { To: '+14155550101', From: '+15550100', Body: 'Hello & bye' };
  const credentials = (account: string) => `Basic ${Buffer.from(account).toString('base64')}`;
  const sending = (
    { call }: Awaited<ReturnType<typeof started>>,
    change: Readonly<Record<string, string>> = {},
    authorization = credentials('AC1:token-1'),
  ) =>
    call('POST', path, new URLSearchParams({ ...fields, ...change }).toString(), {
      'content-type': 'application/x-www-form-urlencoded',
      authorization,
    });

  it('takes an SMS and tells its fate in signed reports', async () => {
    const scene = await started();
    const sent = await sending(scene, { StatusCallback: `${scene.base()}/webhooks/sms/status?attempt=x` });
    expect(sent).toMatchObject({ status: 201, body: { sid: expect.stringMatching(/^SM/), status: 'queued' } });
    expect(await scene.screen('+14155550101')).toMatchObject([
      { channel: 'SMS', direction: 'RECEIVED', text: 'Hello & bye' },
    ]);
    await vi.waitFor(() => expect(smsHooks).toHaveLength(3), patience);
    expect(smsHooks.map(({ form }) => form['MessageStatus'])).toEqual(['queued', 'sent', 'delivered']);
    expect(smsHooks.every(({ signed }) => signed)).toBe(true);
    expect(smsHooks[0]).toMatchObject({
      path: '/webhooks/sms/status?attempt=x',
      form: { MessageSid: sent.body.sid, AccountSid: 'AC1', From: '+15550100', To: '+14155550101' },
    });
  });

  it('tells nothing where no address is given', async () => {
    const scene = await started();
    await sending(scene);
    await scene.call('POST', '/contacts/+14155550101/sms', { text: 'later' });
    await vi.waitFor(() => expect(smsHooks).toHaveLength(1), patience);
    expect(smsHooks[0]?.form).toMatchObject({ Body: 'later' });
  });

  it.each([
    ['no credentials', {}, '', 401, 20003],
    ['another token', {}, credentials('AC1:guessed'), 401, 20003],
    ['another account', {}, credentials('AC2:token-1'), 401, 20003],
    ['no recipient', { To: '' }, undefined, 400, 21604],
    ['no sender', { From: '' }, undefined, 400, 21603],
    ['no text', { Body: '' }, undefined, 400, 21602],
    ['a recipient that is no number', { To: '12' }, undefined, 400, 21211],
    ['the sender of somebody else', { From: '+15550199' }, undefined, 400, 21606],
    ['an address for reports that is none', { StatusCallback: '/here' }, undefined, 400, 21609],
  ])('refuses %s as Twilio does', async (_what, change, authorization, status, code) => {
    expect(await sending(await started(), change, authorization)).toMatchObject({ status, body: { code } });
  });
});

describe('a simulated phone, by SMS', () => {
  it('writes to the business that wrote last, or to the one that is named', async () => {
    const second = senderOf({ organizationId: 'org-2', from: '+15550200' });
    const { call, screen } = await started([], null, [senderOf(), second]);
    const write = (body: object) => call('POST', '/contacts/14155550177/sms', body);
    expect((await write({ text: 'first' })).body).toMatchObject({ channel: 'SMS', direction: 'SENT', to: '+15550100' });
    expect((await write({ text: 'STOP', to: '+15550200' })).body).toMatchObject({ to: '+15550200' });
    await vi.waitFor(() => expect(smsHooks).toHaveLength(2), patience);
    expect(smsHooks.every(({ signed, path }) => signed && path === '/webhooks/sms')).toBe(true);
    expect(smsHooks[1]?.form).toMatchObject({
      From: '+14155550177',
      To: '+15550200',
      Body: 'STOP',
      AccountSid: 'AC1',
      MessageSid: expect.stringMatching(/^SM/),
    });
    expect(await screen('14155550177')).toMatchObject([{ text: 'first' }, { text: 'STOP' }]);
  });

  it.each([
    ['+14155550177', {}, 400],
    ['+14155550177', { text: ' ' }, 400],
    ['+14155550177', { text: 'x', to: '+15559999' }, 404],
    ['Dana', { text: 'x' }, 400],
  ])('of number %s can’t do %j', async (phone, body, status) => {
    const { call } = await started();
    expect(await call('POST', `/contacts/${phone}/sms`, body)).toEqual({
      status,
      body: { error: { message: expect.any(String) } },
    });
  });

  it('has nobody to write to while nobody is set up for SMS', async () => {
    const { call } = await started([], null, []);
    expect((await call('POST', '/contacts/14155550177/sms', { text: 'Hi' })).status).toBe(409);
  });
});

describe('a button that is pressed sooner than there is one', () => {
  it('is pressed when the message arrives', async () => {
    const { send, reply } = await started();
    const pressed = reply('+14155550177', { button: 'accept' });
    await send(template('+14155550177'));
    expect((await pressed).status).toBe(200);
    await vi.waitFor(() => expect(messages()).toHaveLength(1), patience);
  });
});

describe('the simulator’s webhooks', () => {
  it('are posted again until they are taken, in their order', async () => {
    const { send } = await started();
    answers = [503, 401];
    await send(template('+14155550102'));
    await vi.waitFor(() => expect(messages()).toHaveLength(1), { timeout: 30_000 });
    expect(statuses()).toEqual(['sent', 'delivered', 'read']);
  });

  it('and phones are shared by those that have one directory, with their windows', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'assent-simulator-'));
    try {
      const [one, other] = [await started([channelOf()], directory), await started([channelOf()], directory)];
      await one.send(template('+14155550177'));
      await one.send(template('+14155550178'));
      expect((await other.reply('+14155550177', { button: 'accept' })).status).toBe(200);
      expect((await one.send(text('+14155550177'))).status).toBe(200);

      const phone = await one.screen('+14155550177');
      expect(phone.map((message) => message.text)).toEqual([expect.any(String), 'Yes, I agree', 'Hello']);
      expect(await other.screen('+14155550177')).toEqual(phone);
      expect(await other.screen('+14155550178')).toHaveLength(1);
      await vi.waitFor(() => expect(messages()).toHaveLength(1), patience);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('and phones survive a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'assent-simulator-'));
    try {
      const first = await started([channelOf()], directory);
      answers = Array.from({ length: 100 }, () => 503);
      await first.send(template('+14155550177'));
      await first.app.close();
      expect(hooks).toEqual([]);
      await appendFile(join(directory, 'simulator.jsonl'), '{"type":"MESS');

      answers = [];
      const again = await started([channelOf()], directory);
      await vi.waitFor(() => expect(statuses()).toEqual(['sent', 'delivered']), patience);
      await again.reply('+14155550177', { button: 'accept' });
      await vi.waitFor(() => expect(messages()).toHaveLength(1), patience);
      await again.app.close();

      const last = await started([channelOf()], directory);
      expect(await last.screen('+14155550177')).toMatchObject([{ status: 'read' }, { text: 'Yes, I agree' }]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('fail to start on a directory that is none', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'assent-simulator-'));
    const file = join(directory, 'file');
    await writeFile(file, '');
    await expect(started([channelOf()], file)).rejects.toThrow(/EEXIST|ENOTDIR/);
    await rm(directory, { recursive: true, force: true });
  });
});
