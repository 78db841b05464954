import { normalise } from './normalise.js';
import { vocabularies } from './vocabulary.js';
import type { Vocabulary } from './vocabulary.js';

/** What a phrase can be in a reply made of known phrases only. */
export type Kind = 'yes' | 'no' | 'stop' | 'polite';

/** One language's phrases, normalised as replies are. */
export type Lexicon = {
  readonly kinds: ReadonlyMap<string, ReadonlySet<Kind>>;
  readonly wishes: readonly string[];
};

const kindsInOrder: readonly Kind[] = ['yes', 'no', 'stop', 'polite'];
const noKinds: ReadonlySet<Kind> = new Set();
const otherNames: Readonly<Record<string, string>> = { iw: 'he', in: 'id', ms: 'id' };
const lexicons: ReadonlyMap<string, Lexicon> = new Map(
  Object.entries(vocabularies).map(([language, vocabulary]) => [language, lexiconOf(vocabulary)]),
);

/** How many words the longest known phrase has. */
export const longestPhrase = Math.max(
  ...[...lexicons.values()].flatMap(({ kinds }) => [...kinds.keys()].map((phrase) => phrase.split(' ').length)),
);

/** The lexicons of the languages that these locales name, each once, English among them; unknown ones are left out. */
export function lexiconsFor(locales: readonly string[]): readonly Lexicon[] {
  const languages = locales.map((locale) => locale.trim().split(/[-_]/, 1)[0]?.toLowerCase() ?? '');
  const known = new Set(['en', ...languages.map((language) => otherNames[language] ?? language)]);
  return [...known].flatMap((language) => lexicons.get(language) ?? []);
}

/** All that a phrase can be in any of the languages. A no or a stop is also known with letters repeated: "stooop". */
export function kindsOf(words: readonly string[], among: readonly Lexicon[]): ReadonlySet<Kind> {
  const phrase = words.join(' ');
  const found = union(phrase, among);
  if (found.size > 0 || words.length > 1) return found;
  const calmed = union(phrase.replace(/(.)\1+/gu, '$1'), among);
  return calmed.has('no') || calmed.has('stop') ? calmed : noKinds;
}

/** Whether normalised text holds, anywhere, words of a wish to stop. */
export function wishesToStop(normalised: string, among: readonly Lexicon[]): boolean {
  const padded = ` ${normalised} `;
  return among.some(({ wishes }) => wishes.some((wish) => padded.includes(wish)));
}

function union(phrase: string, among: readonly Lexicon[]): ReadonlySet<Kind> {
  return new Set(among.flatMap(({ kinds }) => [...(kinds.get(phrase) ?? noKinds)]));
}

function lexiconOf(vocabulary: Vocabulary): Lexicon {
  const kinds = new Map<string, Set<Kind>>();
  for (const kind of kindsInOrder) {
    for (const phrase of phrasesIn(vocabulary[kind])) {
      const normalised = normalise(phrase);
      kinds.set(normalised, (kinds.get(normalised) ?? new Set()).add(kind));
    }
  }
  const stops = [...kinds.keys()].filter((phrase) => phrase.includes(' ') && kinds.get(phrase)?.has('stop'));
  const wishes = phrasesIn(vocabulary.wish).map((phrase) => {
    const begins = phrase.endsWith('*');
    return begins ? ` ${normalise(phrase)}` : ` ${normalise(phrase)} `;
  });
  return { kinds, wishes: [...new Set([...wishes, ...stops.map((phrase) => ` ${phrase} `)])] };
}

function phrasesIn(list: string): readonly string[] {
  return list.split(',').map((phrase) => phrase.trim());
}
