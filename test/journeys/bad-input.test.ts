import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { callerWith } from '../support/assent-server.js';
import {
  CancelMessageDocument,
  ContactDocument,
  CreateContactDocument,
  QueueMessageDocument,
  RecordConsentDocument,
  ResendOptInDocument,
  SendOptInDocument,
  SwitchToSmsDocument,
  WithdrawConsentDocument,
} from '../support/gql/graphql.js';
import { startJourney, type Asked, type Journey } from '../support/journey.js';
import { postWebhook, signed, textMessage, webhookOf } from '../support/provider-stand-in.js';

let journey: Journey;
let clara: Asked;
let before: readonly unknown[];

beforeAll(async () => {
  journey = await startJourney();
  clara = await journey.asked();
  await journey.server.quiet();
});
afterAll(() => journey.close());
beforeEach(async () => {
  before = await rowCounts();
});
/** Whatever was refused has changed nothing, and the server serves on. */
afterEach(async () => {
  await journey.settled();
  expect(await rowCounts()).toEqual(before);
  expect((await journey.contact(clara)).consent.status).toBe('PENDING');
});

/** Of all that is kept; points that were spent are not. */
async function rowCounts(): Promise<readonly unknown[]> {
  const { sql } = journey.database;
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables 
    where table_schema = 'public' and table_name <> 'rate_limits' order by table_name`;
  return Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await sql<{ rows: number }[]>`select count(*)::int as rows from ${sql(name)}`;
      return { name, rows: row?.rows };
    }),
  );
}

type Post = { readonly path?: string; readonly body: string | Buffer; readonly headers?: Record<string, string> };

async function post({ path = '/graphql', body, headers }: Post) {
  const response = await fetch(`${journey.server.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${journey.agent.token}`,
      ...headers,
    },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: response.status, text: await response.text() };
}

/** The status of an answer that may come before the body has been sent. */
function statusOfLarge(path: string, bytes: number, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': bytes, ...headers },
    };
    const sending = request(`${journey.server.url}${path}`, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
      sending.destroy();
    });
    sending.on('error', reject);
    sending.write('{"query":"');
    sending.write('x'.repeat(100_000));
  });
}

const unknownId = (type: string): string =>
  Buffer.from(`${type}:01890000-0000-7000-8000-000000000000`).toString('base64url');

describe('a telephone number', () => {
  it.each(['', 'call me', '12345', '6505550100', '+1650555CALL', `+${'1'.repeat(40)}`])(
    'such as “%s” is BAD_USER_INPUT',
    async (phone) => {
      const { data, errors } = await journey.agent.raw(SendOptInDocument.toString(), { input: { phone } });
      expect(data).toBeUndefined();
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    },
  );

  it('that can not exist is refused with INVALID_PHONE_NUMBER', async () => {
    const sent = await journey.agent.ask(SendOptInDocument, { input: { phone: '+1234567' } });
    expect(sent.sendOptIn.userErrors).toMatchObject([{ code: 'INVALID_PHONE_NUMBER', path: ['input', 'phone'] }]);
    const created = await journey.agent.ask(CreateContactDocument, { input: { phone: '+1234567', name: 'Nobody' } });
    expect(created.createContact.userErrors).toMatchObject([
      { code: 'INVALID_PHONE_NUMBER', path: ['input', 'phone'] },
    ]);
  });

  it('that is a contact’s already is refused with PHONE_NUMBER_TAKEN, however it is written', async () => {
    const phone = clara.phone.replace(/^\+1(\d{3})(\d{3})/, '+1 ($1) $2-');
    const { createContact } = await journey.agent.ask(CreateContactDocument, { input: { phone, name: 'Again' } });
    expect(createContact).toMatchObject({ contact: null, userErrors: [{ code: 'PHONE_NUMBER_TAKEN' }] });
  });

  it('and an id at once, or neither, is refused with INVALID_INPUT', async () => {
    const both = await journey.agent.ask(SendOptInDocument, { input: { contactId: clara.id, phone: clara.phone } });
    const neither = await journey.agent.ask(SendOptInDocument, { input: {} });
    for (const { sendOptIn } of [both, neither]) {
      expect(sendOptIn).toMatchObject({ contact: null, userErrors: [{ code: 'INVALID_INPUT' }] });
    }
  });
});

describe('a message', () => {
  it.each([
    ['empty', '', 'MESSAGE_EMPTY'],
    ['only of spaces', ' \n\t ', 'MESSAGE_EMPTY'],
    ['of 5,000 characters', 'x'.repeat(5_000), 'MESSAGE_TOO_LONG'],
  ])('that is %s is refused', async (_what, body, code) => {
    const { queueMessage } = await journey.agent.ask(QueueMessageDocument, { input: { contactId: clara.id, body } });
    expect(queueMessage).toMatchObject({ message: null, userErrors: [{ code, path: ['input', 'body'] }] });
  });

  it('by SMS where there is none is refused with SMS_NOT_ENABLED', async () => {
    const input = { contactId: clara.id, body: 'hi', channel: 'SMS' as const };
    const { queueMessage } = await journey.agent.ask(QueueMessageDocument, { input });
    expect(queueMessage.userErrors).toMatchObject([{ code: 'SMS_NOT_ENABLED', path: ['input', 'channel'] }]);
  });
});

describe('an id', () => {
  it.each([
    'nonsense',
    '',
    '\u0000',
    unknownId('Contact'),
    unknownId('Message'),
    '01890000-0000-7000-8000-000000000000',
  ])('that names no contact (%j) is answered with CONTACT_NOT_FOUND by every mutation', async (contactId) => {
    const { agent } = journey;
    expect((await agent.ask(ContactDocument, { id: contactId })).contact).toBeNull();
    const answers = [
      (await agent.ask(SendOptInDocument, { input: { contactId } })).sendOptIn,
      (await agent.ask(ResendOptInDocument, { input: { contactId } })).resendOptIn,
      (await agent.ask(QueueMessageDocument, { input: { contactId, body: 'hi' } })).queueMessage,
      (await agent.ask(SwitchToSmsDocument, { input: { contactId, heldMessages: 'KEEP' } })).switchToSms,
      (await agent.ask(RecordConsentDocument, { input: { contactId, source: 'PAPER' } })).recordConsent,
      (await agent.ask(WithdrawConsentDocument, { input: { contactId, source: 'PAPER' } })).withdrawConsent,
    ];
    for (const { contact, userErrors } of answers) {
      expect(contact).toBeNull();
      expect(userErrors).toMatchObject([{ code: 'CONTACT_NOT_FOUND', path: ['input', 'contactId'] }]);
    }
  });

  it('that names no message is answered with MESSAGE_NOT_FOUND', async () => {
    for (const messageId of ['nonsense', unknownId('Message'), clara.id]) {
      const { cancelMessage } = await journey.agent.ask(CancelMessageDocument, { input: { messageId } });
      expect(cancelMessage.userErrors).toMatchObject([{ code: 'MESSAGE_NOT_FOUND' }]);
    }
  });

  it('of another organization’s contact is nobody’s', async () => {
    await journey.server.organization('stranger');
    await journey.server.quiet();
    before = await rowCounts();
    const stranger = await journey.server.caller('stranger');
    expect((await stranger.ask(ContactDocument, { id: clara.id })).contact).toBeNull();
    const { queueMessage } = await stranger.ask(QueueMessageDocument, { input: { contactId: clara.id, body: 'hi' } });
    expect(queueMessage.userErrors).toMatchObject([{ code: 'CONTACT_NOT_FOUND' }]);
  });
});

describe('a document', () => {
  const queue = QueueMessageDocument.toString();

  it('with an unknown value of an enum is BAD_USER_INPUT', async () => {
    const input = { contactId: clara.id, body: 'hi', channel: 'PIGEON' };
    const { errors } = await journey.agent.raw(queue, { input });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors[0].message).toContain('PIGEON');
  });

  it.each([
    ['asks for what there is not', '{ contact(id: "x") { password } }'],
    ['is not GraphQL', '{ contact(id: "x") {'],
    ['is empty', ''],
    ['lacks a variable', queue],
  ])('that %s is an error, not a fault', async (_what, query) => {
    const { errors, data } = await journey.agent.raw(query);
    expect(data ?? null).toBeNull();
    expect(errors.length).toBeGreaterThan(0);
    for (const { extensions } of errors) expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
  });

  it('asks for 1 to 100 items', async () => {
    for (const first of [0, -1, 101, 2_000_000_000]) {
      const { errors } = await journey.agent.raw(`{ contacts(first: ${first}) { nodes { id } } }`);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
  });

  it('that names a cursor of nothing is BAD_USER_INPUT', async () => {
    const { errors } = await journey.agent.raw('{ consentTransitions(after: "nothing") { nodes { eventId } } }');
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('of a supervisor may not write', async () => {
    const supervisor = await journey.server.caller('acme', { role: 'supervisor' });
    const { errors } = await supervisor.raw(queue, { input: { contactId: clara.id, body: 'hi' } });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await supervisor.ask(ContactDocument, { id: clara.id })).contact?.id).toBe(clara.id);
  });
});

describe('a token', () => {
  it.each([
    ['missing', async () => null],
    ['garbage', async () => 'garbage'],
    ['of an organization that does not exist', async () => (await journey.server.caller('nowhere')).token],
    ['expired', async () => (await journey.server.caller('acme', { ttl: '1s ago' })).token],
    ['tampered with', async () => `${journey.agent.token.slice(0, -3)}abc`],
  ])('that is %s is UNAUTHENTICATED', async (_what, tokenOf) => {
    const caller = callerWith(await tokenOf(), () => journey.server.url);
    const { errors, data } = await caller.raw(QueueMessageDocument.toString(), {
      input: { contactId: clara.id, body: 'hi' },
    });
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

describe('a request', () => {
  it('whose body is not JSON is answered with 400', async () => {
    const { status, text } = await post({ body: '{"query": "{ viewer' });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ errors: [{ message: expect.any(String) }] });
  });

  it('whose body is JSON but no operation is answered with 400', async () => {
    for (const body of ['[]', '7', '"{ viewer { role } }"', '{}', 'null', '{"query": 7}']) {
      expect(await post({ body })).toMatchObject({ status: 400 });
    }
  });

  it('with a body of 10 MB is answered with 413', async () => {
    expect(await statusOfLarge('/graphql', 10 * 1024 * 1024)).toBe(413);
  });

  it('that subscribes by POST is told where to', async () => {
    const { status, text } = await post({
      body: JSON.stringify({ query: 'subscription { consentFunnel { pending } }' }),
    });
    expect(status).toBe(405);
    expect(text).toContain('/graphql/stream');
  });
});

describe('a webhook', () => {
  const path = '/webhooks/whatsapp';
  const stop = () =>
    webhookOf({
      phoneNumberId: journey.organization.phoneNumberId,
      messages: [textMessage({ from: clara.phone, at: clara.next(), body: 'stop' })],
    });

  it('with a wrong signature, or none, is answered with 401', async () => {
    const url = `${journey.server.url}${path}`;
    expect(await postWebhook(url, 'a guessed secret', stop())).toBe(401);
    for (const signature of ['', 'sha256=', `sha256=${'0'.repeat(64)}`, 'sha1=abc', 'nonsense']) {
      const headers = { 'x-hub-signature-256': signature };
      expect(await post({ path, body: JSON.stringify(stop()), headers })).toMatchObject({ status: 401 });
    }
    expect(await post({ path, body: JSON.stringify(stop()) })).toMatchObject({ status: 401 });
  });

  it('whose bytes are not those that were signed is answered with 401', async () => {
    const { bytes, signature } = signed(stop(), journey.organization.appSecret);
    const headers = { 'x-hub-signature-256': signature };
    expect(await post({ path, body: `${bytes.toString()} `, headers })).toMatchObject({ status: 401 });
  });

  it('that is not JSON is answered with 400', async () => {
    for (const text of ['not JSON', '', '{"object":']) {
      const { bytes, signature } = signed(text, journey.organization.appSecret);
      const headers = { 'x-hub-signature-256': signature };
      expect(await post({ path, body: bytes, headers })).toMatchObject({ status: 400 });
    }
  });

  it('of more than 4 MiB is answered with 413', async () => {
    const headers = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    expect(await statusOfLarge(path, 4 * 1024 * 1024 + 1, headers)).toBe(413);
  });
});
