import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { AtEnd } from './server-process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The program of `driven-main.ts` in one file, which starts in a third of the time: for tests that start many servers.
 * Its packages and migrations are the project's own. It is gone when the test is over.
 */
export async function bundleServer(atEnd: AtEnd): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-test-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  await Promise.all(['node_modules', 'drizzle'].map((name) => symlink(join(root, name), join(folder, name))));
  // Sources look for the migrations and for package.json from where they are: two folders deep, and one.
  await mkdir(join(folder, 'test'));
  await symlink(join(root, 'package.json'), join(folder, 'test', 'package.json'));
  const outfile = join(folder, 'test', 'support', 'driven-main.mjs');
  await build({
    entryPoints: [join(root, 'test', 'support', 'driven-main.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  return outfile;
}
