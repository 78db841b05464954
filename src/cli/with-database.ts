import type { Config } from '../config.js';
import { openDatabase } from '../postgres/database.js';
import { startEmbeddedDatabase } from '../postgres/embedded.js';
import { loadKeyRing } from '../postgres/key-ring.js';
import { migrate } from '../postgres/migrate.js';
import { createOrganizations } from '../postgres/organizations.js';
import { createSmsSetup } from '../postgres/sms-setup.js';
import type { Terminal } from './terminal.js';

/**
 * Runs a command on the database of the settings, migrated first, and closes it in any case. An embedded database is
 * started when no server runs it; one that is running is shared.
 */
export async function withDatabase<Result>(
  terminal: Pick<Terminal, 'readConfig'>,
  use: (opened: Awaited<ReturnType<typeof open>>) => Promise<Result>,
): Promise<Result> {
  const config = terminal.readConfig();
  const server =
    config.databaseUrl === null
      ? await startEmbeddedDatabase({ dataDir: config.dataDir, log: () => undefined })
      : { url: config.databaseUrl, stop: () => Promise.resolve() };
  try {
    await migrate(server.url);
    const opened = await open(server.url, config);
    try {
      return await use(opened);
    } finally {
      await opened.database.close();
    }
  } finally {
    await server.stop();
  }
}

async function open(url: string, config: Config) {
  const database = openDatabase(url, { connections: 2 });
  try {
    const { secrets } = await loadKeyRing({
      encryptionKey: config.encryptionKey,
      dataDir: config.dataDir,
      embedded: config.databaseUrl === null,
      sql: database.sql,
    });
    const organizations = createOrganizations({ sql: database.sql, secrets });
    const smsSetup = createSmsSetup({ sql: database.sql, secrets, organizations });
    return { config, database, secrets, organizations, smsSetup };
  } catch (error) {
    await database.close();
    throw error;
  }
}
