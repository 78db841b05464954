const apostrophes = /['’‘‛ʼʹʻ`´′＇]/gu;
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cs}]|(?!\s)\p{Cc}/gu;
// A mark may be repeated without end, and ordering such a run takes the square of its length.
const manyMarks = /([\p{M}\uff9e\uff9f]{8})[\p{M}\uff9e\uff9f]+/gu;
const pictures = /[0-9#*]\u20e3|[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]/gu;
// Devanagari and kana spell with marks; everywhere else here they are accents, points or vowels that people leave out.
const accents = /(?![\u0900-\u097f\u3099\u309a])\p{M}|\u0640/gu;
const betweenWords = /[^\p{L}\p{M}\p{N}]+/gu;
const unspacedScripts = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]\p{M}*/gu;

const lettersWithoutDecomposition: Readonly<Record<string, string>> = { ł: 'l', ø: 'o', đ: 'd', ħ: 'h' };

/**
 * The words of a text, for comparison only: folded in case, width and accents, without punctuation, emoji and what
 * can't be seen, one space between two words. Scripts written without spaces give one word per character.
 */
export function normalise(text: string): string {
  const visible = text.replace(invisible, '').replace(manyMarks, '$1');
  const letters = visible.replace(apostrophes, '').replace(pictures, ' ').normalize('NFKC');
  // Down, up and down again: ẞ and ß meet SS, and the Turkish ı and İ meet I.
  return letters
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD')
    .replace(accents, '')
    .normalize('NFC')
    .replace(apostrophes, '')
    .replace(/[łøđħ]/g, (letter) => lettersWithoutDecomposition[letter] ?? letter)
    .replace(unspacedScripts, ' $& ')
    .replace(betweenWords, ' ')
    .trim();
}
