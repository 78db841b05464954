import { mkdir, writeFile } from 'node:fs/promises';
import { bundleVectors, treeVectors } from '../test/support/attestation-vectors.js';

/** Writes the vectors that every verifier has to agree on. They come out the same each time. */
const folder = new URL('../examples/verifier/vectors/', import.meta.url);
const { key, vectors } = treeVectors();
const lines = (items: readonly object[]): string => items.map((item) => JSON.stringify(item)).join(',\n');

await mkdir(folder, { recursive: true });
await writeFile(new URL('trees.json', folder), `{"key":${JSON.stringify(key)},"vectors":[\n${lines(vectors)}\n]}\n`);
await writeFile(new URL('bundles.json', folder), `[\n${lines(bundleVectors())}\n]\n`);
