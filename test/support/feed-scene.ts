import { startTestServer, type TestCaller, type TestServer } from './assent-server.js';
import { startFlakyProxy, type FlakyProxy } from './flaky-proxy.js';

/** A transition as the feed and its pages show it. */
export type Shown = {
  readonly cursor: string;
  readonly eventId: string;
  readonly contactVersion: number;
  readonly contact: { readonly id: string };
};

const PAGE = `query ($after: Cursor) { consentTransitions(after: $after, first: 100) {
  nodes { cursor eventId contactVersion contact { id } } pageInfo { hasNextPage endCursor } } }`;
const WRITE = {
  record:
    'mutation ($id: ID!) { answer: recordConsent(input: { contactId: $id, source: PAPER }) { userErrors { code } } }',
  withdraw:
    'mutation ($id: ID!) { answer: withdrawConsent(input: { contactId: $id, source: PAPER }) { userErrors { code } } }',
};

export type FeedScene = {
  readonly server: TestServer;
  readonly proxy: FlakyProxy;
  readonly agent: TestCaller;
  readonly head: () => Promise<string>;
  /** What the pages say came after a cursor: the truth that a subscriber is held to. */
  readonly truth: (after: string) => Promise<readonly Shown[]>;
  /** A contact that has been asked for consent: its first transition. */
  readonly contact: () => Promise<string>;
  /** So many more transitions of one contact. */
  readonly write: (contactId: string, count: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** A server with one organization, a proxy that breaks connections before it, and ways to write transitions. */
export async function startFeedScene(settings: Readonly<Record<string, string>> = {}): Promise<FeedScene> {
  const server = await startTestServer(settings);
  const proxy = await startFlakyProxy(() => `${server.url.replace('http', 'ws')}/graphql`);
  await server.organization('acme');
  const agent = await server.caller('acme');
  let numbers = 100;

  async function pages(after: string): Promise<readonly Shown[]> {
    const { nodes, pageInfo } = (await agent.ask(PAGE, { after })).consentTransitions;
    return pageInfo.hasNextPage ? [...nodes, ...(await pages(pageInfo.endCursor))] : nodes;
  }

  return {
    server,
    proxy,
    agent,
    head: async () => (await agent.ask('{ feedCursor }')).feedCursor,
    truth: pages,
    contact: async () => {
      const created = await agent.ask(
        'mutation ($phone: PhoneNumber!) { createContact(input: { phone: $phone, name: "Clara" }) { contact { id } } }',
        { phone: `+16505550${(numbers += 1)}` },
      );
      const { id } = created.createContact.contact;
      await agent.ask('mutation ($id: ID!) { sendOptIn(input: { contactId: $id }) { userErrors { code } } }', { id });
      return id;
    },
    write: async (id, count) => {
      for (let written = 0; written < count; written += 1) {
        const { answer } = await agent.ask(written % 2 === 0 ? WRITE.record : WRITE.withdraw, { id });
        if (answer.userErrors.length > 0) throw new Error(JSON.stringify(answer.userErrors));
      }
    },
    close: async () => {
      await proxy.close();
      await server.close();
    },
  };
}

/** The versions that each contact's transitions had, in the order they came. */
export function versionsByContact(transitions: readonly Shown[]): readonly (readonly number[])[] {
  const versions = new Map<string, number[]>();
  for (const { contact, contactVersion } of transitions) {
    versions.set(contact.id, [...(versions.get(contact.id) ?? []), contactVersion]);
  }
  return [...versions.values()];
}
