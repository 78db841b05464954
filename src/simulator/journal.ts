import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PhoneRecord } from './phones.js';

/** Where the simulator keeps what happened, so that a restart forgets nothing. */
export type Journal = {
  /** Resolves when the records are in the file; one call's records are there together. */
  append(records: readonly PhoneRecord[]): Promise<void>;
};

/** Opens the journal in a directory, handing every record in it to `replay`; without a directory it keeps nothing. */
export async function openJournal(directory: string | null, replay: (record: PhoneRecord) => void): Promise<Journal> {
  if (directory === null) return { append: () => Promise.resolve() };
  const file = join(directory, 'simulator.jsonl');
  await mkdir(directory, { recursive: true });
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  for (const line of text.split('\n')) {
    const record = read(line);
    if (record) replay(record);
  }
  // A line that was cut off by a crash ends here, so that the next one is whole.
  let written: Promise<void> = text === '' || text.endsWith('\n') ? Promise.resolve() : appendFile(file, '\n');
  return {
    append(records) {
      const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
      const appended = written.then(() => appendFile(file, lines));
      written = appended.catch(() => undefined);
      return appended;
    },
  };
}

function read(line: string): PhoneRecord | null {
  try {
    return JSON.parse(line) as PhoneRecord;
  } catch {
    return null;
  }
}
