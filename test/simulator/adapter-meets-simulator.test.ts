import { fastify } from 'fastify';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import type { InboxEntry, OutgoingMessage, ProviderItem } from '../../src/domain/ports.js';
import { registerSimulator } from '../../src/simulator/simulator.js';
import { createTwilioSms } from '../../src/sms/twilio.js';
import { createCloudApi } from '../../src/whatsapp/cloud-api.js';
import { createInboxProcessor } from '../../src/whatsapp/inbox-processor.js';
import { createWebhook } from '../../src/whatsapp/webhook.js';
import { channelOf, channelsOf, recordingLog } from '../support/channel-fakes.js';

const channels = channelsOf(channelOf());
const clock = { now: () => new Date('2026-05-01T10:00:00Z') };
const log = recordingLog();
let ids = 0;
const newId = () => `id-${++ids}`;

/** Both sides of the wire, which share no code, over real HTTP. */
async function bothSides() {
  const inbox: InboxEntry[] = [];
  const items: ProviderItem[] = [];
  const processor = createInboxProcessor({
    inbox: {
      claim: async ({ limit }) => inbox.splice(0, limit),
      done: async () => undefined,
      failed: async () => undefined,
    },
    channels,
    news: { record: async (_organization, item) => void items.push(item) },
    clock,
    log,
  });
  const webhook = createWebhook({
    channels,
    inbox: { store: async (entries) => void inbox.push(...entries) },
    clock,
    newId,
    verifyToken: 't',
    wake: processor.wake,
    log,
  });
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/webhooks/whatsapp', async (request, reply) => {
    const { status } = await webhook.receive(request.body as Buffer, String(request.headers['x-hub-signature-256']));
    return reply.code(status).send('');
  });
  let base = '';
  registerSimulator(app, { channels, webhookUrl: () => `${base}/webhooks/whatsapp`, clock, newId, log });
  base = await app.listen({ port: 0, host: '127.0.0.1' });
  processor.start();
  onTestFinished(async () => {
    await app.close();
    await processor.stop();
  });
  const simulator = `${base}/simulator`;
  const whatsapp = createCloudApi({ channels, baseUrlFor: () => simulator, version: 'v25.0', fetch, timeoutMs: 5000 });
  const account = { accountSid: 'AC1', authToken: 't', from: '+15550100' };
  const sms = createTwilioSms({ ...account, baseUrl: () => simulator, fetch, timeoutMs: 5000 });
  return { whatsapp, sms, items };
}

function messageTo(number: string, changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  const to = parsePhoneNumber(number);
  if (!to) throw new Error('not a number');
  return {
    organizationId: 'org-1',
    messageId: 'm-1',
    attempt: 1,
    to,
    kind: 'OPT_IN_REQUEST',
    body: 'Do you agree?',
    locale: 'en',
    requestId: 'r-1',
    organizationName: 'Acme',
    buttons: { accept: 'Yes', decline: 'No' },
    ...changes,
  };
}

const kindsOf = (items: readonly ProviderItem[]) =>
  items.map((item) => (item.kind === 'STATUS' ? item.report.status : item.kind));

it('a request is sent, delivered, read and answered with its own button', async () => {
  const { whatsapp, items } = await bothSides();
  const outcome = await whatsapp.send(messageTo('+14155550102'));
  expect(outcome).toMatchObject({ outcome: 'ACCEPTED' });
  await vi.waitFor(() => expect(kindsOf(items).sort()).toEqual(['DELIVERED', 'INBOUND', 'READ', 'SENT']));
  const providerMessageId = outcome.outcome === 'ACCEPTED' ? outcome.providerMessageId : '';
  expect(items.find(({ kind }) => kind === 'STATUS')).toMatchObject({
    attempt: { messageId: 'm-1', attempt: 1 },
    providerMessageId,
  });
  expect(items.find(({ kind }) => kind === 'INBOUND')).toMatchObject({
    from: { phone: '+14155550102' },
    inbound: { content: { kind: 'BUTTON', answer: 'ACCEPT', requestId: 'r-1' }, contextId: providerMessageId },
  });
});

it('after the answer, free-form text and prompts are taken; before it, the window is closed', async () => {
  const { whatsapp, items } = await bothSides();
  const text = messageTo('+14155550103', { kind: 'TEXT' });
  expect(await whatsapp.send(text)).toMatchObject({ failure: { kind: 'WINDOW_CLOSED', code: 131047 } });
  await whatsapp.send(messageTo('+14155550103', { locale: 'tlh' }));
  expect(await whatsapp.send(text)).toMatchObject({ outcome: 'ACCEPTED' });
  expect(await whatsapp.send(messageTo('+14155550103', { kind: 'PROMPT' }))).toMatchObject({ outcome: 'ACCEPTED' });
  await vi.waitFor(() => expect(kindsOf(items).filter((kind) => kind === 'INBOUND')).toHaveLength(2));
  expect(items.findLast(({ kind }) => kind === 'INBOUND')).toMatchObject({
    inbound: { content: { answer: 'DECLINE', requestId: 'r-1' } },
  });
});

it('a number that is not on WhatsApp is reported, and can be reached by SMS', async () => {
  const { whatsapp, sms, items } = await bothSides();
  await whatsapp.send(messageTo('+14155550101'));
  await vi.waitFor(() => expect(items).toMatchObject([{ report: { failure: { kind: 'UNREACHABLE', code: 131026 } } }]));
  expect(await sms.send(messageTo('+14155550101', { kind: 'TEXT' }))).toMatchObject({ outcome: 'ACCEPTED' });
});
