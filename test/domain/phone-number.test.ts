import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromWaId, parsePhoneNumber, phoneKey } from '../../src/domain/phone-number.js';
import type { PhoneNumber } from '../../src/domain/phone-number.js';

const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((parts) => parts.join(''));

function phone(text: string): PhoneNumber {
  const parsed = parsePhoneNumber(text);
  if (!parsed) throw new Error('the example is not a phone number');
  return parsed;
}

describe('parsePhoneNumber', () => {
  it.each([
    ['+16505550102', '+16505550102'],
    ['+1 (650) 555-0102', '+16505550102'],
    ['+1.650.555.0102', '+16505550102'],
    ['  +1 650 555 0102 ', '+16505550102'],
    ['+1\u00a0650\u2011555\u20110102', '+16505550102'],
    ['\u202a+1 650 555 0102\u202c', '+16505550102'],
    ['＋１６５０５５５０１０２', '+16505550102'],
    ['+44 (0) 20 7946 0000', '+442079460000'],
    ['+39 06 1234 5678', '+390612345678'],
    ['+55 11 98765-4321', '+5511987654321'],
    ['+55 11 8765-4321', '+551187654321'],
    ['+52 1 55 1234 5678', '+5215512345678'],
    ['+52 55 1234 5678', '+525512345678'],
    ['+54 9 11 2345-6789', '+5491123456789'],
    ['+225 01 23 45 67 89', '+2250123456789'],
  ])('reads %j as %s', (text, expected) => {
    expect(parsePhoneNumber(text)).toBe(expected);
  });

  it.each([
    '',
    '+',
    '+1',
    '+123',
    '+0123456789',
    '16505550102',
    '650 555 0102',
    '(+1) 650 555 0102',
    '++16505550102',
    '+1650555010',
    '+165055501022',
    '+16505550102 ext 5',
    '+16505550102;ext=5',
    '+1 650 555 CALL',
    '+1650555010२',
    '+999123456789',
    '+12345678901234567890',
    'tel:+16505550102',
    '+1 650 555 0102, +1 650 555 0103',
  ])('refuses %j', (text) => {
    expect(parsePhoneNumber(text)).toBeNull();
  });

  it('refuses endless text at once', () => {
    expect(parsePhoneNumber(`+1${' '.repeat(1_000_000)}6505550102`)).toBeNull();
  });

  it('reads every fictional North American number', () => {
    for (let line = 100; line < 200; line += 1)
      expect(parsePhoneNumber(`+1 650 555 0${line}`)).toBe(`+16505550${line}`);
  });

  it('never throws, and reads its own result as the same number', () => {
    const anything = fc.string({ unit: 'binary', maxLength: 60 });
    const likely = fc.stringMatching(/^\+[1-9][0-9]{5,15}$/);
    fc.assert(
      fc.property(fc.oneof(anything, likely), (text) => {
        const parsed = parsePhoneNumber(text);
        if (parsed) expect(parsePhoneNumber(parsed)).toBe(parsed);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('fromWaId', () => {
  it('reads the digits that the provider sends', () => {
    expect(fromWaId('16505550102')).toBe('+16505550102');
    expect(fromWaId('551187654321')).toBe('+551187654321');
    expect(fromWaId('5215512345678')).toBe('+5215512345678');
    expect(fromWaId('5491123456789')).toBe('+5491123456789');
  });

  it.each(['', '1', '+16505550102', '1 650 555 0102', 'US.13491208655302741918', '999123456789'])(
    'refuses %j',
    (id) => {
      expect(fromWaId(id)).toBeNull();
    },
  );
});

describe('phoneKey', () => {
  it.each([
    ["Brazil's ninth digit", '+5511987654321', '+551187654321'],
    ["Brazil's ninth digit of a number that begins with 6", '+5531965432109', '+553165432109'],
    ["Mexico's 1", '+5215512345678', '+525512345678'],
    ["Argentina's 9", '+5491123456789', '+541123456789'],
  ])('does not mind %s', (_what, one, other) => {
    expect(phoneKey(phone(one))).toBe(phoneKey(phone(other)));
  });

  it.each([
    ['a Brazilian landline and the mobile that ends alike', '+551133334444', '+5511933334444'],
    ['two Brazilian areas', '+5511987654321', '+5521987654321'],
    ['two Brazilian mobiles', '+5511987654321', '+5511997654321'],
    ['two Mexican numbers', '+5215512345678', '+5215512345679'],
    ['a Mexican and a North American number', '+525512345678', '+15512345678'],
    ['two Argentine numbers', '+5491123456789', '+5491123456780'],
  ])('keeps apart %s', (_what, one, other) => {
    expect(phoneKey(phone(one))).not.toBe(phoneKey(phone(other)));
  });

  it.each(['+551133334444', '+558001234567', '+559001234567', '+16505550102', '+447400123456', '+521551234567'])(
    'leaves %s as it is',
    (number) => {
      expect(phoneKey(phone(number))).toBe(number);
    },
  );

  it('gives a Brazilian mobile, a Mexican and an Argentine number one key in both forms', () => {
    fc.assert(
      fc.property(digits(7), digits(8), fc.constantFrom('6', '7', '8', '9'), (seven, eight, first) => {
        const key = (text: string) => phoneKey(text as PhoneNumber);
        expect(key(`+55219${first}${seven}`)).toBe(key(`+5521${first}${seven}`));
        expect(key(`+52155${eight}`)).toBe(key(`+5255${eight}`));
        expect(key(`+54911${eight}`)).toBe(key(`+5411${eight}`));
      }),
    );
  });

  it('never gives one key to two different numbers', () => {
    const withoutMark: Readonly<Record<string, RegExp>> = { '52': /^\+521(?=\d{10}$)/, '54': /^\+549(?=\d{10}$)/ };
    const subscriber = (number: string): string => {
      const country = number.slice(1, 3);
      if (country === '55') return number.replace(/^(\+55[1-9][1-9])9(?=[6-9]\d{7}$)/, '$1');
      const mark = withoutMark[country];
      return mark ? number.replace(mark, `+${country}`) : number;
    };
    const countries = fc.constantFrom('52', '521', '54', '549', '5511', '55119', '5531', '1650', '44', '39');
    const number = fc
      .tuple(countries, fc.integer({ min: 7, max: 10 }).chain(digits))
      .map((parts) => `+${parts.join('')}`);
    const edited = fc.tuple(number, fc.nat(14), fc.constantFrom('', '1', '9')).map(([text, at, extra]) => {
      const cut = 3 + (at % (text.length - 3));
      return [text, text.slice(0, cut) + extra + text.slice(extra ? cut : cut + 1)] as const;
    });
    fc.assert(
      fc.property(fc.oneof(fc.tuple(number, number), edited), ([one, other]) => {
        const sameKey = phoneKey(one as PhoneNumber) === phoneKey(other as PhoneNumber);
        expect(sameKey).toBe(subscriber(one) === subscriber(other));
      }),
      { numRuns: 5000 },
    );
  });

  it('is its own key', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\+(52|54|55|1)[0-9]{8,12}$/), (number) => {
        const key = phoneKey(number as PhoneNumber);
        expect(phoneKey(key as PhoneNumber)).toBe(key);
      }),
    );
  });
});
