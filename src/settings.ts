import { z } from 'zod';
import {
  claim,
  duration,
  durationOfAtLeast,
  encryptionKeys,
  natsUrls,
  optional,
  origins,
  points,
  secret,
  url,
  webUrl,
  wholeNumber,
} from './setting-forms.js';

/** What an operator reads of a setting. */
type About = {
  /** What it means, in Markdown. */
  readonly meaning: string;
  /** What holds where it has no default and is not set. */
  readonly unset?: string;
  /** What it may look like, where it has no default. */
  readonly example?: string;
};

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const TWILIO = 'https://api.twilio.com';
const META = 'https://graph.facebook.com';
const PER_SECOND = 'a whole number from 1 on, for example';

const told = z.registry<About>();
const setting = <Schema extends z.ZodType>(schema: Schema, meaning: string, more: Omit<About, 'meaning'> = {}) => {
  told.add(schema, { meaning, ...more });
  return schema;
};

const server = {
  PORT: setting(
    wholeNumber(0, 65_535, 'a port number from 0 to 65535, for example 4000').prefault('4000'),
    'Where it listens; `0` takes a free port.',
  ),
  HOST: setting(z.string().default('127.0.0.1'), 'The address it listens at; `0.0.0.0` for all.'),
  PUBLIC_URL: setting(
    optional(webUrl('https://assent.example.com')),
    'Where the outside reaches it: told to the SMS provider, and part of what that signs.',
    { unset: 'its own address', example: 'https://assent.example.com' },
  ),
  NODE_ENV: setting(
    optional(z.string()),
    '`production`: callers must be known, and there is no GraphiQL, no introspection and no simulator.',
    { example: 'production' },
  ),
  LOG_LEVEL: setting(
    z.enum(logLevels, `one of ${logLevels.join(', ')}`).default('info'),
    '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    optional(webUrl('http://127.0.0.1:4318')),
    'Where a collector takes traces, as OTLP over HTTP. See [below](#traces).',
    { unset: 'no traces', example: 'http://127.0.0.1:4318' },
  ),
  OTEL_SERVICE_NAME: setting(z.string().default('assent'), 'What this server is called in traces.'),
};

const database = {
  DATABASE_URL: setting(
    optional(
      url(['postgres:', 'postgresql:'], 'a PostgreSQL URL, for example postgres://user:password@host:5432/assent'),
    ),
    'PostgreSQL 15 or newer.',
    { unset: 'an embedded PostgreSQL', example: 'postgres://user:password@host:5432/assent' },
  ),
  DATA_DIR: setting(
    z.string().default('.assent'),
    "The embedded database, its key file, copies of signed checkpoints, the list of erased contacts, and the simulator's memory.",
  ),
  CHECKPOINT_URL: setting(
    optional(webUrl('https://witness.example.com/checkpoints')),
    'Where each signed checkpoint of a log is posted as text, so that others hold copies. See [Attestation](attestation.md#witnesses).',
    { unset: 'copies in `DATA_DIR/checkpoints` only', example: 'https://witness.example.com/checkpoints' },
  ),
  ENCRYPTION_KEY: setting(
    optional(encryptionKeys),
    '32 random bytes in base64 (`openssl rand -base64 32`) that seal the secrets of channels, of contacts and of logs; after a comma, the keys used before. See [below](#the-key-of-secrets).',
  ),
  NATS_URL: setting(
    optional(natsUrls),
    'Several servers tell each other through NATS instead of PostgreSQL. See [below](#nats).',
    { example: 'nats://127.0.0.1:4222' },
  ),
  ASSENT_OPERATOR: setting(
    optional(z.string()),
    'Who is named in the [audit trail](#the-audit-trail) of commands that do not say `--as`.',
    { unset: 'the account that runs them', example: 'deploy' },
  ),
};

const callers = {
  AUTH_JWT_SECRET: setting(
    optional(secret(8)),
    'Tokens signed with HS256 and this secret. At least 8 characters; under 32 bytes the server warns.',
  ),
  AUTH_JWKS_URL: setting(
    optional(webUrl('https://login.example.com/.well-known/jwks.json')),
    'Tokens signed with RS256, ES256 or EdDSA by the keys at this address. Both may be set.',
    { example: 'https://login.example.com/.well-known/jwks.json' },
  ),
  AUTH_JWT_AUDIENCE: setting(optional(claim), 'What the claim `aud` of tokens must name.', {
    unset: 'it is not looked at',
    example: 'https://assent.example.com',
  }),
  AUTH_JWT_ISSUER: setting(optional(claim), 'What the claim `iss` of tokens must be.', {
    unset: 'it is not looked at',
    example: 'https://login.example.com',
  }),
  ALLOWED_ORIGINS: setting(
    origins.default([]),
    'Origins of other hosts whose pages may call, with commas between; `*` for every page. Pages of its own host always may.',
    { unset: 'none', example: 'https://app.example.com' },
  ),
};

const operations = {
  OPERATION_TIMEOUT: setting(
    duration('PT10S').prefault('PT10S'),
    'How long a query or a mutation may take; then it is stopped.',
  ),
  RATE_LIMIT_CALLER: setting(
    points('12000000').prefault('12000000'),
    'How many points the operations of one caller may cost in a minute, on all servers together; `off` for no limit.',
  ),
  RATE_LIMIT_ORGANIZATION: setting(
    points('60000000').prefault('60000000'),
    'The same for all callers of one organization together.',
  ),
  IDEMPOTENCY_KEY_RETENTION: setting(
    // Callers rely on seven days.
    durationOfAtLeast('P7D', 'P30D').prefault('P30D'),
    'How long the idempotency keys of mutations are known, at least `P7D`. See [below](#how-long-idempotency-keys-are-kept).',
  ),
};

const sending = {
  OPT_IN_RESEND_INTERVAL: setting(
    duration('PT24H').prefault('PT24H'),
    'How long a request waits before it may be sent again, and before `PENDING` becomes `NO_RESPONSE`.',
  ),
  OPT_IN_MAX_ATTEMPTS: setting(
    wholeNumber(1, 1_000_000, 'a whole number from 1 on, for example 10').prefault('10'),
    'Requests to a contact until it answers, the first counted.',
  ),
  DELIVERY_ORDER_WAIT: setting(
    duration('PT2S', 0).prefault('PT2S'),
    'How long the next message of a conversation waits for the one before to be delivered; `PT0S` for not at all.',
  ),
  DELIVERY_LEASE: setting(
    duration('PT15S').prefault('PT15S'),
    'How long a sender has a conversation, and a server a stored webhook, for itself. Must be longer than `WHATSAPP_TIMEOUT`.',
  ),
  DELIVERY_UNCONFIRMED_WAIT: setting(
    duration('PT10M').prefault('PT10M'),
    'How long a report is waited for until a message of unknown fate is sent again, where the organization wants that (`org policy`).',
  ),
  DELIVERY_MAX_HELD_AGE: setting(
    duration('P30D').prefault('P30D'),
    'How long after it was written a held message becomes `EXPIRED`.',
  ),
};

const providers = {
  WHATSAPP_BASE_URL: setting(optional(webUrl(META)), 'Where messages are sent.', {
    unset: "Meta's; the simulator's for a simulated channel",
    example: META,
  }),
  WHATSAPP_API_VERSION: setting(
    z
      .string()
      .regex(/^v\d+\.\d+$/, "a version of Meta's Graph API, for example v25.0")
      .default('v25.0'),
    "The version of Meta's Graph API.",
  ),
  WHATSAPP_VERIFY_TOKEN: setting(
    optional(z.string()),
    'What Meta must say when the webhook is set up. Without it the challenge is refused.',
    { unset: 'none; `assent` without authentication' },
  ),
  WHATSAPP_TIMEOUT: setting(
    duration('PT10S').prefault('PT10S'),
    'How long a send waits for its answer, on WhatsApp and by SMS.',
  ),
  WHATSAPP_MESSAGES_PER_SECOND: setting(
    wholeNumber(1, 100_000, `${PER_SECOND} 80`).prefault('80'),
    "How many messages each organization's number sends in a second, on all servers together. Meta allows more for some numbers.",
  ),
  WHATSAPP_PAIR_INTERVAL: setting(
    duration('PT6S', 0).prefault('PT6S'),
    'One message may be sent to one contact in this time, and a burst of up to 45 that borrows from what follows; `PT0S` for no such pace.',
  ),
  SMS_MESSAGES_PER_SECOND: setting(
    wholeNumber(1, 100_000, `${PER_SECOND} 10`).prefault('10'),
    'How many SMS each organization sends in a second, on all servers together.',
  ),
  SMS_ACCOUNT_SID: setting(
    optional(z.string()),
    'The account that sends for organizations that have no sender of their own.',
    { unset: "no SMS; the simulator's without authentication" },
  ),
  SMS_AUTH_TOKEN: setting(optional(z.string()), 'Its token. Set with the account and the number, or not at all.'),
  SMS_FROM: setting(optional(z.string()), 'Its number.', { example: '+15005550006' }),
  SMS_BASE_URL: setting(
    webUrl(TWILIO).prefault(TWILIO),
    'Whatever speaks that protocol: `…/2010-04-01/Accounts/{sid}/Messages.json`.',
  ),
};

/** Every setting that the environment may hold, as text, and what becomes of it. */
export const settings = z.object({ ...server, ...database, ...callers, ...operations, ...sending, ...providers });

/** The settings in the order in which operators read of them, with their defaults as one would write them. */
export const settingGroups = Object.entries({
  'The server': server,
  'The database': database,
  Callers: callers,
  Operations: operations,
  'Asking and sending': sending,
  'WhatsApp and SMS': providers,
}).map(([title, shape]) => ({
  title,
  settings: Object.entries<z.ZodType>(shape).map(([name, schema]) => ({
    name,
    byDefault: defaultOf(schema),
    ...{ meaning: '', ...told.get(schema) },
  })),
}));

function defaultOf(schema: z.ZodType): string | null {
  const holdsDefault = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  const text = holdsDefault ? String(schema.def.defaultValue) : '';
  return text === '' ? null : text;
}
