import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalise } from '../../../src/domain/reply/normalise.js';

describe('normalise', () => {
  it.each([
    ['  Yes,   PLEASE!! ', 'yes please'],
    ['*yes*', 'yes'],
    ['ｙｅｓ', 'yes'],
    ['𝐒𝐓𝐎𝐏', 'stop'],
    ['ⓢⓣⓞⓟ', 'stop'],
    ['y\u200be\u200ds\ufeff', 'yes'],
    ['s\u00adt\u2060op\u0000', 'stop'],
    ['\u202estop\u202c', 'stop'],
    ['yes\nplease\tnow', 'yes please now'],
    ['sí', 'si'],
    ['si\u0301', 'si'],
    ['désabonner', 'desabonner'],
    ['wyłącz', 'wylacz'],
    ['HAYIR', 'hayir'],
    ['hayır', 'hayir'],
    ['İPTAL', 'iptal'],
    ['iptal', 'iptal'],
    ['Groß', 'gross'],
    ['GROẞ', 'gross'],
    ["don't", 'dont'],
    ['don’t', 'dont'],
    ['don´t', 'dont'],
    ['j’accepte', 'jaccepte'],
    ['opt-out', 'opt out'],
    ['yes👍', 'yes'],
    ['yes👍please', 'yes please'],
    ['yes 👍🏽', 'yes'],
    ['yes 👩‍❤️‍💋‍👨', 'yes'],
    ['yes 🇩🇪', 'yes'],
    ['yes 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}', 'yes'],
    ['yes 1️⃣', 'yes'],
    ['yes ™ ℹ️ ㊗️', 'yes'],
    ['yes 1', 'yes 1'],
    ['إلغاء', 'الغاء'],
    ['نَعَمْ', 'نعم'],
    ['נָכוֹן', 'נכון'],
    ['ストップ', 'ス ト ッ プ'],
    ['ｽﾄｯﾌﾟ', 'ス ト ッ プ'],
    ['好的，谢谢', '好 的 谢 谢'],
    ['동의합니다', '동 의 합 니 다'],
    ['हाँ!', 'हाँ'],
    ['', ''],
    ['👍', ''],
    ['\ud83d', ''],
    ['yes\udc00', 'yes'],
  ])('makes %j into %j', (text, expected) => {
    expect(normalise(text)).toBe(expected);
  });

  it('keeps apart what Devanagari marks spell differently', () => {
    expect(normalise('हाँ')).not.toBe(normalise('हूँ'));
  });

  it('leaves what it has made as it is, and only words with one space between', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const once = normalise(text);
        expect(once).toMatch(/^(?:[\p{L}\p{M}\p{N}]+(?: [\p{L}\p{M}\p{N}]+)*)?$/u);
        expect(normalise(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });
});
