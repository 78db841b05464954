import { openDisclosure } from '../verifier/commitment.js';
import { readEntry } from '../verifier/entry.js';
import type { JsonObject } from '../verifier/json.js';
import { certificationTemplate } from './certification.js';
import { writeTranscript, type ToldEntry } from './transcript.js';
import { wordsFor } from './languages.js';

/** What a bundle holds for people, in the organization's language: derived from the entries and signed with them. */
export function writeReadable(input: {
  readonly organizationName: string;
  readonly locale: string;
  readonly entries: readonly { readonly bytes: Uint8Array; readonly disclosures: readonly string[] }[];
  readonly size: number;
  readonly at: Date;
}): JsonObject {
  const { language, words } = wordsFor(input.locale);
  const { organizationName, size } = input;
  const entries = input.entries.map(({ bytes, disclosures }) => toldFrom(bytes, disclosures));
  return {
    language,
    transcript: writeTranscript(language, words, { organizationName, entries, size, at: input.at.toISOString() }),
    doesNotProve: words.notProven,
    certification: certificationTemplate,
  };
}

function toldFrom(bytes: Uint8Array, disclosures: readonly string[]): ToldEntry {
  const entry = readEntry(bytes);
  if (!entry) throw new Error('A stored entry can not be read.');
  const opened = disclosures.flatMap((disclosure) => openDisclosure(disclosure) ?? []);
  return { entry, disclosed: new Map(opened.map(({ name, value }) => [name, value])) };
}
