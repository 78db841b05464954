import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');

/** The tests that a text names: a file, and sentences that stand in it. */
function namedIn(text: string): readonly { readonly file: string; readonly sentences: readonly string[] }[] {
  return [...text.matchAll(/`(test\/[^`]+\.test\.ts)`(: "[^"]+"(?:, "[^"]+")*)?/g)].map(([, file = '', said = '']) => ({
    file,
    sentences: [...said.matchAll(/"([^"]+)"/g)].map(([, sentence = '']) => sentence),
  }));
}

it('every test that SECURITY.md names is there', async () => {
  const named = namedIn(await read('SECURITY.md'));
  expect(named.length).toBeGreaterThan(60);
  for (const { file, sentences } of named) {
    expect([file, sentences.length > 0]).toEqual([file, true]);
    const source = await read(file);
    for (const sentence of sentences) {
      const isNamed = [`'${sentence}'`, `"${sentence}"`, `\`${sentence}\``].some((quoted) => source.includes(quoted));
      expect([file, sentence, isNamed]).toEqual([file, sentence, true]);
    }
  }
});

it('no row of SECURITY.md claims what no test proves', async () => {
  const rows = (await read('SECURITY.md')).split('\n').filter((line) => /^\| (?!---|-+ )/.test(line));
  const claims = rows.filter((row) => !/^\| (what|point) +\|/.test(row));
  expect(claims.length).toBeGreaterThan(40);
  for (const claim of claims) {
    expect([claim.slice(0, 60), namedIn(claim).length]).toEqual([
      claim.slice(0, 60),
      expect.toSatisfy((count) => count > 0),
    ]);
  }
});
