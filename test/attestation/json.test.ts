import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, readJson } from '../../src/attestation/verifier/json.js';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('canonical JSON', () => {
  it('sorts by UTF-16 code units and escapes as RFC 8785 does', () => {
    // The examples of RFC 8785, 3.2.2 and 3.2.3, without their fractions.
    expect(canonicalJson({ string: '€$\u000f\nA\'B"\\\\"/', literals: [null, true, false] })).toBe(
      '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    const names = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonicalJson(names)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}');
  });

  it('has no form for fractions, numbers too large and broken strings', () => {
    for (const value of [1.5, 2 ** 53, NaN, '\ud800', { '\udfff': 1 }]) expect(() => canonicalJson(value)).toThrow();
  });

  it('is read back as it was written', () => {
    const value = fc.letrec<{ readonly json: unknown }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.string({ unit: 'binary' }),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'grapheme' }), tie('json'), { maxKeys: 4 }),
      ),
    })).json;
    fc.assert(
      fc.property(value, (json) => {
        const plain = JSON.parse(JSON.stringify(json));
        const text = canonicalJson(plain);
        const read = readJson(text);
        expect(JSON.stringify(read?.value)).toBe(JSON.stringify(JSON.parse(text)));
        expect(canonicalJson(read?.value ?? null)).toBe(text);
      }),
    );
  });
});

describe('strict JSON', () => {
  it.each([
    ['a name twice', '{"a":1,"a":1}'],
    ['a name twice, once escaped', '{"a":1,"\\u0061":1}'],
    ['a fraction', '1.0'],
    ['an exponent', '1e3'],
    ['a number beyond what is exact', '9007199254740993'],
    ['minus zero', '-0'],
    ['a leading zero', '01'],
    ['half a surrogate pair', '"\\ud800"'],
    ['a control character', '"\u0001"'],
    ['an unknown escape', '"\\x"'],
    ['a string without an end', '"abc'],
    ['a string that ends in a backslash', '"abc\\'],
    ['a comma too many', '[1,]'],
    ['a name without quotes', '{a:1}'],
    ['something after the value', '{} {}'],
    ['a byte order mark', '\ufeff{}'],
    ['other white space', '\u00a0{}'],
    ['nothing', ''],
    ['a word that is none', 'nul'],
    ['a word that goes on', 'truely'],
    ['33 lists in one another', nested(33)],
    ['a hundred thousand lists in one another', nested(100_000)],
  ])('refuses %s', (_, text) => {
    expect(readJson(text)).toBeNull();
  });

  it('reads the rest, and gives objects no prototype', () => {
    expect(readJson(' {"a" : [ 1 , -2 , "\\ud83d\\ude00\\u00e9\\n" , true , null ] }\r\n')?.value).toEqual({
      a: [1, -2, '😀é\n', true, null],
    });
    expect(readJson(nested(32))).not.toBeNull();
    const poisoned = readJson('{"__proto__":{"polluted":1},"constructor":2}')?.value;
    expect(Object.getPrototypeOf(poisoned)).toBeNull();
    expect(Object.keys(poisoned ?? {})).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
