import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { startEmbeddedDatabase } from '../../src/postgres/embedded.js';
import { migrate } from '../../src/postgres/migrate.js';
import { databaseUrl } from './database-server.js';
import { findNatsServer } from './nats-binary.js';

/** One PostgreSQL for all tests, the one of TEST_DATABASE_URL or an embedded one, with one migrated template. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (findNatsServer() === null) {
    process.stdout.write(
      'test/nats is not part of this run: no nats-server was found (apt-get install nats-server, brew install nats-server)\n',
    );
  }
  const given = process.env['TEST_DATABASE_URL'];
  const server = given ? { url: given, stop: () => Promise.resolve() } : await startServer();
  const template = `assent_test_${randomBytes(4).toString('hex')}`;
  const sql = postgres(server.url, { max: 1, onnotice: () => undefined });

  async function teardown(): Promise<void> {
    const left = await sql<{ name: string }[]>`
      select datname as name from pg_database where starts_with(datname, ${template})`;
    for (const { name } of left) await sql`drop database if exists ${sql(name)} with (force)`;
    await sql.end({ timeout: 5 });
    await server.stop();
  }

  try {
    await sql`create database ${sql(template)}`;
    const role = await migrate(databaseUrl(server.url, template));
    project.provide('databaseServer', { url: server.url, template, role });
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}

async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-test-'));
  await chmod(folder, 0o755);
  const database = await startEmbeddedDatabase({ dataDir: folder, log: () => undefined });
  const home = await realpath(join(folder, 'postgres'));
  return {
    url: database.url,
    async stop() {
      await database.stop();
      await rm(home, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}
