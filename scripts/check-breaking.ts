import { readFile } from 'node:fs/promises';
import { unrecordedBreakingChanges } from './breaking-changes.js';

const [released, next, changelog] = await Promise.all(
  ['docs/schema-baseline.graphql', 'schema.graphql', 'CHANGELOG.md'].map((file) => readFile(file, 'utf8')),
);
const missing = unrecordedBreakingChanges(released ?? '', next ?? '', changelog ?? '');
if (missing.length > 0) {
  console.error(
    'schema.graphql breaks clients of docs/schema-baseline.graphql, the released one. Undo that, or tell it in',
  );
  console.error('CHANGELOG.md under "## [Unreleased]", "### Breaking", in these words:');
  for (const description of missing) console.error(`- ${description}`);
  process.exit(1);
}
