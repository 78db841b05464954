import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** The system user PostgreSQL's programs run as; undefined means the user who runs this process. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

/** True where this process may act for every user, and PostgreSQL therefore refuses to run as this one. */
export const isRoot = (): boolean => process.getuid?.() === 0;

/** The user a new database will belong to: ourselves, or for root an unprivileged stand-in. */
export async function chooseAccount(): Promise<Account> {
  if (!isRoot()) return undefined;
  const account = (await lookUp('postgres')) ?? (await lookUp('nobody'));
  if (account === undefined) {
    throw new Error(
      'PostgreSQL refuses to run as root, and there is neither a user "postgres" nor "nobody" to run it as',
    );
  }
  return account;
}

async function lookUp(name: string): Promise<Account> {
  try {
    const [uid, gid] = await Promise.all([execFileAsync('id', ['-u', name]), execFileAsync('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Whether the account may pass through every folder down to and including this one. The path must be free of symlinks. */
export async function canReach(path: string, account: Account): Promise<boolean> {
  if (account === undefined) return true;
  const { mode, uid, gid } = await stat(path);
  const executeBit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  if ((mode & executeBit) === 0) return false;
  const parent = dirname(path);
  return parent === path || canReach(parent, account);
}

/**
 * How to spawn one of PostgreSQL's programs: as the account, from a folder it can enter, and without this process's
 * environment, which holds secrets that are none of the database's business.
 */
export const spawnOptions = (account: Account, cwd: string) => ({
  ...account,
  cwd,
  env: process.platform === 'win32' ? undefined : { LC_ALL: 'C' },
  windowsHide: true,
});

/** Runs a program to its end; rejects with what it said on stderr when it fails. */
export async function runAs(account: Account, cwd: string, program: string, args: readonly string[]): Promise<void> {
  try {
    await execFileAsync(program, [...args], spawnOptions(account, cwd));
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    const why = said || (cause instanceof Error ? cause.message : String(cause));
    throw new Error(`${program} failed: ${why}`, { cause });
  }
}

/** Whether a process of this id exists, be it ours or another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
