import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { unrecordedBreakingChanges } from '../../scripts/breaking-changes.js';

const released = 'type Query { old(first: Int): String new(first: Int): String }';
const changelogWith = (breaking: string) =>
  `# Changelog\n\n## [Unreleased]\n\n### Added\n\n- More.\n${breaking}\n## [0.1.0]\n\n### Breaking\n\n- Query.old was removed.\n`;

describe('a change of the schema', () => {
  it('needs no word as long as nothing breaks', () => {
    const added = 'type Query { old(first: Int, after: String): String new(first: Int): String more: Int }';

    expect(unrecordedBreakingChanges(released, added, changelogWith(''))).toEqual([]);
  });

  it('that breaks clients is reported until the changelog of the next version tells it', () => {
    const removed = 'type Query { new(first: Int): String }';
    const missing = ['Query.old was removed.'];

    expect(unrecordedBreakingChanges(released, removed, changelogWith(''))).toEqual(missing);
    expect(unrecordedBreakingChanges(released, removed, changelogWith('- Query.old was removed.\n'))).toEqual(missing);
    expect(
      unrecordedBreakingChanges(released, removed, changelogWith('\n### Breaking\n\n- `Query.old` was\n  removed.\n')),
    ).toEqual([]);
  });

  it('that breaks in several ways is told of each', () => {
    const changed = 'type Query { old(first: Int!): String new(first: Int): Int }';
    const told = '\n### Breaking\n\n- Query.new changed type from String to Int.\n\n### Fixed\n';

    expect(unrecordedBreakingChanges(released, changed, changelogWith(told))).toEqual([
      'Query.old arg first has changed type from Int to Int!.',
    ]);
  });

  it('is none of the schema as it is, unless the changelog tells it', async () => {
    const [baseline, now, changelog] = await Promise.all(
      ['docs/schema-baseline.graphql', 'schema.graphql', 'CHANGELOG.md'].map((file) => readFile(file, 'utf8')),
    );

    expect(unrecordedBreakingChanges(baseline ?? '', now ?? '', changelog ?? '')).toEqual([]);
  });
});
