import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { platformPackage, prepareBinaries } from '../../src/postgres/embedded-binaries.js';
import { chooseAccount, runAs } from '../../src/postgres/embedded-process.js';
import type { Account } from '../../src/postgres/embedded-process.js';

let folder: string;
let home: string;
let packageRoot: string;
let account: Account;

// The package as it is installed when install scripts are not allowed to run.
beforeEach(async () => {
  account = await chooseAccount();
  folder = await mkdtemp(join(tmpdir(), 'binaries-'));
  await chmod(folder, 0o755);
  home = join(folder, 'home');
  packageRoot = join(folder, 'modules', 'package');
  await mkdir(home);
  await cp(platformPackage(), packageRoot, { recursive: true, verbatimSymlinks: true });
  for (const { target } of await links()) await rm(join(packageRoot, target), { force: true });
});

afterEach(async () => {
  await chmod(join(packageRoot, 'native', 'lib'), 0o755);
  await rm(folder, { recursive: true, force: true });
});

async function links(): Promise<readonly { target: string }[]> {
  const list = await readFile(join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return JSON.parse(list);
}

const run = (program: string) => runAs(account, home, program, ['--version']);

describe("PostgreSQL's programs", () => {
  it('run from a package whose install script has not', async () => {
    const binaries = await prepareBinaries({ packageRoot, home, account });

    expect(binaries.postgres.startsWith(packageRoot)).toBe(true);
    await run(binaries.initdb);
    await run(binaries.postgres);
    await run(binaries.pgCtl);
  });

  it('run from a package that lost the right to be executed', async () => {
    for (const program of ['initdb', 'postgres', 'pg_ctl']) {
      await chmod(join(packageRoot, 'native', 'bin', program), 0o644);
    }

    const binaries = await prepareBinaries({ packageRoot, home, account });

    expect(binaries.postgres.startsWith(packageRoot)).toBe(true);
    await run(binaries.initdb);
  });

  it('are copied from a package that can be neither repaired nor entered by another user, once', async () => {
    await chmod(join(packageRoot, 'native', 'lib'), 0o555);
    await chmod(join(folder, 'modules'), 0o700);

    const [binaries, again] = await Promise.all([
      prepareBinaries({ packageRoot, home, account }),
      prepareBinaries({ packageRoot, home, account }),
    ]);

    expect(binaries.postgres.startsWith(home)).toBe(true);
    expect(again).toEqual(binaries);
    await run(binaries.initdb);
    await run(binaries.postgres);
  });

  it('are refused with a reason when even a copy does not run', async () => {
    await writeFile(
      join(packageRoot, 'native', 'bin', 'postgres'),
      '#!/bin/sh\necho "no such instruction" >&2; exit 1\n',
    );

    await expect(prepareBinaries({ packageRoot, home, account })).rejects.toThrow('no such instruction');
  });
});
