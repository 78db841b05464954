import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../examples/verifier/verify.py', import.meta.url));

/** What the verifier in Python says of a bundle: its exit code, and the checks that failed. */
export async function secondVerdict(
  bundle: string,
  key: string,
): Promise<{ readonly code: number; readonly failed: readonly string[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'assent-test-'));
  try {
    const paths = [join(directory, 'bundle.json'), join(directory, 'key')] as const;
    await writeFile(paths[0], bundle);
    await writeFile(paths[1], key);
    return await new Promise((resolve) => {
      execFile('python3', [script, ...paths, '--json'], (error, out) => {
        const { checks = [] } = JSON.parse(out || '{}') as { checks?: { name: string; verdict: string }[] };
        const failed = checks.filter(({ verdict }) => verdict === 'FAILED').map(({ name }) => name);
        resolve({ code: error ? Number(error.code) : 0, failed });
      });
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
