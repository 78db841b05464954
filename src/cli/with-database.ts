import type { Config } from '../config.js';
import { recordAct, type Act } from '../postgres/audit.js';
import { startEmbeddedDatabase } from '../postgres/embedded.js';
import { loadKeyRing } from '../postgres/key-ring.js';
import { createOrganizations } from '../postgres/organizations.js';
import { openProtectedDatabase } from '../postgres/protected-database.js';
import type { Secrets } from '../postgres/secrets.js';
import { createSmsSetup } from '../postgres/sms-setup.js';
import { transaction } from '../postgres/transaction.js';
import type { Terminal } from './terminal.js';

/** An act as a command knows it: the organization by its slug, or null; who did it is known already. */
type Told = Omit<Act, 'actor' | 'organizationId'> & { readonly organization: string | null };

type Opening = Pick<Terminal, 'readConfig' | 'actor'>;
type Statements = Parameters<typeof recordAct>[0];

/**
 * Runs a command on the database of the settings, migrated first, and closes it in any case. An embedded database is
 * started when no server runs it; one that is running is shared. A command that changes settings tells `record`.
 */
export async function withDatabase<Result>(
  terminal: Opening,
  use: (opened: Awaited<ReturnType<typeof open>>) => Promise<Result>,
): Promise<Result> {
  const config = terminal.readConfig();
  const actor = terminal.actor();
  const server =
    config.databaseUrl === null
      ? await startEmbeddedDatabase({ dataDir: config.dataDir, log: () => undefined })
      : { url: config.databaseUrl, stop: () => Promise.resolve() };
  try {
    const opened = await open(server.url, config, actor);
    try {
      return await use(opened);
    } finally {
      await opened.database.close();
    }
  } finally {
    await server.stop();
  }
}

/**
 * As `withDatabase`, for a command that changes settings: the change and the act that `record` is told are committed
 * together or not at all. A change that tells no act is refused.
 */
export async function withAct<Result>(
  terminal: Opening,
  change: (opened: ReturnType<typeof setUpWith> & { readonly sql: Statements }) => Promise<Result>,
): Promise<Result> {
  return withDatabase(terminal, ({ database, secrets }) => {
    return transaction(database.sql, async (sql) => {
      let recorded = false;
      const parts = setUpWith(sql, secrets, terminal.actor());
      const record = async (act: Told): Promise<void> => {
        recorded = true;
        await parts.record(act);
      };
      const result = await change({ ...parts, record, sql });
      if (!recorded) throw new Error('Nothing was changed: a change of settings has to be recorded.');
      return result;
    });
  });
}

async function open(url: string, config: Config, actor: string) {
  const database = await openProtectedDatabase(url, { connections: 4 });
  try {
    const { secrets } = await loadKeyRing({
      encryptionKeys: config.encryptionKeys,
      dataDir: config.dataDir,
      embedded: config.databaseUrl === null,
      sql: database.sql,
    });
    return { url, config, database, secrets, ...setUpWith(database.sql, secrets, actor) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function setUpWith(sql: Statements, secrets: Secrets, actor: string) {
  const organizations = createOrganizations({ sql, secrets });
  const smsSetup = createSmsSetup({ sql, secrets, organizations });
  const record = async ({ organization, ...act }: Told): Promise<void> => {
    const found = organization === null ? null : await organizations.findBySlug(organization);
    if (organization !== null && found === null) throw new Error(`There is no organization "${organization}".`);
    await recordAct(sql, { ...act, actor, organizationId: found?.id ?? null });
  };
  return { organizations, smsSetup, record };
}
