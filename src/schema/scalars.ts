import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const badInput = (scalar: string, expected: string): GraphQLError =>
  new GraphQLError(`${scalar} cannot be read: write ${expected}.`, { extensions: { code: 'BAD_USER_INPUT', scalar } });

/** A scalar that is text on the wire, in variables and in documents alike. */
function textScalar<Internal>(definition: {
  readonly name: string;
  readonly description: string;
  readonly specifiedByURL?: string;
  readonly expected: string;
  readonly parse: (text: string) => Internal | null;
  readonly serialize: (value: unknown) => string;
}): GraphQLScalarType<Internal, string> {
  const { name, description, specifiedByURL, expected, serialize } = definition;
  const parse = (value: unknown): Internal => {
    const parsed = typeof value === 'string' ? definition.parse(value) : null;
    if (parsed === null) throw badInput(name, expected);
    return parsed;
  };
  return new GraphQLScalarType<Internal, string>({
    name,
    description,
    specifiedByURL,
    serialize,
    parseValue: parse,
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
  });
}

function asText(value: unknown): string {
  if (typeof value !== 'string') throw new Error('expected text');
  return value;
}

const instant =
  /^\d{4}-(?<month>\d\d)-(?<day>\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

function readInstant(text: string): Date | null {
  const parts = instant.exec(text)?.groups;
  if (!parts) return null;
  const date = new Date(text.toUpperCase());
  // Months have fewer than 31 days; JavaScript reads 31 February as a day in March.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(date.getTime()) || day.getUTCDate() !== Number(parts['day']) ? null : date;
}

export const DateTime = textScalar<Date>({
  name: 'DateTime',
  description:
    'A moment, as ISO 8601 text with a date, a time and an offset. Answers are always in UTC with milliseconds, such as "2026-03-01T09:30:00.000Z".',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  expected: 'a moment with its offset from UTC, such as "2026-03-01T09:30:00Z"',
  parse: readInstant,
  serialize: (value) => {
    if (!(value instanceof Date)) throw new Error('expected a moment');
    return value.toISOString();
  },
});

const plusDigitsAndSeparators = /^\+[\d\s().\p{Pd}]+$/u;

/** The shape alone: whether there can be such a number is the domain's to say. */
function readPhoneNumber(text: string): string | null {
  if (text.length > 40) return null;
  const written = text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .trim();
  if (!plusDigitsAndSeparators.test(written)) return null;
  const digits = written.replace(/\D/g, '');
  return digits.length >= 1 && digits.length <= 15 ? `+${digits}` : null;
}

export const PhoneNumberScalar = textScalar<string>({
  name: 'PhoneNumber',
  description:
    'A telephone number in E.164: "+", the country code and the rest, at most 15 digits, such as "+16505550123". Spaces, dots, dashes and parentheses are accepted and dropped. A number of this shape that cannot exist is accepted here and refused by the operation with INVALID_PHONE_NUMBER.',
  specifiedByURL: 'https://www.itu.int/rec/T-REC-E.164',
  expected: '"+" and at most 15 digits, the country code first, such as "+16505550123"',
  parse: readPhoneNumber,
  serialize: asText,
});

export const Cursor = textScalar<string>({
  name: 'Cursor',
  description:
    'An opaque place in a list or in the feed of the organization. Keep it as it is and give it back as `after`: what comes after it is answered, without the item it belongs to.',
  expected: 'a cursor as it was received, as text',
  parse: (text) => text,
  serialize: asText,
});
