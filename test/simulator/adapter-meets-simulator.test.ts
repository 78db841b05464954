import { fastify } from 'fastify';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createPost } from '../../src/delivery/post.js';
import { parsePhoneNumber } from '../../src/domain/phone-number.js';
import type { InboxEntry } from '../../src/domain/ports/inbox.js';
import type { OutgoingMessage } from '../../src/domain/ports/messaging-provider.js';
import type { ProviderItem } from '../../src/domain/ports/provider-news.js';
import { createInboxProcessor } from '../../src/delivery/inbox-processor.js';
import { registerSimulator } from '../../src/simulator/simulator.js';
import { createInboxReader as createSmsInboxReader } from '../../src/sms/inbox-reader.js';
import { createTwilioSms } from '../../src/sms/twilio.js';
import { createSmsWebhook } from '../../src/sms/webhook.js';
import { createCloudApi } from '../../src/whatsapp/cloud-api.js';
import { createInboxReader } from '../../src/whatsapp/inbox-reader.js';
import { createWebhook } from '../../src/whatsapp/webhook.js';
import { channelOf, channelsOf, recordingLog } from '../support/channel-fakes.js';
import { patience } from '../support/patience.js';
import { senderOf, sendersOf } from '../support/sms-fakes.js';

const channels = channelsOf(channelOf());
const senders = sendersOf([senderOf()], ['org-1']);
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
    read: { WHATSAPP: createInboxReader({ channels, log }), SMS: createSmsInboxReader({ log }) },
    health: { refused: async () => undefined },
    news: { record: async (_organization, item) => void items.push(item) },
    clock,
    log,
  });
  const store = async (entries: readonly InboxEntry[]) => void inbox.push(...entries);
  const webhook = createWebhook({
    channels,
    inbox: { store },
    clock,
    newId,
    verifyToken: 't',
    wake: processor.wake,
    log,
  });
  let base = '';
  const smsWebhook = createSmsWebhook({
    senders,
    inbox: { store },
    clock,
    newId,
    publicUrl: () => base,
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
  for (const [path, take] of [
    ['/webhooks/sms', smsWebhook.inbound],
    ['/webhooks/sms/status', smsWebhook.status],
  ] as const) {
    app.post(path, async (request, reply) => {
      const signature = String(request.headers['x-twilio-signature']);
      const { status } = await take({ path: request.url, body: request.body as Buffer, signature });
      return reply.code(status).send('');
    });
  }
  registerSimulator(app, {
    channels,
    webhookUrl: () => `${base}/webhooks/whatsapp`,
    smsSenders: senders,
    smsWebhookUrl: () => `${base}/webhooks/sms`,
    clock,
    newId,
    log,
  });
  base = await app.listen({ port: 0, host: '127.0.0.1' });
  processor.start();
  onTestFinished(async () => {
    await app.close();
    await processor.stop();
  });
  const simulator = `${base}/simulator`;
  const post = createPost({ timeoutMs: 5000 });
  const whatsapp = createCloudApi({ channels, baseUrlFor: () => simulator, version: 'v25.0', post, clock });
  const sms = createTwilioSms({
    senders,
    baseUrlFor: () => simulator,
    publicUrl: () => base,
    post,
  });
  return { whatsapp, sms, items, simulator };
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
  await vi.waitFor(() => expect(kindsOf(items).sort()).toEqual(['DELIVERED', 'INBOUND', 'READ', 'SENT']), patience);
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
  await vi.waitFor(() => expect(kindsOf(items).filter((kind) => kind === 'INBOUND')).toHaveLength(2), patience);
  expect(items.findLast(({ kind }) => kind === 'INBOUND')).toMatchObject({
    inbound: { content: { answer: 'DECLINE', requestId: 'r-1' } },
  });
});

it('a number that is not on WhatsApp is reported, and can be reached by SMS', async () => {
  const { whatsapp, sms, items } = await bothSides();
  await whatsapp.send(messageTo('+14155550101'));
  await vi.waitFor(
    () => expect(items).toMatchObject([{ report: { failure: { kind: 'UNREACHABLE', code: 131026 } } }]),
    patience,
  );
  expect(await sms.send(messageTo('+14155550101', { kind: 'TEXT' }))).toMatchObject({ outcome: 'ACCEPTED' });
});

it('an SMS is reported on, and answered', async () => {
  const { sms, items, simulator } = await bothSides();
  const outcome = await sms.send(messageTo('+14155550101', { kind: 'TEXT' }));
  await vi.waitFor(() => expect(kindsOf(items)).toEqual(['SENT', 'DELIVERED']), patience);
  const providerMessageId = outcome.outcome === 'ACCEPTED' ? outcome.providerMessageId : '';
  expect(items[0]).toMatchObject({ attempt: { messageId: 'm-1', attempt: 1 }, providerMessageId });
  await fetch(`${simulator}/contacts/+14155550101/sms`, { method: 'POST', body: '{"text":"STOP & wait"}' });
  await vi.waitFor(() => expect(items).toHaveLength(3), patience);
  expect(items[2]).toMatchObject({ kind: 'INBOUND_SMS', phone: '+14155550101', inbound: { text: 'STOP & wait' } });
});
