import { appendFile, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

/** The last few notes. */
const TAIL_BYTES = 8 * 1024;

/** Copies of what was signed, outside of the database: one file for each log, one note after another. */
export type CheckpointFile = {
  readonly append: (organizationId: string, notes: readonly string[]) => Promise<void>;
  /** The last notes of a log, the oldest first; none where nothing was copied yet. */
  readonly last: (organizationId: string) => Promise<readonly string[]>;
  /** Whether this note is the last of a log. */
  readonly endsWith: (organizationId: string, note: string) => Promise<boolean>;
};

/** The files lie in this directory, which is made when it is first needed. */
export function createCheckpointFile(directory: string): CheckpointFile {
  const pathOf = (organizationId: string): string => join(directory, `${organizationId}.log`);
  let made: Promise<unknown> | null = null;

  return {
    append: async (organizationId, notes) => {
      if (notes.length === 0) return;
      await (made ??= mkdir(directory, { recursive: true }));
      await appendFile(pathOf(organizationId), notes.join(''));
    },
    last: async (organizationId) => notesIn(await tailOf(pathOf(organizationId), TAIL_BYTES)),
    endsWith: async (organizationId, note) => note === (await tailOf(pathOf(organizationId), Buffer.byteLength(note))),
  };
}

/** The notes of a text that holds one after another; what is torn at either end is left out. */
export function notesIn(text: string): readonly string[] {
  return text.match(/[^\n—][^]*?\n\n(?:— [^\n]*\n)+/gu) ?? [];
}

async function tailOf(path: string, bytes: number): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const from = Math.max(0, size - bytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
