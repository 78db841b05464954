import { kindsOf, lexiconsFor, longestPhrase, wishesToStop } from './lexicon.js';
import type { Kind, Lexicon } from './lexicon.js';
import { normalise } from './normalise.js';

/** Names the words and rules below; it is recorded with every answer, and differs whenever one of them does. */
export const replyRulesVersion = '2026-11-1';

/**
 * What a reply says about consent. `STOP` revokes at any time; `NO` only declines what was asked; `UNCLEAR_STOP` may
 * be a wish to stop: pause and ask; `OTHER` decides nothing.
 */
export type ReplyMeaning = 'YES' | 'NO' | 'STOP' | 'UNCLEAR_STOP' | 'OTHER';

const longestReply = 40;
const stopSigns = /[🛑⛔🚫]/u;
const question = /[?¿؟？⁇⁈⁉‽❓❔]/u;
const refusingEmoji = /[❌👎🙅🖕]/u;

/**
 * Reads a reply in the contact's languages (`pt-BR`, `en_US`) and always in English: strict to grant, liberal to revoke.
 * Never throws, and its time grows with the length of the text and no faster.
 */
export function interpretReply(text: string, locales: readonly string[]): ReplyMeaning {
  return read(text, locales).meaning;
}

/**
 * True for a yes made of nothing but words that also acknowledge ("ok, thanks"): an answer when something was asked,
 * but no request to be opted in again when the contact has just been told that they are opted out.
 */
export function onlyAcknowledges(text: string, locales: readonly string[]): boolean {
  const { meaning, phrases } = read(text, locales);
  return meaning === 'YES' && phrases.every((kinds) => kinds.has('polite'));
}

type Phrases = readonly ReadonlySet<Kind>[];
type Reading = { readonly meaning: ReplyMeaning; readonly phrases: Phrases };

function read(text: string, locales: readonly string[]): Reading {
  const lexicons = lexiconsFor(locales);
  const words = normalise(text);
  const phrases = phrasesOf(joinSpelledOut(words === '' ? [] : words.split(' '), lexicons), lexicons);
  if (!phrases) return { meaning: wishesToStop(words, lexicons) ? 'UNCLEAR_STOP' : 'OTHER', phrases: [] };
  return { meaning: meaningOf(phrases, text), phrases };
}

function meaningOf(phrases: Phrases, text: string): ReplyMeaning {
  const says = (kind: Kind): boolean => phrases.some((kinds) => kinds.has(kind));
  const saysYesFirmly = phrases.some((kinds) => kinds.has('yes') && !kinds.has('polite'));
  if (says('stop')) return 'STOP';
  if (says('no')) return saysYesFirmly ? 'OTHER' : 'NO';
  if (stopSigns.test(text)) return 'UNCLEAR_STOP';
  if (question.test(text) || refusingEmoji.test(text)) return 'OTHER';
  return says('yes') ? 'YES' : 'OTHER';
}

/** The known phrases that together make up the whole reply, the longest taken first; null when a word is left over. */
function phrasesOf(words: readonly string[], lexicons: readonly Lexicon[]): Phrases | null {
  if (words.length > longestReply) return null;
  const phrases: ReadonlySet<Kind>[] = [];
  for (let at = 0; at < words.length;) {
    let length = Math.min(longestPhrase, words.length - at);
    let kinds = kindsOf(words.slice(at, at + length), lexicons);
    while (kinds.size === 0 && length > 1) {
      length -= 1;
      kinds = kindsOf(words.slice(at, at + length), lexicons);
    }
    if (kinds.size === 0) return null;
    phrases.push(kinds);
    at += length;
  }
  return phrases;
}

/** "S T O P" is one word; only a stop may be spelled out. */
function joinSpelledOut(words: readonly string[], lexicons: readonly Lexicon[]): readonly string[] {
  if (words.length < 3 || words.length > longestReply || words.some((word) => word.length > 1)) return words;
  const joined = words.join('');
  return kindsOf([joined], lexicons).has('stop') ? [joined] : words;
}
