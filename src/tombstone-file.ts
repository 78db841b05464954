import { mkdir, open } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname } from 'node:path';
import { tombstoneLine, type Tombstone } from './domain/tombstone.js';

const LINE_END = 0x0a;

/** A file of tombstones, one a line, which any number of processes may append to. */
export function createTombstoneFile(path: string): { readonly append: (tombstone: Tombstone) => Promise<void> } {
  return {
    /** On disk when it resolves. */
    append: async (tombstone) => {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'a+');
      try {
        const { size } = await file.stat();
        const last = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
        // A line that a crash tore must not take the next one with it.
        const isTorn = last.bytesRead === 1 && last.buffer[0] !== LINE_END;
        await file.appendFile(`${isTorn ? '\n' : ''}${tombstoneLine(tombstone)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await syncFolder(dirname(path));
    },
  };
}

/** A file that is new is there after a crash only if its folder says so. Windows has no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (platform() === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
