import { execFile } from 'node:child_process';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { startEmbeddedDatabase } from '../../src/postgres/embedded.js';
import { assent } from '../support/command-line.js';

const BIN = fileURLToPath(new URL('../../bin/assent.js', import.meta.url));

describe('assent', () => {
  it.each([
    ['--help'],
    ['org', '--help'],
    ['org', 'create', '--help'],
    ['token', '--help'],
    ['help', 'channel'],
    ['outbox', 'park', '--help'],
  ])('explains itself: %s %s %s', async (...args) => {
    const { code, out, err } = await assent({}, ...args.filter((arg) => arg !== undefined));

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Usage: assent');
  });

  it.each(['--version', '-V'])('tells its version: %s', async (option) => {
    expect(await assent({}, option)).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/), err: '' });
  });

  it.each([
    [[], 'Usage: assent'],
    [['org'], 'Usage: assent org'],
    [['orgs'], "unknown command 'orgs'"],
    [['org', 'create', '--slug', 'acme'], "required option '--name <name>' not specified"],
    [['org', 'create', '--slug', 'a', '--name', 'A', '--nmae'], "unknown option '--nmae'"],
    [['migrate', 'now'], 'too many arguments'],
  ])('exits with 2 and says why when it is not understood: %s', async (args, reason) => {
    const { code, out, err } = await assent({}, ...args);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(reason);
  });

  it('exits with 1 and one sentence when a setting is wrong', async () => {
    expect(await assent({ DATABASE_URL: 'assent' }, 'migrate')).toEqual({
      code: 1,
      out: '',
      err: 'assent: DATABASE_URL should be a PostgreSQL URL, for example postgres://user:password@host:5432/assent.',
    });
  });

  it('exits with 1 and one sentence when the database cannot be reached', async () => {
    expect(await assent({ DATABASE_URL: 'postgres://someone:hunter2@127.0.0.1:1/none' }, 'migrate')).toEqual({
      code: 1,
      out: '',
      err: "assent: The database can't be reached: connect ECONNREFUSED 127.0.0.1:1.",
    });
  });

  it('works from any folder on the embedded database of a running server', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assent-cli-'));
    await chmod(folder, 0o755);
    const server = await startEmbeddedDatabase({ dataDir: folder, log: () => undefined });
    const sql = postgres(server.url, { max: 1 });
    try {
      const create = ['org', 'create', '--slug', 'acme', '--name', 'Acme', '--json'];
      const env = { PATH: process.env['PATH'], DATA_DIR: folder };
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [BIN, ...create], { cwd: folder, env });

      expect(stderr).toBe('');
      expect(await sql`select id, slug, name, locale from organizations`).toEqual([JSON.parse(stdout)]);
    } finally {
      await sql.end();
      const home = await realpath(join(folder, 'postgres'));
      await server.stop();
      await rm(home, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    }
  });
});
