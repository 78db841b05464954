import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where packages put it that users' paths leave out. */
const BESIDE_THE_PATH = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/bin'];

/** The nats-server of this machine; null if there is none. The tests in test/nats are part of a run that has one. */
export function findNatsServer(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...BESIDE_THE_PATH];
  return folders.map((folder) => join(folder, 'nats-server')).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
