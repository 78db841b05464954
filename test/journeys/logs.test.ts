import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, describe, it, vi } from 'vitest';
import type { Sql } from 'postgres';
import { readConfig } from '../../src/config.js';
import { describe as described } from '../../src/server/logger.js';
import { startServer } from '../../src/start.js';
import { callerWith, type TestCaller } from '../support/assent-server.js';
import { assent } from '../support/command-line.js';
import { createTestDatabase } from '../support/database.js';
import {
  drop,
  postWebhook,
  refuse,
  rubbish,
  startProviderStandIn,
  statusOf,
  textMessage,
  webhookOf,
  type ProviderStandIn,
} from '../support/provider-stand-in.js';
import { startProcess, type AtEnd } from '../support/server-process.js';

const CLARA = '+16502531234';
const DORA = '+16502535678';
const secrets = {
  name: 'Clara Confidential',
  held: 'your results are in',
  breaking: 'the text that breaks a constraint',
  said: 'call my sister instead',
  saidBreaking: 'a reply that breaks a constraint',
  token: 'a-very-secret-access-token',
  appSecret: 'a-very-secret-app-secret',
};
/** No form of a number and no word of a text may be found in a log. */
const forbidden = [CLARA, DORA].flatMap((phone) => [phone, phone.slice(1), phone.slice(2), phone.slice(5)]);

async function scene(atEnd: AtEnd) {
  const [database, provider, dataDir] = await Promise.all([
    createTestDatabase(),
    startProviderStandIn(),
    mkdtemp(join(tmpdir(), 'assent-test-')),
  ]);
  atEnd(async () => {
    await provider.close();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const env = {
    PORT: '0',
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    AUTH_JWT_SECRET: 'a secret for logs that is long enough',
    WHATSAPP_BASE_URL: provider.baseUrl,
    DELIVERY_ORDER_WAIT: 'PT0.05S',
    LOG_LEVEL: 'trace',
  };
  const operator = async (...args: readonly string[]) => (await assent(env, ...args)).out.trim();
  await operator('org', 'create', '--slug', 'acme', '--name', 'Acme Ltd', '--locale', 'en');
  const keys = ['--access-token', secrets.token, '--app-secret', secrets.appSecret];
  await operator('channel', 'set', '--org', 'acme', '--phone-number-id', 'acme-number', ...keys);
  const token = await operator('token', '--org', 'acme', '--role', 'agent', '--sub', 'agent-1');
  return { env, provider, sql: database.sql, token };
}

/** A journey with all that could make a server say too much: refusals, lost connections, a database that fails. */
async function journey(url: string, token: string, provider: ProviderStandIn, sql: Sql): Promise<void> {
  const agent: TestCaller = callerWith(token, () => url);
  const post = (contents: object) =>
    postWebhook(
      `${url}/webhooks/whatsapp`,
      secrets.appSecret,
      webhookOf({ phoneNumberId: 'acme-number', ...contents }),
    );
  const until = (fact: () => Promise<readonly unknown[]>) =>
    vi.waitUntil(async () => (await fact()).length > 0, { timeout: 30_000, interval: 20 });
  const asks = `mutation ($phone: PhoneNumber!, $name: String) {
    sendOptIn(input: { phone: $phone, name: $name }) { contact { id } userErrors { code } } }`;
  const writes = `mutation ($id: ID!, $body: String!) {
    queueMessage(input: { contactId: $id, body: $body }) { message { id } userErrors { code } } }`;

  provider.answerNext(refuse(131049, 400, { error_data: { details: `${DORA} was not reached` } }));
  await agent.ask(asks, { phone: DORA, name: 'Dora' });
  await until(() => sql`select 1 from messages where status = 'FAILED'`);
  const { sendOptIn } = await agent.ask(asks, { phone: CLARA, name: secrets.name });
  const { id } = sendOptIn.contact;
  await agent.ask(writes, { id, body: secrets.held });
  await until(() => sql`select 1 from messages where kind = 'OPT_IN_REQUEST' and status = 'ACCEPTED'`);
  provider.answerNext(rubbish(500, `<html>${CLARA} ${secrets.held}`), drop('AFTER_READING'));
  const said = [secrets.said, 'yes'].map((body) => textMessage({ from: CLARA, at: new Date(), body }));
  expect(await post({ messages: said })).toBe(200);
  await until(() => sql`select 1 from messages where body = ${secrets.held} and status = 'UNCONFIRMED'`);
  const failed = statusOf({ id: 'wamid.x', status: 'failed', at: new Date(), to: CLARA, code: 131026 });
  await post({ statuses: [failed, { broken: CLARA }], messages: [{ from: CLARA, text: { body: secrets.said } }] });
  await fetch(`${url}/webhooks/whatsapp`, { method: 'POST', body: `{"not JSON": "${CLARA} ${secrets.said}"` });
  await agent.raw(
    `{ contactByPhone(phone: "not ${CLARA}") { id } contacts(search: "${CLARA}", first: -1) { nodes { id } } }`,
  );

  // The database refuses the very values; its error says them.
  await sql`alter table messages add constraint unbreakable check (body not like '%breaks a constraint%') not valid`;
  await sql`alter table contacts add constraint known check (phone not like '%9999') not valid`;
  const internal = [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }];
  expect((await agent.raw(writes, { id, body: secrets.breaking })).errors).toMatchObject(internal);
  const stranger = { phone: `${CLARA.slice(0, -4)}9999`, name: secrets.name };
  expect((await agent.raw(asks, stranger)).errors).toMatchObject(internal);
  await post({ messages: [textMessage({ from: CLARA, at: new Date(), body: secrets.saidBreaking })] });
  await until(() => sql`select 1 from webhook_inbox where error is not null`);
  await sql`alter table contacts rename column locale to language`;
  const search = `query ($search: String) { contacts(search: $search) { nodes { id } } }`;
  expect((await agent.raw(search, { search: CLARA })).errors).toMatchObject(internal);
  expect((await agent.raw(`{ contactByPhone(phone: "${CLARA}") { id } }`)).errors).toMatchObject(internal);
  await sql`alter table contacts rename column language to locale`;
  const [entry] = await sql`select error from webhook_inbox where error is not null`;
  expectDiscreet(String(entry?.['error']));
}

function expectDiscreet(log: string): void {
  for (const secret of [...Object.values(secrets), ...forbidden]) expect(log).not.toContain(secret);
  // Parts of the texts too: an error may quote the end of a value or cut it.
  for (const part of ['breaks a constraint', 'my sister', 'Confidential', 'results are in'])
    expect(log).not.toContain(part);
  expect(log).not.toContain(`${CLARA.slice(0, -4)}9999`.slice(1));
}

describe.concurrent('no number and no text of a message is said', { timeout: 180_000 }, () => {
  it('on the standard error of a server that logs all it can', async ({ onTestFinished }) => {
    const { env, provider, sql, token } = await scene(onTestFinished);
    const server = startProcess(onTestFinished, env);
    await journey(await server.ready, token, provider, sql);
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
    // It did speak of all that went wrong.
    const lines = server
      .errors()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const said = (text: string) => lines.filter(({ msg }) => msg === text).length;
    expect(said('handed over')).toBeGreaterThanOrEqual(4);
    expect(said('a request failed')).toBe(4);
    expect(said('a webhook has not taken effect and will be tried again')).toBeGreaterThan(0);
    expectDiscreet(server.errors());
  });

  it('to the logger, but for errors, which it describes without their values', async ({ onTestFinished }) => {
    const { env, provider, sql, token } = await scene(onTestFinished);
    const lines: string[] = [];
    const write = (fields: object, message: string): void => {
      const shown = 'err' in fields ? { ...fields, err: described(fields.err) } : fields;
      lines.push(`${message} ${JSON.stringify(shown)}`);
    };
    const log = { debug: write, info: write, warn: write, error: write };
    const server = await startServer(readConfig(env), log);
    onTestFinished(server.stop);
    await journey(server.url, token, provider, sql);
    expect(lines.length).toBeGreaterThan(8);
    expectDiscreet(lines.join('\n'));
  });
});
