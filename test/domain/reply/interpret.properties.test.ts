import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpretReply } from '../../../src/domain/reply/interpret.js';
import { normalise } from '../../../src/domain/reply/normalise.js';
import { vocabularies } from '../../../src/domain/reply/vocabulary.js';

const phrasesIn = (list: string) => list.split(',').map((phrase) => phrase.trim());
const examples = Object.entries(vocabularies).flatMap(([language, words]) =>
  [words.yes, words.no, words.stop, words.polite].flatMap(phrasesIn).map((phrase) => ({ language, phrase })),
);
const anyExample = fc.constantFrom(...examples);
const anyYes = fc.constantFrom(
  ...Object.entries(vocabularies).flatMap(([language, { yes }]) =>
    phrasesIn(yes)
      .map((phrase) => ({ language, phrase }))
      .filter(({ phrase }) => interpretReply(phrase, [language]) === 'YES'),
  ),
);
const friendlyEmoji = fc.constantFrom('👍', '👍🏽', '🙏', '👩‍👩‍👧', '❤️', '🇧🇷', '😀', '✅', '🏴‍☠️', '1️⃣', '🫡');
const between = (text: string, inserted: string, at: number) => {
  const characters = [...text];
  const cut = at % (characters.length + 1);
  return [...characters.slice(0, cut), inserted, ...characters.slice(cut)].join('');
};
const wide = (text: string) =>
  text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0));

function expectUnchanged(language: string, plain: string, written: string) {
  expect({ written, meaning: interpretReply(written, [language]) }).toEqual({
    written,
    meaning: interpretReply(plain, [language]),
  });
}

describe('what a reply means does not depend on', () => {
  it('its case', () => {
    fc.assert(
      fc.property(anyExample, fc.infiniteStream(fc.boolean()), ({ language, phrase }, coins) => {
        expectUnchanged(language, phrase, phrase.toUpperCase());
        expectUnchanged(language, phrase, phrase.toLowerCase());
        const mixed = [...phrase].map((letter) => (coins.next().value ? letter.toUpperCase() : letter)).join('');
        expectUnchanged(language, phrase, mixed);
      }),
    );
  });

  it('the case rules of Turkish', () => {
    for (const { language, phrase } of examples.filter((example) => example.language === 'tr'))
      expectUnchanged(language, phrase, phrase.toLocaleUpperCase('tr'));
  });

  it('punctuation around it, questions aside', () => {
    const punctuation = fc.stringMatching(/^[.,!;:"()*_~…。、！«»„“”\-–—\s]{0,6}$/);
    fc.assert(
      fc.property(anyExample, punctuation, punctuation, ({ language, phrase }, before, after) => {
        expectUnchanged(language, phrase, before + phrase + after);
        expectUnchanged(language, phrase, before + phrase.replaceAll(' ', `${after} `));
      }),
    );
  });

  it('what cannot be seen', () => {
    const invisible = fc.constantFrom(
      '\u200b',
      '\u200c',
      '\u200d',
      '\u2060',
      '\ufeff',
      '\u00ad',
      '\u202e',
      '\u0000',
      '\ufe0f',
    );
    fc.assert(
      fc.property(anyExample, invisible, fc.nat(), ({ language, phrase }, character, at) => {
        expectUnchanged(language, phrase, between(phrase, character, at));
      }),
    );
  });

  it('emoji that do not refuse', () => {
    fc.assert(
      fc.property(anyExample, fc.array(friendlyEmoji), fc.boolean(), ({ language, phrase }, emoji, spaced) => {
        expectUnchanged(language, phrase, phrase + (spaced ? ' ' : '') + emoji.join(''));
        expectUnchanged(language, phrase, emoji.join(spaced ? ' ' : '') + phrase);
      }),
    );
  });

  it('its width, its accents or how they are composed', () => {
    fc.assert(
      fc.property(anyExample, ({ language, phrase }) => {
        expectUnchanged(language, phrase, wide(phrase));
        for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD']) expectUnchanged(language, phrase, phrase.normalize(form));
        if (language !== 'hi' && language !== 'ja')
          expectUnchanged(language, phrase, phrase.normalize('NFD').replace(/\p{M}/gu, ''));
      }),
    );
  });
});

describe('a yes', () => {
  it('is none with any word that is not polite, before it or after it', () => {
    const known = new Set(
      Object.values(vocabularies).flatMap(({ yes, polite }) => normalise(`${yes},${polite}`).split(' ')),
    );
    const word = fc.oneof(
      fc.stringMatching(/^[a-z]{2,9}$/),
      fc.constantFrom('but', 'not', 'if', 'before', 'Friday', 'aber', 'pero', 'mais', 'maybe', '2', 'но', 'no', 'stop'),
    );
    fc.assert(
      fc.property(
        anyYes,
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        ({ language, phrase }, others, after) => {
          fc.pre(others.some((other) => !known.has(other.toLowerCase())));
          const reply = after ? `${phrase} ${others.join(' ')}` : `${others.join(' ')} ${phrase}`;
          expect([reply, interpretReply(reply, [language])]).not.toEqual([reply, 'YES']);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('stays one with polite words of its language or of English', () => {
    fc.assert(
      fc.property(anyYes, fc.nat(), fc.boolean(), fc.boolean(), ({ language, phrase }, pick, own, after) => {
        const polite = phrasesIn(vocabularies[own ? language : 'en']?.polite ?? '');
        const courtesy = polite[pick % polite.length] ?? 'please';
        const reply = after ? `${phrase}, ${courtesy}` : `${courtesy}, ${phrase}`;
        expect([reply, interpretReply(reply, [language])]).toEqual([reply, 'YES']);
      }),
    );
  });

  it('is never one beside a stop, in whatever order', () => {
    const stops = phrasesIn(vocabularies.en?.stop ?? '');
    fc.assert(
      fc.property(anyYes, fc.constantFrom(...stops), fc.boolean(), ({ language, phrase }, stop, after) => {
        const reply = after ? `${phrase} ${stop}` : `${stop} ${phrase}`;
        expect([reply, interpretReply(reply, [language])]).toEqual([reply, 'STOP']);
      }),
    );
  });
});

describe('any text', () => {
  const locales = Object.keys(vocabularies);
  const meanings = ['YES', 'NO', 'STOP', 'UNCLEAR_STOP', 'OTHER'];

  it('has a meaning, lone surrogates and all', () => {
    const codeUnits = fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
      .map((units) => String.fromCharCode(...units));
    const locale = fc.oneof(fc.constantFrom(...locales), fc.string({ maxLength: 8 }));
    fc.assert(
      fc.property(
        fc.oneof(codeUnits, fc.string({ unit: 'binary' })),
        fc.array(locale, { maxLength: 3 }),
        (text, spoken) => {
          expect(meanings).toContain(interpretReply(text, spoken));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['one letter', 'a'],
    ['one word', 'yes '],
    ['a stop in letters', 's t o p '],
    ['spaces', ' '],
    ['punctuation', '.!'],
    ['apostrophes', "'"],
    ['emoji', '👍🏽'],
    ['joiners', '👩\u200d'],
    ['marks of falling order', '\u0301\u0323'],
    ['marks of two scripts', '\u094d\u093c'],
    ['half-width voicing marks', '\uff9e\u093c'],
    ['Han', '好'],
    ['Hangul', '한'],
    ['a ligature that unfolds', '\ufdfa'],
    ['the beginning of a phrase', 'thank '],
    ['lone surrogates', '\ud83d'],
  ])('is read quickly when it is %s without end', (_what, unit) => {
    const text = unit.repeat(Math.ceil(100_000 / unit.length));
    const started = process.cpuUsage();
    interpretReply(`e${text}`, locales);
    interpretReply(`${text}stop`, locales);
    const { user, system } = process.cpuUsage(started);
    // What this process worked, whatever others did beside it.
    expect((user + system) / 1_000).toBeLessThan(6_000);
  });

  it('is searched to its end for a wish to stop', () => {
    expect(interpretReply(`${'and so on '.repeat(10_000)} so please stop`, [])).toBe('UNCLEAR_STOP');
  });
});
