import { inspect } from 'node:util';
import { vi } from 'vitest';
import type { Logger } from '../../src/domain/ports/logger.js';
import { describe as described } from '../../src/server/logger.js';
import type { Patience } from '../../src/server/http.js';
import { startTestServer, type TestCaller } from './assent-server.js';
import { createPartner } from './partner-scene.js';
import { startStatementCounter } from './statement-counter.js';

/** What the attacked organization has, none of which anybody else may learn. */
export const CLARA = { name: 'Clara Confidential', phone: '+16502531234', text: 'your results are in' } as const;

const SEED = `mutation ($phone: PhoneNumber!, $name: String!) {
  sendOptIn(input: { phone: $phone, name: $name }) { contact { id consent { request { id } } } } }`;
const WRITE = `mutation ($id: ID!, $body: String!) {
  queueMessage(input: { contactId: $id, body: $body }) { message { id } userErrors { code } } }`;

/** Everything that the lines of a log may not hold; each test may add its own. */
function startLog(secrets: Set<string>) {
  const lines: string[] = [];
  // As the server's own logger writes it, all levels of it.
  const write = (fields: object, message: string): void => {
    const shown = 'err' in fields ? { ...fields, err: described(fields.err) } : fields;
    lines.push(`${message} ${JSON.stringify(shown)}`);
  };
  // Libraries that speak for themselves.
  const printed = (['error', 'warn', 'log'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((...said: unknown[]) => void lines.push(`console ${inspect(said)}`)),
  );
  const log: Logger = { debug: write, info: write, warn: write, error: write };
  return {
    log,
    lines,
    printed: () => lines.filter((line) => line.startsWith('console ')),
    release: () => printed.forEach((spy) => spy.mockRestore()),
    leaks: () => lines.filter((line) => [...secrets].some((secret) => line.includes(secret))),
  };
}

/** Whether a token still counts, and what of the log is to be signed: asked every few seconds. */
const ofItself = /token_revocations|checkpoints|log_keys|log_tiles|leaf_hash|feed_heads/;

export type AttackScene = Awaited<ReturnType<typeof setAttackScene>>;

/**
 * A whole server with an organization that is attacked, "acme", which has one contact and one held message, and another
 * one, "globex", whose admin attacks. All that it logs is kept, and searched for whatever is secret.
 */
export async function setAttackScene(
  settings: Readonly<Record<string, string>> = {},
  { patience, counted = false }: { readonly patience?: Patience; readonly counted?: boolean } = {},
) {
  const secrets = new Set<string>([CLARA.name, CLARA.text, CLARA.phone.slice(2)]);
  const { log, lines, leaks, printed, release } = startLog(secrets);
  const counters: Awaited<ReturnType<typeof startStatementCounter>>[] = [];
  const through = async (url: string): Promise<string> => {
    const counter = await startStatementCounter(url);
    counters.push(counter);
    return counter.url;
  };
  const server = await startTestServer(settings, { log, patience, ...(counted && { through }) });
  const organizations = [await server.organization('acme'), await server.organization('globex')] as const;
  for (const { slug, appSecret } of organizations) secrets.add(appSecret).add(`${slug}-token`);
  secrets.add(String(server.env['AUTH_JWT_SECRET']));

  async function caller(slug: string, sub: string, role = 'admin'): Promise<TestCaller> {
    const made = await server.caller(slug, { role, sub });
    secrets.add(made.token).add(made.token.split('.')[2] ?? made.token);
    return made;
  }
  const victim = await caller('acme', 'ana');
  const attacker = await caller('globex', 'eve');
  const { sendOptIn } = await victim.ask(SEED, { phone: CLARA.phone, name: CLARA.name });
  const { id, consent } = sendOptIn.contact;
  const { queueMessage } = await victim.ask(WRITE, { id, body: CLARA.text });
  const { sql } = server.database;
  await server.quiet();

  return {
    server,
    sql,
    lines,
    /** Lines of the log that hold something secret, and all that was said past the log. */
    leaks: () => [...leaks(), ...printed()],
    acme: organizations[0],
    globex: organizations[1],
    victim,
    attacker,
    caller,
    /** What the attacked organization has. */
    clara: { id: String(id), requestId: String(consent.request.id), messageId: String(queueMessage.message.id) },
    /**
     * What the database was asked for an organization while some work was done, with `counted`: on each connection, what
     * follows on the naming of who it is for. Without what the server asks by itself.
     */
    statementsFor: async (organizationId: string, work: () => Promise<unknown>): Promise<readonly string[]> => {
      const lines = counters[0]?.lines ?? [];
      const before = lines.map((line) => line.length);
      await work();
      const named = `assent.organizations = '{${organizationId}}'`;
      return lines
        .map((line, index) => line.slice(before[index] ?? 0))
        .flatMap((texts) => texts.filter((_, at) => texts[at - 1]?.includes(named)))
        .filter((text) => !ofItself.test(text));
    },
    secret: (text: string): string => {
      secrets.add(text);
      return text;
    },
    partner: async (about: Parameters<typeof createPartner>[2], slug = 'globex'): Promise<string> => {
      const key = await createPartner(server.env, slug, about);
      secrets.add(key).add(key.slice(20, 40));
      return key;
    },
    get url() {
      return server.url;
    },
    /** The server serves on, and the attacked organization has what it had. */
    serves: async (): Promise<boolean> => {
      const { contact } = await victim.ask('query ($id: ID!) { contact(id: $id) { name phone } }', { id });
      return contact?.name === CLARA.name && contact.phone === CLARA.phone;
    },
    close: async (): Promise<void> => {
      await server.close();
      release();
      for (const counter of counters) await counter.close();
    },
  };
}
