import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config.js';
import { startServer, type Server } from '../../src/start.js';
import { callerWith, type TestCaller } from '../support/assent-server.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import {
  ContactByPhoneDocument,
  ConversationDocument,
  QueueMessageDocument,
  SendOptInDocument,
  SwitchToSmsDocument,
  type ConsentStatus,
} from '../support/gql/graphql.js';

let server: Server;
let database: TestDatabase;
let dataDir: string;
let anyone: TestCaller;
const env = () => ({ PORT: '0', DATABASE_URL: database.url, DATA_DIR: dataDir, DELIVERY_ORDER_WAIT: 'PT0.2S' });
const silent = { debug() {}, info() {}, warn() {}, error() {} };

beforeAll(async () => {
  [database, dataDir] = await Promise.all([createTestDatabase(), mkdtemp(join(tmpdir(), 'assent-test-'))]);
  server = await startServer(readConfig(env()), silent);
  anyone = callerWith(null, () => server.url);
});
afterAll(async () => {
  await server.stop();
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function ask(phone: string): Promise<string> {
  const { sendOptIn } = await anyone.ask(SendOptInDocument, { input: { phone } });
  expect(sendOptIn.userErrors).toEqual([]);
  return sendOptIn.contact?.id ?? '';
}

async function queue(contactId: string, body: string) {
  return (await anyone.ask(QueueMessageDocument, { input: { contactId, body } })).queueMessage;
}

async function becomes(phone: string, status: ConsentStatus): Promise<void> {
  await expect
    .poll(async () => (await anyone.ask(ContactByPhoneDocument, { phone })).contactByPhone?.consent.status, {
      timeout: 30_000,
    })
    .toBe(status);
}

type Shown = { readonly text: string; readonly channel: string; readonly direction: string; readonly kind: string };

/** What a simulated phone has received and sent, once it is as it should be. */
async function screen(phone: string, isThere: (messages: readonly Shown[]) => boolean): Promise<readonly Shown[]> {
  return vi.waitUntil(
    async () => {
      const response = await fetch(`${server.url}/simulator/contacts/${phone}`);
      const { messages } = (await response.json()) as { messages: readonly Shown[] };
      return isThere(messages) ? messages : null;
    },
    { timeout: 30_000 },
  );
}

async function reply(phone: string, answer: object): Promise<number> {
  const response = await fetch(`${server.url}/simulator/contacts/${phone}/reply`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(answer),
  });
  return response.status;
}

const received = (messages: readonly Shown[]): readonly string[] =>
  messages.filter(({ direction }) => direction === 'RECEIVED').map(({ text }) => text);

describe('trying it without any configuration', () => {
  it('makes everyone an admin of the organization demo, with a channel and contacts', async () => {
    const { viewer, organization, contacts } = await anyone.ask(
      '{ viewer { role } organization { slug whatsappEnabled smsEnabled } contacts { nodes { phone } } }',
    );
    expect(viewer.role.toLowerCase()).toBe('admin');
    expect(organization).toEqual({ slug: 'demo', whatsappEnabled: true, smsEnabled: true });
    expect(contacts.nodes).toContainEqual({ phone: '+16505550102' });
    expect(server.welcome.join('\n')).toContain('demo');
  });

  it('a number that ends in 01 is not on WhatsApp, and gets its messages by SMS', async () => {
    const phone = '+16505550101';
    const contactId = await ask(phone);
    await becomes(phone, 'UNREACHABLE');
    expect((await queue(contactId, 'hello')).userErrors).toMatchObject([{ code: 'CONTACT_UNREACHABLE' }]);
    const switched = await anyone.ask(SwitchToSmsDocument, { input: { contactId, heldMessages: 'SEND_BY_SMS' } });
    expect(switched.switchToSms.userErrors).toEqual([]);
    await anyone.ask(QueueMessageDocument, { input: { contactId, body: 'hello by SMS', channel: 'SMS' } });
    const messages = await screen(phone, (all) => all.some(({ channel }) => channel === 'SMS'));
    expect(received(messages)).toContain('hello by SMS');
    const isThere = async (body: string, status: string) =>
      expect
        .poll(async () => {
          const { contact } = await anyone.ask(ConversationDocument, { id: contactId });
          return contact?.messages.nodes.find((one) => one.body === body)?.status;
        })
        .toBe(status);
    await isThere('hello by SMS', 'DELIVERED');

    const stop = await fetch(`${server.url}/simulator/contacts/${phone}/sms`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'STOP' }),
    });
    expect(stop.status).toBe(200);
    await isThere('STOP', 'RECEIVED');
    const input = { contactId, body: 'more by SMS', channel: 'SMS' as const };
    const { queueMessage } = await anyone.ask(QueueMessageDocument, { input });
    expect(queueMessage.userErrors).toMatchObject([{ code: 'CONTACT_OPTED_OUT' }]);
  });

  it('a number that ends in 02 accepts by itself, and gets what was held', async () => {
    const phone = '+16505550102';
    const contactId = await ask(phone);
    await becomes(phone, 'OPTED_IN');
    expect((await queue(contactId, 'welcome')).userErrors).toEqual([]);
    const messages = await screen(phone, (all) => received(all).includes('welcome'));
    expect(messages.map(({ direction, kind }) => `${direction} ${kind}`)).toEqual([
      'RECEIVED template',
      'SENT button',
      'RECEIVED text',
      'RECEIVED text',
    ]);
    await expect
      .poll(async () => {
        const { contact } = await anyone.ask(ConversationDocument, { id: contactId });
        return contact?.messages.nodes.find(({ body }) => body === 'welcome')?.status;
      })
      .toBe('DELIVERED');
  });

  it('a number that ends in 03 declines by itself', async () => {
    const phone = '+16505550103';
    const contactId = await ask(phone);
    await becomes(phone, 'OPTED_OUT');
    expect((await queue(contactId, 'hello')).userErrors).toMatchObject([{ code: 'CONTACT_OPTED_OUT' }]);
    expect(received(await screen(phone, (all) => received(all).length === 2))[1]).toMatch(/^You are opted out/);
  });

  it('a number that ends in 04 never answers', async () => {
    const phone = '+16505550104';
    const contactId = await ask(phone);
    expect((await queue(contactId, 'hello')).message).toMatchObject({ status: 'HELD' });
    await expect
      .poll(async () => (await anyone.ask(ContactByPhoneDocument, { phone })).contactByPhone?.consent.request?.delivery)
      .toBe('DELIVERED');
    await becomes(phone, 'PENDING');
    expect(received(await screen(phone, ({ length }) => length > 0))).toHaveLength(1);
  });

  it('any other number waits for a hand: it accepts, stops, asks and returns', async () => {
    const phone = '+16505550105';
    const contactId = await ask(phone);
    await queue(contactId, 'held for Hanna');
    await screen(phone, ({ length }) => length === 1);
    expect(await reply(phone, { button: 'accept' })).toBe(200);
    await becomes(phone, 'OPTED_IN');
    await screen(phone, (all) => received(all).includes('held for Hanna'));
    expect(await reply(phone, { text: 'stop' })).toBe(200);
    await becomes(phone, 'OPTED_OUT');
    expect(await reply(phone, { text: 'what was that?' })).toBe(200);
    await screen(phone, (all) => all.some(({ kind }) => kind === 'interactive'));
    expect(await reply(phone, { button: 'accept' })).toBe(200);
    await becomes(phone, 'OPTED_IN');
  });

  it('declines by hand, and can not answer what it never received', async () => {
    const phone = '+16505550106';
    expect(await reply(phone, { button: 'decline' })).toBe(404);
    await ask(phone);
    await screen(phone, ({ length }) => length === 1);
    expect(await reply(phone, { button: 'maybe' })).toBe(400);
    expect(await reply(phone, { button: 'decline' })).toBe(200);
    await becomes(phone, 'OPTED_OUT');
  });

  it('goes on where it was after a restart', async () => {
    const phone = '+16505550107';
    const contactId = await ask(phone);
    await queue(contactId, 'held over the restart');
    await screen(phone, ({ length }) => length === 1);
    await server.stop();
    server = await startServer(readConfig(env()), silent);
    expect(await reply(phone, { button: 'accept' })).toBe(200);
    await becomes(phone, 'OPTED_IN');
    await screen(phone, (all) => received(all).includes('held over the restart'));
  });

  it('is the same phone for two servers of one database and directory, whichever sends and whichever is asked', async () => {
    const other = await startServer(readConfig(env()), silent);
    try {
      for (const phone of ['+16505550121', '+16505550122', '+16505550123', '+16505550124']) {
        const contactId = await ask(phone);
        await queue(contactId, `held for ${phone}`);
        const pressed = await fetch(`${other.url}/simulator/contacts/${phone}/reply`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ button: 'accept' }),
        });
        expect(pressed.status).toBe(200);
        await screen(phone, (all) => received(all).includes(`held for ${phone}`));
      }
    } finally {
      await other.stop();
    }
  });

  it('is there for those who go on with authentication', async () => {
    const phone = '+16505550131';
    await server.stop();
    const secret = 'a secret for tests that is long enough';
    server = await startServer(readConfig({ ...env(), AUTH_JWT_SECRET: secret }), silent);
    const token = await new SignJWT({ org: 'demo', role: 'agent' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('agent-1')
      .sign(new TextEncoder().encode(secret));
    const known = callerWith(token, () => server.url);
    expect((await known.ask(SendOptInDocument, { input: { phone } })).sendOptIn.userErrors).toEqual([]);
    expect(await reply(phone, { button: 'accept' })).toBe(200);
    await expect
      .poll(async () => (await known.ask(ContactByPhoneDocument, { phone })).contactByPhone?.consent.status)
      .toBe('OPTED_IN');
  });
});
