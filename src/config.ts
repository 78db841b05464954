import { z } from 'zod';

/** What the operator has decided, understood and checked. Times are in milliseconds. */
export type Config = {
  readonly port: number;
  readonly host: string;
  /** Where the outside reaches this server, without a slash at its end. Null: at its own address. */
  readonly publicUrl: string | null;
  readonly production: boolean;
  readonly logLevel: LogLevel;
  /** Null: the embedded PostgreSQL in dataDir. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly encryptionKey: Uint8Array | null;
  /** One or several with commas between. Null: servers wake each other through PostgreSQL. */
  readonly natsUrl: string | null;
  /** With neither, every caller is an admin of the organization `demo`. */
  readonly auth: { readonly jwtSecret: string | null; readonly jwksUrl: string | null };
  readonly optIn: { readonly resendIntervalMs: number; readonly maxAttempts: number };
  readonly delivery: {
    readonly orderWaitMs: number;
    readonly leaseMs: number;
    readonly unconfirmedWaitMs: number;
    readonly maxHeldAgeMs: number;
    readonly pairIntervalMs: number;
    /** Messages per second of one organization. */
    readonly rates: { readonly WHATSAPP: number; readonly SMS: number };
  };
  readonly whatsapp: {
    /** Null: Meta's, or the simulator's for a simulated channel. */
    readonly baseUrl: string | null;
    readonly apiVersion: string;
    /** Null: Meta's challenge is refused. */
    readonly verifyToken: string | null;
    readonly timeoutMs: number;
  };
  readonly sms: {
    readonly baseUrl: string;
    /** What organizations without a sender of their own send with. Null: they can't. */
    readonly sender: { readonly accountSid: string; readonly authToken: string; readonly from: string } | null;
  };
  /** What the operator should know, though it works. */
  readonly warnings: readonly string[];
};

/** The environment names a setting that can't be understood; the message names each of them, and none of its secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of a server. Throws a ConfigError that names every setting that is wrong, all at once. */
export function readConfig(env: Environment = process.env): Config {
  return read(env, { isServer: true });
}

/** The settings of a command, which nobody calls: as those of a server, but who may call can be left open. */
export function readCommandConfig(env: Environment = process.env): Config {
  return read(env, { isServer: false });
}

function read(env: Environment, { isServer }: { readonly isServer: boolean }): Config {
  const given = dropEmpty(env);
  const parsed = settings.safeParse(given);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')} should be ${issue.message}.`),
    ...missingSmsSettings(given),
    ...(isServer ? missingAuthSettings(given) : []),
    ...(parsed.success && parsed.data.DELIVERY_LEASE <= parsed.data.WHATSAPP_TIMEOUT
      ? ['DELIVERY_LEASE should be longer than WHATSAPP_TIMEOUT: a message under way has one sender.']
      : []),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const { data } = parsed;
  const auth = { jwtSecret: data.AUTH_JWT_SECRET, jwksUrl: data.AUTH_JWKS_URL };
  return {
    port: data.PORT,
    host: data.HOST,
    publicUrl: data.PUBLIC_URL,
    production: data.NODE_ENV === 'production',
    logLevel: data.LOG_LEVEL,
    databaseUrl: data.DATABASE_URL,
    dataDir: data.DATA_DIR,
    encryptionKey: data.ENCRYPTION_KEY,
    natsUrl: data.NATS_URL,
    auth,
    optIn: { resendIntervalMs: data.OPT_IN_RESEND_INTERVAL, maxAttempts: data.OPT_IN_MAX_ATTEMPTS },
    delivery: {
      orderWaitMs: data.DELIVERY_ORDER_WAIT,
      leaseMs: data.DELIVERY_LEASE,
      unconfirmedWaitMs: data.DELIVERY_UNCONFIRMED_WAIT,
      maxHeldAgeMs: data.DELIVERY_MAX_HELD_AGE,
      pairIntervalMs: data.WHATSAPP_PAIR_INTERVAL,
      rates: { WHATSAPP: data.WHATSAPP_MESSAGES_PER_SECOND, SMS: data.SMS_MESSAGES_PER_SECOND },
    },
    whatsapp: {
      baseUrl: data.WHATSAPP_BASE_URL,
      apiVersion: data.WHATSAPP_API_VERSION,
      verifyToken: data.WHATSAPP_VERIFY_TOKEN ?? (isOpenToAll(auth) ? 'assent' : null),
      timeoutMs: data.WHATSAPP_TIMEOUT,
    },
    sms: { baseUrl: data.SMS_BASE_URL, sender: smsSenderOf(data) },
    warnings: warningsOf(data),
  };
}

const isOpenToAll = (auth: Config['auth']): boolean => auth.jwtSecret === null && auth.jwksUrl === null;

/** The length of an ISO 8601 duration (weeks, days, hours, minutes, seconds) in milliseconds; null if it is none. */
export function parseDuration(text: string): number | null {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/.exec(text.trim());
  if (!match || match.slice(1).every((part) => part === undefined)) return null;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number((part ?? '0').replace(',', '.')));
  const total = ((((weeks ?? 0) * 7 + (days ?? 0)) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
  const ms = Math.round(total * 1000);
  return Number.isSafeInteger(ms) ? ms : null;
}

const wholeNumber = (from: number, to: number, expected: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= from && value <= to, expected);

const duration = (example: string, from = 1) =>
  z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== null && ms >= from) return ms;
    const kind = from > 0 ? 'an ISO 8601 duration greater than zero' : 'an ISO 8601 duration';
    context.addIssue(`${kind}, for example ${example}`);
    return z.NEVER;
  });

const url = (schemes: readonly string[], expected: string) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), expected);

const webUrl = (example: string) =>
  url(['http:', 'https:'], `an http or https URL, for example ${example}`).transform((text) =>
    text.replace(/\/+$/, ''),
  );

const natsUrls = z.string().refine(
  (text) =>
    text.split(',').every((one) => {
      const { protocol, hostname } = URL.canParse(one.trim()) ? new URL(one.trim()) : { protocol: '', hostname: '' };
      return ['nats:', 'tls:'].includes(protocol) && hostname !== '';
    }),
  'a NATS URL, for example nats://127.0.0.1:4222, or several with commas between',
);

const secret = (shortest: number) => z.string().min(shortest, `a secret of at least ${shortest} characters`);

const encryptionKey = z.string().transform((text, context) => {
  const key = Buffer.from(text, 'base64');
  if (/^[\w+/-]+={0,2}$/.test(text) && key.length === 32) return new Uint8Array(key);
  context.addIssue('32 random bytes in base64, as `openssl rand -base64 32` prints them');
  return z.NEVER;
});

const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.optional().transform((value): z.output<Schema> | null => value ?? null);

const TWILIO = 'https://api.twilio.com';

const settings = z.object({
  NODE_ENV: optional(z.string()),
  PORT: wholeNumber(0, 65_535, 'a port number from 0 to 65535, for example 4000').default(4000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: optional(webUrl('https://assent.example.com')),
  LOG_LEVEL: z.enum(logLevels, `one of ${logLevels.join(', ')}`).default('info'),
  DATABASE_URL: optional(
    url(['postgres:', 'postgresql:'], 'a PostgreSQL URL, for example postgres://user:password@host:5432/assent'),
  ),
  DATA_DIR: z.string().default('.assent'),
  ENCRYPTION_KEY: optional(encryptionKey),
  NATS_URL: optional(natsUrls),
  AUTH_JWT_SECRET: optional(secret(8)),
  AUTH_JWKS_URL: optional(webUrl('https://login.example.com/.well-known/jwks.json')),
  OPT_IN_RESEND_INTERVAL: duration('PT24H').default(24 * 60 * 60 * 1000),
  OPT_IN_MAX_ATTEMPTS: wholeNumber(1, 1_000_000, 'a whole number from 1 on, for example 10').default(10),
  DELIVERY_ORDER_WAIT: duration('PT2S', 0).default(2000),
  DELIVERY_LEASE: duration('PT15S').default(15_000),
  DELIVERY_UNCONFIRMED_WAIT: duration('PT10M').default(10 * 60 * 1000),
  DELIVERY_MAX_HELD_AGE: duration('P30D').default(30 * 24 * 60 * 60 * 1000),
  WHATSAPP_BASE_URL: optional(webUrl('https://graph.facebook.com')),
  WHATSAPP_API_VERSION: z
    .string()
    .regex(/^v\d+\.\d+$/, "a version of Meta's Graph API, for example v25.0")
    .default('v25.0'),
  WHATSAPP_VERIFY_TOKEN: optional(z.string()),
  WHATSAPP_TIMEOUT: duration('PT10S').default(10_000),
  WHATSAPP_MESSAGES_PER_SECOND: wholeNumber(1, 100_000, 'a whole number from 1 on, for example 80').default(80),
  WHATSAPP_PAIR_INTERVAL: duration('PT6S', 0).default(6_000),
  SMS_BASE_URL: webUrl(TWILIO).default(TWILIO),
  SMS_ACCOUNT_SID: optional(z.string()),
  SMS_AUTH_TOKEN: optional(z.string()),
  SMS_FROM: optional(z.string()),
  SMS_MESSAGES_PER_SECOND: wholeNumber(1, 100_000, 'a whole number from 1 on, for example 10').default(10),
});

const smsCredentials = ['SMS_ACCOUNT_SID', 'SMS_AUTH_TOKEN', 'SMS_FROM'] as const;

function missingSmsSettings(given: Environment): readonly string[] {
  if (!smsCredentials.some((name) => given[name] !== undefined)) return [];
  return smsCredentials
    .filter((name) => given[name] === undefined)
    .map((name) => `${name} should be set, since another setting of the SMS sender is.`);
}

function missingAuthSettings(given: Environment): readonly string[] {
  if (given['NODE_ENV'] !== 'production') return [];
  if (given['AUTH_JWT_SECRET'] !== undefined || given['AUTH_JWKS_URL'] !== undefined) return [];
  return ['AUTH_JWT_SECRET or AUTH_JWKS_URL should be set: with NODE_ENV=production it must be known who may call.'];
}

function smsSenderOf(data: z.output<typeof settings>): Config['sms']['sender'] {
  const { SMS_ACCOUNT_SID: accountSid, SMS_AUTH_TOKEN: authToken, SMS_FROM: from } = data;
  return accountSid === null || authToken === null || from === null ? null : { accountSid, authToken, from };
}

function warningsOf(data: z.output<typeof settings>): readonly string[] {
  const { AUTH_JWT_SECRET: secret, PUBLIC_URL: publicUrl } = data;
  return [
    ...(secret !== null && Buffer.byteLength(secret) < 32
      ? ['AUTH_JWT_SECRET is shorter than 32 bytes; a longer one is harder to guess.']
      : []),
    ...(smsSenderOf(data) !== null && publicUrl === null
      ? ['PUBLIC_URL is not set: the SMS provider can report and bring answers only if it reaches the server itself.']
      : []),
  ];
}

/** Settings that protect something: emptied by mistake, they must not count as not set. */
const guards = new Set(['AUTH_JWT_SECRET', 'AUTH_JWKS_URL', 'ENCRYPTION_KEY']);

function dropEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => value?.trim() !== '' || guards.has(name)));
}
