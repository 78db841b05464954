import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platformPackage, prepareBinaries } from './embedded-binaries.js';
import type { Binaries } from './embedded-binaries.js';
import { DATABASE_NAME } from './embedded-hold.js';
import { canReach, chooseAccount, isAlive, isRoot, runAs } from './embedded-process.js';
import type { Account } from './embedded-process.js';

/** Where one embedded database lives, free of symlinks; `data` is complete as soon as it exists. */
export type Home = {
  readonly path: string;
  readonly data: string;
  readonly password: string;
  readonly account: Account;
  readonly binaries: Binaries;
};

/**
 * The home of the database of dataDir, made when there is none. It is the folder `postgres` in dataDir; where the user
 * who runs PostgreSQL can't reach dataDir, that is a link to a folder of the machine. A home is built aside and appears
 * by one atomic step, so an interrupted or a simultaneous first start leaves either none or a whole one.
 */
export async function openHome(dataDir: string, log: (line: string) => void): Promise<Home> {
  await mkdir(dataDir, { recursive: true });
  const folder = await realpath(dataDir);
  const entry = join(folder, 'postgres');
  if (!(await isPresent(entry))) await createHome(folder, entry, log);

  const path = await realpath(entry).catch((cause: unknown) => {
    throw new Error(
      `its database was in the folder ${entry} links to, which is gone (remove the link to start empty)`,
      { cause },
    );
  });
  const data = join(path, 'data');
  const account = await ownerOf(path, data);
  const binaries = await prepareBinaries({ packageRoot: platformPackage(), home: path, account });
  return { path, data, password: await readFile(join(path, 'password'), 'utf8'), account, binaries };
}

async function ownerOf(path: string, data: string): Promise<Account> {
  const [home, owner] = await Promise.all([stat(path), stat(data)]);
  if (isRoot()) {
    // A folder that someone else put where ours used to be must not be trusted with root's help.
    if (owner.uid === 0 || (home.uid !== 0 && home.uid !== owner.uid)) {
      throw new Error(`${path} has an unexpected owner`);
    }
    return { uid: owner.uid, gid: owner.gid };
  }
  if (process.getuid !== undefined && process.getuid() !== owner.uid) {
    throw new Error(`${path} belongs to another user (uid ${owner.uid})`);
  }
  return undefined;
}

async function createHome(folder: string, entry: string, log: (line: string) => void): Promise<void> {
  await removeAbandoned(folder);
  const account = await chooseAccount();
  const elsewhere = (await canReach(folder, account)) ? undefined : await reachablePlace(account);
  const building = await mkdtemp(
    elsewhere === undefined ? join(folder, `postgres.new-${process.pid}-`) : join(elsewhere, 'assent-postgres-'),
  );
  log(`creating the embedded PostgreSQL in ${elsewhere === undefined ? entry : building}`);
  try {
    await initialise(building, account);
    await (elsewhere === undefined ? rename(building, entry) : symlink(building, entry));
  } catch (cause) {
    await rm(building, { recursive: true, force: true });
    if (!(await isPresent(entry))) throw cause;
  }
  await syncFolder(folder);
}

async function initialise(home: string, account: Account): Promise<void> {
  const data = join(home, 'data');
  const password = join(home, 'password');
  await chmod(home, account === undefined ? 0o700 : 0o711);
  await mkdir(data, { mode: 0o700 });
  await writeFile(password, randomBytes(24).toString('hex'), { mode: 0o600, flush: true });
  if (account !== undefined) {
    await chown(data, account.uid, account.gid);
    await chown(password, account.uid, account.gid);
  }
  const { initdb } = await prepareBinaries({ packageRoot: platformPackage(), home, account });
  await runAs(account, home, initdb, [
    `--pgdata=${data}`,
    `--username=${DATABASE_NAME}`,
    `--pwfile=${password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and the same upper and lower case on every system, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]);
}

async function reachablePlace(account: Account): Promise<string> {
  for (const candidate of ['/var/lib', '/var/tmp', tmpdir()]) {
    const place = await realpath(candidate).catch(() => undefined);
    if (place !== undefined && (await isWritable(place)) && (await canReach(place, account))) return place;
  }
  throw new Error(
    `PostgreSQL can't run as root, and its stand-in (uid ${String(account?.uid)}) can reach no folder to keep a database in`,
  );
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^postgres\.new-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  await handle.sync().finally(() => handle.close());
}

const isPresent = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
