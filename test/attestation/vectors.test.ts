import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { judgeByAssent, judgeByPython, treeDocument, type Document } from '../support/attestation-judges.js';
import {
  bundleVectors,
  LARGEST,
  treeVectors,
  type BundleVectors,
  type TreeVectors,
} from '../support/attestation-vectors.js';

const example = fileURLToPath(new URL('../../examples/verifier/', import.meta.url));
const stored = async (name: string) => JSON.parse(await readFile(join(example, 'vectors', name), 'utf8'));
const whole = (document: Omit<Document, 'bits'>): Document => ({ ...document, bits: [] });

describe('the test vectors', () => {
  let trees: TreeVectors;
  let bundles: BundleVectors;
  beforeAll(async () => {
    trees = await stored('trees.json');
    bundles = await stored('bundles.json');
  });

  it('are those that `npm run vectors:emit` writes', () => {
    expect(trees).toEqual(treeVectors());
    expect(bundles).toEqual(bundleVectors());
  });

  it('hold for both verifiers, for each size of tree up to 257', async () => {
    const documents = trees.vectors.map(({ size }) => whole(treeDocument(trees, size)));
    expect(documents).toHaveLength(LARGEST + 1);
    const all = documents.map(() => '0');
    expect(judgeByAssent(documents)).toEqual(all);
    expect((await judgeByPython(documents)).codes).toEqual(all);
  });

  it('have bundles of which both verifiers say the same', async () => {
    const documents = bundles.map(({ key, file }) => whole({ kind: 'bundle', key, data: Buffer.from(file) }));
    const codes = bundles.map(({ exit }) => String(exit));
    expect(judgeByAssent(documents)).toEqual(codes);
    expect((await judgeByPython(documents)).codes).toEqual(codes);
  });

  it('are judged so by the Python program itself, which has OpenSSL verify each signature', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vectors-'));
    const [bundle, key] = [join(folder, 'bundle.json'), join(folder, 'key')];
    for (const { name, exit, ...vector } of bundles) {
      await Promise.all([writeFile(bundle, vector.file), writeFile(key, `${vector.key}\n`)]);
      const run = promisify(execFile)('python3', [join(example, 'verify.py'), bundle, key, '--json']);
      const { code, stdout } = await run.then(
        ({ stdout }) => ({ code: 0, stdout }),
        (error) => error,
      );
      expect({ name, exit: code }).toEqual({ name, exit });
      expect(JSON.parse(stdout).outcome).toBe(['TRUE', 'FALSE', 'UNUSABLE'][exit]);
    }
  });
});
