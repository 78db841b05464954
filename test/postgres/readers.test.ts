import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { callerWith, startTestServer, type TestCaller, type TestServer } from '../support/assent-server.js';
import { readConfig } from '../../src/config.js';
import { startServer, type Server } from '../../src/start.js';
import { startStatementCounter } from '../support/statement-counter.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const CONTACTS = 50;

let setUp: TestServer;
let counter: Awaited<ReturnType<typeof startStatementCounter>>;
let server: Server;
let agent: TestCaller;
/** What the server asks by itself, over and over. */
let background: Set<string>;

beforeAll(async () => {
  setUp = await startTestServer();
  await setUp.organization('acme');
  const caller = await setUp.caller('acme');
  const settle = () =>
    vi.waitUntil(
      async () => {
        const [row] = await setUp.database.sql`
          select (select count(*) from outbox) + (select count(*) from feed_pending) as waiting`;
        return Number(row?.['waiting']) === 0;
      },
      { timeout: 30_000, interval: 50 },
    );
  await Promise.all(
    Array.from({ length: CONTACTS }, async (_, index) => {
      const { sendOptIn } = await caller.ask(
        `mutation ($phone: PhoneNumber!, $name: String) {
          sendOptIn(input: { phone: $phone, name: $name }) { contact { id } } }`,
        { phone: `+1650253${2000 + index}`, name: `Client ${index}` },
      );
      for (const body of ['one', 'two']) {
        await caller.ask(
          `mutation ($contactId: ID!, $body: String!) {
            queueMessage(input: { contactId: $contactId, body: $body }) { message { id } } }`,
          { contactId: sendOptIn.contact.id, body },
        );
      }
    }),
  );
  await settle();

  counter = await startStatementCounter(setUp.database.url);
  server = await startServer(readConfig({ ...setUp.env, DATABASE_URL: counter.url }), silent);
  agent = callerWith(caller.token, () => server.url);
  // The other server is the one that gives positions. Once each round of this one was seen three times, every statement of them was.
  const rounds = ['from outbox', 'webhook_inbox', 'answer_due_at <='];
  await vi.waitUntil(() => rounds.every((part) => counter.executed.filter((text) => text.includes(part)).length >= 3), {
    timeout: 30_000,
    interval: 50,
  });
  // Who the caller's organization is, is remembered from the first request on.
  await agent.ask('{ viewer { __typename } }');
  background = new Set(counter.executed);
});
afterAll(async () => {
  await server.stop();
  await counter.close();
  await setUp.close();
});

async function statementsOf(document: string, variables: object): Promise<readonly string[]> {
  const from = counter.executed.length;
  await agent.ask(document, variables);
  const executed = counter.executed.slice(from).filter((text) => !background.has(text));
  return executed.map((text) => text.replace(/\(\$\d+(, \$\d+)*\)/g, '(…)')).sort();
}

const conversations = `query ($first: Int!) {
  contacts(first: $first) {
    nodes {
      id name phone
      consent { status changedAt resendAvailableAt request { id attempt acceptedAt delivery failure { code } } }
      composer { mode canResendOptIn heldCount notice }
      messages(first: 10) {
        nodes {
          id body status expectedAt contact { name }
          attempts { number startedAt endedAt outcome failure { code } }
        }
        pageInfo { hasNextPage }
      }
      transitions(first: 10) { nodes { eventId from to cause contact { name } } }
    }
    pageInfo { hasNextPage }
  }
}`;

describe('the statements of a query', () => {
  it('are as many for 50 contacts as for 5, with their messages, transitions and requests', async () => {
    const five = await statementsOf(conversations, { first: 5 });
    const fifty = await statementsOf(conversations, { first: 50 });
    expect(fifty).toEqual(five);
    expect(fifty.length).toBeLessThanOrEqual(9);
    for (const table of ['messages', 'feed f', 'opt_in_requests', 'message_events e']) {
      expect(fifty.filter((text) => text.includes(`from ${table}`)).length, table).toBe(1);
    }
  });

  it('read all that there is: the answer has every contact with its own messages, request and transition', async () => {
    const { contacts } = await agent.ask(conversations, { first: 50 });
    expect(contacts.nodes).toHaveLength(CONTACTS);
    for (const contact of contacts.nodes) {
      expect(contact.consent).toMatchObject({ status: 'PENDING', request: { attempt: 1, delivery: 'ACCEPTED' } });
      expect(contact.messages.nodes.map(({ status }: { status: string }) => status)).toEqual([
        'ACCEPTED',
        'HELD',
        'HELD',
      ]);
      expect(contact.messages.nodes[1].contact.name).toBe(contact.name);
      const [asked, held] = contact.messages.nodes;
      expect(asked.attempts).toMatchObject([{ number: 1, outcome: 'ACCEPTED', failure: null }]);
      expect(Date.parse(asked.attempts[0].endedAt)).toBeGreaterThanOrEqual(Date.parse(asked.attempts[0].startedAt));
      expect(held).toMatchObject({ attempts: [], expectedAt: null });
      expect(contact.transitions.nodes).toMatchObject([{ to: 'PENDING', contact: { name: contact.name } }]);
      expect(contact.composer.heldCount).toBe(2);
    }
  });

  it('are as many for a page of the feed of 50 as of 5, with the contacts', async () => {
    const page = `query ($first: Int!) {
      consentTransitions(first: $first) { nodes { cursor contact { name consent { status request { attempt } } } } } }`;
    const five = await statementsOf(page, { first: 5 });
    const fifty = await statementsOf(page, { first: 50 });
    expect(fifty).toEqual(five);
    expect(fifty.length).toBeLessThanOrEqual(6);
  });

  it('are as many for when the messages of 50 contacts are expected to leave as for 5', async () => {
    const { sql } = setUp.database;
    const dueAt = new Date(Date.now() + 60 * 60 * 1000);
    await sql`update contacts set window_opened_at = now()`;
    await sql`update messages set status = 'QUEUED', held_reason = null where status = 'HELD'`;
    await sql`
      insert into outbox (organization_id, contact_id, channel, due_at, fence)
      select organization_id, id, 'WHATSAPP', ${dueAt}::timestamptz, 0 from contacts`;
    const queues = 'query ($first: Int!) { contacts(first: $first) { nodes { messages { nodes { expectedAt } } } } }';

    const five = await statementsOf(queues, { first: 5 });
    const fifty = await statementsOf(queues, { first: 50 });
    expect(fifty).toEqual(five);
    expect(fifty.filter((text) => text.includes('from outbox b'))).toHaveLength(1);

    const { contacts } = await agent.ask(queues, { first: 50 });
    const turns = [null, dueAt.toISOString(), new Date(dueAt.getTime() + 200).toISOString()];
    for (const contact of contacts.nodes) {
      expect(contact.messages.nodes.map(({ expectedAt }: { expectedAt: string | null }) => expectedAt)).toEqual(turns);
    }
  });
});
