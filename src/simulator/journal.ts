import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { PhoneRecord } from './phones.js';

/** Where simulators keep what happened: a restart forgets nothing, and servers that share a directory share the phones. */
export type Journal = {
  /** Resolves when the records are in the file; one call's records are there together. */
  readonly append: (records: readonly PhoneRecord[]) => Promise<void>;
  /** Hands over what others have written to the file since. */
  readonly catchUp: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const nowhere: Journal = {
  append: () => Promise.resolve(),
  catchUp: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** Opens the journal in a directory, handing every record in it to `replay`; without a directory it keeps nothing. */
export async function openJournal(
  directory: string | null,
  /** Whose records `append` writes: nobody else's have this name. */
  me: string,
  replay: (record: PhoneRecord) => void,
): Promise<Journal> {
  if (directory === null) return nowhere;
  await mkdir(directory, { recursive: true });
  const file = await open(join(directory, 'simulator.jsonl'), 'a+');
  let offset = 0;
  let turn: Promise<void> = Promise.resolve();

  /** One at a time, so that each line is handed over once. */
  function inTurn(act: () => Promise<void>): Promise<void> {
    const acted = turn.then(act);
    turn = acted.catch(() => undefined);
    return acted;
  }

  async function readOn(): Promise<void> {
    const added = await bytesFrom(file, offset);
    const whole = added.subarray(0, added.lastIndexOf('\n') + 1);
    offset += whole.length;
    for (const line of whole.toString().split('\n')) {
      const written = read(line);
      if (written && written.by !== me) replay(written.record);
    }
  }

  await readOn();
  // A line that was cut off by a crash ends here, so that the next one is whole.
  if ((await file.stat()).size > offset) await file.appendFile('\n');

  return {
    append: (records) =>
      inTurn(() => file.appendFile(records.map((record) => `${JSON.stringify({ ...record, by: me })}\n`).join(''))),
    catchUp: () => inTurn(readOn),
    close: () => inTurn(() => file.close()),
  };
}

async function bytesFrom(file: FileHandle, offset: number): Promise<Buffer> {
  const { size } = await file.stat();
  if (size <= offset) return Buffer.alloc(0);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - offset), 0, size - offset, offset);
  return buffer.subarray(0, bytesRead);
}

/** Lines of versions before do not say who wrote them. */
function read(line: string): { readonly record: PhoneRecord; readonly by: string | null } | null {
  try {
    const { by = null, ...record } = JSON.parse(line) as PhoneRecord & { readonly by?: string };
    return { record, by };
  } catch {
    return null;
  }
}
