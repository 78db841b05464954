import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { createCursors } from '../../src/feed/cursors.js';
import { migrate } from '../../src/postgres/migrate.js';
import { serverKey } from '../../src/postgres/server-key.js';
import { callerWith, type TestCaller } from './assent-server.js';
import { assent } from './command-line.js';
import { startOwnPostgres } from './own-postgres.js';
import { startProcess, type AtEnd, type ServerProcess } from './server-process.js';

/** The advisory lock that the server which gives positions holds. */
const SEQUENCER_LOCK = 7_160_001;

/** A transition as the database has it, at its place in the feed. */
export type Recorded = {
  readonly position: number;
  readonly eventId: string;
  readonly contactId: string;
  readonly contactVersion: number;
  readonly to: string;
};

/** A server in a process of its own that comes back each time it is killed. */
export type ChaosServer = {
  /** Also the user that it connects to PostgreSQL as. */
  readonly name: string;
  /** Where it listens; null while it does not. */
  readonly port: () => number | null;
  /** Resolves when it serves. */
  readonly running: () => Promise<void>;
  /** `kill -9`, and a new start; resolves when the new one serves. */
  readonly kill: () => Promise<void>;
};

export type ChaosScene = Awaited<ReturnType<typeof setChaosScene>>;

/**
 * Several servers on one PostgreSQL, all in processes of their own that can be killed, with one organization and its
 * contacts. All is gone at the end of the test, also when it fails.
 */
export async function setChaosScene(
  atEnd: AtEnd,
  options: {
    readonly servers: number;
    readonly contacts: number;
    readonly settings?: Readonly<Record<string, string>>;
  },
) {
  const database = await startOwnPostgres(atEnd);
  const dataDir = await mkdtemp(join(tmpdir(), 'assent-test-'));
  atEnd(() => rm(dataDir, { recursive: true, force: true }));
  const env = {
    PORT: '0',
    DATABASE_URL: database.url(),
    DATA_DIR: dataDir,
    AUTH_JWT_SECRET: 'a secret for chaos that is long enough',
    LOG_LEVEL: 'warn',
    ...options.settings,
  };
  await migrate(database.url());
  const sql = postgres(database.url(), { max: 4, onnotice: () => undefined });
  atEnd(() => sql.end({ timeout: 1 }));

  async function operator(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await assent(env, ...args);
    if (code !== 0) throw new Error(err);
    return out.trim();
  }
  await operator('org', 'create', '--slug', 'acme', '--name', 'Acme Ltd', '--locale', 'en');
  const token = await operator('token', '--org', 'acme', '--role', 'agent', '--sub', 'agent-1');
  const [organization] = await sql<{ id: string }[]>`select id from organizations`;
  const organizationId = organization?.id ?? '';
  const cursors = createCursors(await serverKey(sql, 'cursor', 32));

  /** What servers said that ended without having been killed. */
  const fallen: string[] = [];
  const servers = await Promise.all(
    Array.from({ length: options.servers }, async (_, number) => {
      const name = `server_${number}`;
      await database.createUser(name);
      const settings = { ...env, DATABASE_URL: database.url(name) };
      const server = superviseServer({ name, start: () => startProcess(atEnd, settings), fallen });
      await server.running();
      return server;
    }),
  );
  const [first] = servers;
  const agent: TestCaller = callerWith(token, () => `http://127.0.0.1:${first?.port()}`);
  const contacts = await Promise.all(
    Array.from({ length: options.contacts }, async (_, number) => {
      const { created } = await agent.ask(
        `mutation ($phone: PhoneNumber!) {
          created: createContact(input: { phone: $phone, name: "Clara" }) { contact { id } } }`,
        { phone: `+1650555${1000 + number}` },
      );
      return { apiId: String(created.contact.id), id: await idOf(`+1650555${1000 + number}`) };
    }),
  );
  const { feedCursor: start } = await agent.ask('{ feedCursor }');

  async function idOf(phone: string): Promise<string> {
    const [row] = await sql<{ id: string }[]>`select id from contacts where phone = ${phone}`;
    return row?.id ?? '';
  }

  return {
    database,
    sql,
    servers,
    fallen,
    token,
    organizationId,
    contacts,
    /** The cursor before everything. */
    start: String(start),
    positionOf: (cursor: string): number => Number(cursors.decode(organizationId, cursor) ?? NaN),
    /** The server that gives positions now. */
    leader: async (): Promise<ChaosServer | null> => {
      const holders = await sql<{ user: string }[]>`
        select a.usename as user from pg_locks l join pg_stat_activity a on a.pid = l.pid
        where l.locktype = 'advisory' and l.granted and l.classid = 0 and l.objid = ${SEQUENCER_LOCK}
          and a.application_name = 'assent sequencer'`;
      if (holders.length > 1) throw new Error(`${holders.length} servers lead`);
      return servers.find(({ name }) => name === holders[0]?.user) ?? null;
    },
    /** What the API says of the funnel. */
    funnel: async (): Promise<unknown> => {
      const { consentFunnel } = await agent.ask('{ consentFunnel { notAsked optedIn optedOut } }');
      return consentFunnel;
    },
    /** The feed as its table has it. */
    recorded: async (): Promise<readonly Recorded[]> => {
      const rows = await sql<(Omit<Recorded, 'position'> & { position: string })[]>`
        select f.position, e.id as "eventId", e.contact_id as "contactId", e.contact_version as "contactVersion",
          e.to_status as to
        from feed f
        join consent_events e on e.organization_id = f.organization_id and e.contact_id = f.contact_id
          and e.version = f.version
        where f.organization_id = ${organizationId}
        order by f.position`;
      return rows.map((row) => ({ ...row, position: Number(row.position) }));
    },
  };
}

function superviseServer(options: {
  readonly name: string;
  readonly start: () => ServerProcess;
  readonly fallen: string[];
}): ChaosServer {
  const { name, start, fallen } = options;
  let port: number | null = null;
  let current = start();

  async function serve(server: ServerProcess): Promise<void> {
    void server.ended.then(({ code, signal }) => {
      if (server !== current) return;
      port = null;
      fallen.push(`${name} ended (${code ?? signal}) and said: ${server.errors().slice(-2_000)}`);
    });
    port = Number(new URL(await server.ready).port);
  }
  let running = serve(current);

  async function kill(): Promise<void> {
    const victim = current;
    current = start();
    port = null;
    victim.kill('SIGKILL');
    await victim.ended;
    await serve(current);
  }

  return {
    name,
    port: () => port,
    running: () => running,
    kill: () => {
      running = kill();
      return running;
    },
  };
}
