import { z } from 'zod';

/** The length of an ISO 8601 duration (weeks, days, hours, minutes, seconds) in milliseconds; null if it is none. */
export function parseDuration(text: string): number | null {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/.exec(text.trim());
  if (!match || match.slice(1).every((part) => part === undefined)) return null;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number((part ?? '0').replace(',', '.')));
  const total = ((((weeks ?? 0) * 7 + (days ?? 0)) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
  const ms = Math.round(total * 1000);
  return Number.isSafeInteger(ms) ? ms : null;
}

export const wholeNumber = (from: number, to: number, expected: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= from && value <= to, expected);

/** Points in a minute; null for no limit. */
export const points = (example: string) =>
  z
    .string()
    .regex(/^(off|\d{1,9})$/, `a whole number of points in a minute, for example ${example}, or off`)
    .transform((text) => (text === 'off' || Number(text) === 0 ? null : Number(text)));

export const duration = (example: string, from = 1) =>
  durationFrom(from, `an ISO 8601 duration${from > 0 ? ' greater than zero' : ''}, for example ${example}`);

export const durationOfAtLeast = (shortest: string, example: string) =>
  durationFrom(parseDuration(shortest) ?? 0, `an ISO 8601 duration of at least ${shortest}, for example ${example}`);

const durationFrom = (from: number, expected: string) =>
  z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== null && ms >= from) return ms;
    context.addIssue(expected);
    return z.NEVER;
  });

export const url = (schemes: readonly string[], expected: string) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), expected);

export const webUrl = (example: string) =>
  url(['http:', 'https:'], `an http or https URL, for example ${example}`).transform((text) =>
    text.replace(/\/+$/, ''),
  );

export const natsUrls = z.string().refine(
  (text) =>
    text.split(',').every((one) => {
      const { protocol, hostname } = URL.canParse(one.trim()) ? new URL(one.trim()) : { protocol: '', hostname: '' };
      return ['nats:', 'tls:'].includes(protocol) && hostname !== '';
    }),
  'a NATS URL, for example nats://127.0.0.1:4222, or several with commas between',
);

export const claim = z
  .string()
  .refine((text) => text.trim() !== '', 'what the tokens name, for example https://assent.example.com');

export const secret = (shortest: number) => z.string().min(shortest, `a secret of at least ${shortest} characters`);

/** The first one seals, each of them opens. */
export const encryptionKeys = z.string().transform((text, context): readonly [Uint8Array, ...Uint8Array[]] => {
  const [current, ...earlier] = text.split(',').map((one) => encryptionKeyIn(one.trim()));
  if (current && earlier.every((key) => key !== null)) return [current, ...earlier];
  context.addIssue(
    '32 random bytes in base64, as `openssl rand -base64 32` prints them; after a comma, those used before',
  );
  return z.NEVER;
});

function encryptionKeyIn(text: string): Uint8Array | null {
  const key = Buffer.from(text, 'base64');
  return /^[\w+/-]+={0,2}$/.test(text) && key.length === 32 ? new Uint8Array(key) : null;
}

export const origins = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim().replace(/\/$/, '')))
  .refine(
    (all) =>
      all.every((one) => one === '*' || (/^https?:/.test(one) && URL.canParse(one) && new URL(one).origin === one)),
    'origins of pages with commas between, for example https://app.example.com,http://localhost:5173, or * for all',
  );

export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.optional().transform((value): z.output<Schema> | null => value ?? null);
