import { parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DateTime, PhoneNumberScalar } from '../../src/schema/scalars.js';

describe('PhoneNumber', () => {
  it.each([
    ['+16505550123', '+16505550123'],
    [' +1 (650) 555-0123 ', '+16505550123'],
    ['+1', '+1'],
    ['+123456789012345', '+123456789012345'],
  ])('reads %j', (written, read) => {
    expect(PhoneNumberScalar.parseValue(written)).toBe(read);
    expect(PhoneNumberScalar.parseLiteral(parseValue(JSON.stringify(written)))).toBe(read);
  });

  it.each(['6505550123', '+', '', '+1234567890123456', '+1 650 KL5', 16505550123, null, '+١٦٥٠'])(
    'refuses %j and says what to write',
    (written) => {
      const read = () => PhoneNumberScalar.parseValue(written);
      expect(read).toThrow(/such as "\+16505550123"/);
      expect(read).toThrow(expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT', scalar: 'PhoneNumber' } }));
    },
  );
});

describe('DateTime', () => {
  it.each([
    ['2026-03-01T09:30:00Z', '2026-03-01T09:30:00.000Z'],
    ['2026-03-01T09:30:00.25+02:00', '2026-03-01T07:30:00.250Z'],
    ['2024-02-29t00:00:00z', '2024-02-29T00:00:00.000Z'],
  ])('reads %j as a moment and writes it in UTC', (written, answered) => {
    expect(DateTime.serialize(DateTime.parseValue(written))).toBe(answered);
  });

  it.each(['2026-03-01', '2026-03-01T09:30:00', '2026-02-29T00:00:00Z', '2026-13-01T00:00:00Z', 'now', 1772357400000])(
    'refuses %j, which is no moment',
    (written) => {
      expect(() => DateTime.parseValue(written)).toThrow(/such as "2026-03-01T09:30:00Z"/);
    },
  );
});
