import { pino, type LevelWithSilent, type Logger as Pino } from 'pino';

/** Lines of JSON on standard error: ids, codes and counts, never a phone number or a text. */
export function createLogger(level: LevelWithSilent): Pino {
  return pino({ level, base: undefined, serializers: { err: describe } }, pino.destination({ fd: 2, sync: true }));
}

/** What is said of an error: its kind and where it came from, without the values that a database adds to it. */
export function describe(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // A failed query lists its parameters after its text; the stack begins with the message and goes on with the places.
  const message = withoutNumbers(error.message.split(/\nparams:/)[0] ?? '');
  const places = stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return {
    type: name,
    message,
    code,
    stack: places?.join('\n'),
    cause: cause === undefined ? undefined : describe(cause),
  };
}

function withoutNumbers(text: string): string {
  return text.replace(/\+?\d[\d\s().-]{5,}\d/g, '…');
}
