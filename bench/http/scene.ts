import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/cli/run.js';
import { readCommandConfig } from '../../src/config.js';
import { ORGANIZATION, SECRET, tokenOf } from '../fanout/tokens.js';
import type { BenchDatabase } from '../support/database.js';
import { serverCore } from '../support/machine.js';
import type { Scope } from '../support/scope.js';
import { startWorker } from '../support/worker.js';
import { hashOf, QUERY } from './operations.js';

const CONTACTS = 400;
const PARTNER = 'Benchmark';

/** An organization with contacts, and a partner with one published document. */
export type Scene = {
  readonly env: Readonly<Record<string, string>>;
  readonly token: string;
  readonly key: string;
  readonly contactIds: readonly string[];
};

/** Made by the server itself, which is gone when it resolves. */
export async function setScene(scope: Scope, database: BenchDatabase): Promise<Scene> {
  const env = {
    DATABASE_URL: database.url,
    DATA_DIR: database.dataDir,
    AUTH_JWT_SECRET: SECRET,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    // Two callers send all that a machine can answer.
    RATE_LIMIT_CALLER: 'off',
    RATE_LIMIT_ORGANIZATION: 'off',
  };
  const token = tokenOf('agent', 'agent');
  await operate(env, 'org', 'create', '--slug', ORGANIZATION, '--name', 'Benchmark');
  const partner = ['--org', ORGANIZATION, '--name', PARTNER, '--json'];
  const { key } = JSON.parse(await operate(env, 'partner', 'create', ...partner));
  const manifest = join(database.dataDir, 'bench-manifest.json');
  await writeFile(manifest, JSON.stringify({ [`sha256:${hashOf(QUERY)}`]: QUERY }));
  const version = ['--org', ORGANIZATION, '--partner', PARTNER, '--version', '1'];
  await operate(env, 'documents', 'publish', ...version, manifest);

  const { call, stop } = await startWorker(scope, 'support/assent.ts', { cores: serverCore, env });
  const port = await call<number>('port');
  const create = 'mutation ($input: CreateContactInput!) { createContact(input: $input) { contact { id } } }';
  const contactIds: string[] = [];
  while (contactIds.length < CONTACTS) {
    const phone = `+1650556${String(1000 + contactIds.length)}`;
    const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: create, variables: { input: { phone, name: 'Clara Client' } } }),
    });
    contactIds.push((await answer.json()).data.createContact.contact.id);
  }
  await stop();
  const [row] = await database.sql<{ id: string }[]>`select id from organizations where slug = ${ORGANIZATION}`;
  return { env: { ...env, ORGANIZATION_ID: row?.id ?? '' }, token, key, contactIds };
}

async function operate(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> {
  const told: string[] = [];
  const errors: string[] = [];
  const code = await run(args, {
    readConfig: () => readCommandConfig(env),
    out: (line) => told.push(line),
    err: (line) => errors.push(line),
  });
  if (code !== 0) throw new Error(`assent ${args.join(' ')}: ${errors.join(' ')}`);
  return told.join('\n');
}
