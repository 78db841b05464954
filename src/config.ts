import type { z } from 'zod';
import { parseDuration } from './setting-forms.js';
import { settings, type logLevels } from './settings.js';

export { parseDuration };

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
  /** Who is named in the audit trail of commands; null for the account that runs them. */
  readonly operator: string | null;
  /** Where signed checkpoints are posted. Null: nowhere. */
  readonly checkpointUrl: string | null;
  /** The first one seals, each of them opens. */
  readonly encryptionKeys: readonly [Uint8Array, ...Uint8Array[]] | null;
  /** One or several with commas between. Null: servers wake each other through PostgreSQL. */
  readonly natsUrl: string | null;
  /** With neither, every caller is an admin of the organization `demo`. */
  readonly auth: {
    readonly jwtSecret: string | null;
    readonly jwksUrl: string | null;
    /** What `aud` must name and what `iss` must be. Null: they are not looked at. */
    readonly audience: string | null;
    readonly issuer: string | null;
  };
  /** Origins of other hosts whose pages may call; `*` for every page. Pages of our own host always may. */
  readonly allowedOrigins: readonly string[];
  readonly operations: {
    /** Queries and mutations are stopped after this. */
    readonly timeoutMs: number;
    /** Points in a minute. Null: no limit. */
    readonly rates: { readonly caller: number | null; readonly organization: number | null };
    /** What is repeated with its idempotency key within this is not done again. */
    readonly keepKeysMs: number;
  };
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
  /** Where a collector takes traces as OTLP over HTTP, and what this service is called there. Null: no traces. */
  readonly tracing: { readonly endpoint: string | null; readonly service: string };
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
  const auth = {
    jwtSecret: data.AUTH_JWT_SECRET,
    jwksUrl: data.AUTH_JWKS_URL,
    audience: data.AUTH_JWT_AUDIENCE,
    issuer: data.AUTH_JWT_ISSUER,
  };
  return {
    port: data.PORT,
    host: data.HOST,
    publicUrl: data.PUBLIC_URL,
    production: data.NODE_ENV === 'production',
    logLevel: data.LOG_LEVEL,
    databaseUrl: data.DATABASE_URL,
    dataDir: data.DATA_DIR,
    operator: data.ASSENT_OPERATOR,
    checkpointUrl: data.CHECKPOINT_URL,
    encryptionKeys: data.ENCRYPTION_KEY,
    natsUrl: data.NATS_URL,
    auth,
    allowedOrigins: data.ALLOWED_ORIGINS,
    operations: {
      timeoutMs: data.OPERATION_TIMEOUT,
      rates: { caller: data.RATE_LIMIT_CALLER, organization: data.RATE_LIMIT_ORGANIZATION },
      keepKeysMs: data.IDEMPOTENCY_KEY_RETENTION,
    },
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
    tracing: { endpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT, service: data.OTEL_SERVICE_NAME },
    warnings: warningsOf(data),
  };
}

const isOpenToAll = (auth: Config['auth']): boolean => auth.jwtSecret === null && auth.jwksUrl === null;

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
  const { AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: jwksUrl, PUBLIC_URL: publicUrl } = data;
  return [
    ...(secret !== null && Buffer.byteLength(secret) < 32
      ? ['AUTH_JWT_SECRET is shorter than 32 bytes; a longer one is harder to guess.']
      : []),
    ...(jwksUrl !== null && data.AUTH_JWT_AUDIENCE === null
      ? ['AUTH_JWT_AUDIENCE is not set: tokens that the login made for other applications are taken as well.']
      : []),
    ...(jwksUrl !== null && isReadInClear(jwksUrl)
      ? ['AUTH_JWKS_URL begins with http: whoever is on the way can put keys of their own there; use https.']
      : []),
    ...(data.ALLOWED_ORIGINS.includes('*')
      ? ['ALLOWED_ORIGINS holds *: pages of every origin may call, with the tokens that they have.']
      : []),
    ...(smsSenderOf(data) !== null && publicUrl === null
      ? ['PUBLIC_URL is not set: the SMS provider can report and bring answers only if it reaches the server itself.']
      : []),
  ];
}

function isReadInClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** Settings that protect something: emptied by mistake, they must not count as not set. */
const guards = new Set(['AUTH_JWT_SECRET', 'AUTH_JWKS_URL', 'AUTH_JWT_AUDIENCE', 'AUTH_JWT_ISSUER', 'ENCRYPTION_KEY']);

function dropEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => value?.trim() !== '' || guards.has(name)));
}
