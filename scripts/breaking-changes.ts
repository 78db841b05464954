import { buildSchema, findBreakingChanges } from 'graphql';

/** The part of a changelog that tells what breaks in the next version. */
function toldAsBreaking(changelog: string): string {
  const [, unreleased = ''] = /^## \[Unreleased\]$([^]*?)(?=^## |(?![^]))/m.exec(changelog) ?? [];
  const [, breaking = ''] = /^### Breaking$([^]*?)(?=^### |(?![^]))/m.exec(unreleased) ?? [];
  return normal(breaking);
}

/** However lines are broken, and whether names are marked as code. */
const normal = (text: string): string => text.replaceAll('`', '').replace(/\s+/g, ' ');

/**
 * What a client of the released schema would notice in the new one, unless the changelog tells it in these words under
 * "Breaking" of the next version.
 */
export function unrecordedBreakingChanges(released: string, next: string, changelog: string): readonly string[] {
  const told = toldAsBreaking(changelog);
  return findBreakingChanges(buildSchema(released), buildSchema(next))
    .map(({ description }) => description)
    .filter((description) => !told.includes(normal(description)));
}
