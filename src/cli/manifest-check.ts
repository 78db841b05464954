import { readFile } from 'node:fs/promises';
import { checkDocument, type DocumentVerdict, type PublishingRules } from '../access/document-check.js';
import { readManifest } from '../access/manifest.js';
import type { CheckedDocument } from '../postgres/document-versions.js';
import { buildAssentSchema } from '../resolvers/build-schema.js';
import { MAX_PAGE } from '../resolvers/pages.js';

export type CheckedFile = {
  readonly ok: boolean;
  readonly verdicts: readonly DocumentVerdict[];
  /** Those without a problem. */
  readonly publishable: readonly CheckedDocument[];
};

/** Reads a manifest and checks each of its documents against the schema of this program. */
export async function checkFile(
  file: string,
  rules: Pick<PublishingRules, 'scopes' | 'allowDeprecated'>,
): Promise<CheckedFile> {
  const entries = readManifest(await contentOf(file));
  const schema = buildAssentSchema();
  const verdicts = entries.map((entry) => checkDocument(entry, { ...rules, schema, largestPage: MAX_PAGE }));
  const publishable = verdicts.flatMap(({ hash, text, name, cost, problems }) =>
    problems.length > 0 || name === null || cost === null ? [] : [{ hash, text, name, cost }],
  );
  return { ok: publishable.length === verdicts.length, verdicts, publishable };
}

/** A line for each document, and one for each of its problems. */
export function describeVerdicts({ verdicts }: Pick<CheckedFile, 'verdicts'>): string {
  return verdicts
    .flatMap(({ hash, name, kind, cost, problems }) => [
      [hash.slice(0, 12), kind ?? 'document', name ?? 'without a name', cost === null ? '' : `cost ${cost}`]
        .filter((part) => part !== '')
        .join('  '),
      ...problems.map((problem) => `  ✗ ${problem}`),
    ])
    .join('\n');
}

/** Only what has to be changed. */
export const withProblems = ({ verdicts }: Pick<CheckedFile, 'verdicts'>): Pick<CheckedFile, 'verdicts'> => ({
  verdicts: verdicts.filter(({ problems }) => problems.length > 0),
});

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Error(`The file ${file} can't be read.`, { cause });
  }
}
