import { de } from './words-de.js';
import { en } from './words-en.js';
import { es } from './words-es.js';
import { fr } from './words-fr.js';
import { it } from './words-it.js';
import { nl } from './words-nl.js';
import { pt } from './words-pt.js';
import type { Words } from './words.js';

const languages: Readonly<Record<string, Words>> = { de, en, es, fr, it, nl, pt };

/** The words of the locale's language; English where there are none. */
export function wordsFor(locale: string): { readonly language: string; readonly words: Words } {
  const language = locale.toLowerCase().split(/[-_]/)[0] ?? '';
  const words = Object.hasOwn(languages, language) ? languages[language] : undefined;
  return words ? { language, words } : { language: 'en', words: en };
}
