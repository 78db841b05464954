import { describe, expect, it } from 'vitest';
import { ConfigError, parseDuration, readCommandConfig, readConfig } from '../src/config.js';

const key = Buffer.alloc(32, 7).toString('base64');

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('needs nothing: the defaults are those of one machine, open to whoever tries it', () => {
    expect(readConfig({})).toEqual({
      port: 4000,
      host: '127.0.0.1',
      publicUrl: null,
      production: false,
      logLevel: 'info',
      databaseUrl: null,
      dataDir: '.assent',
      checkpointUrl: null,
      operator: null,
      encryptionKeys: null,
      natsUrl: null,
      auth: { jwtSecret: null, jwksUrl: null, audience: null, issuer: null },
      allowedOrigins: [],
      operations: {
        timeoutMs: 10_000,
        rates: { caller: 12_000_000, organization: 60_000_000 },
        keepKeysMs: 2_592_000_000,
      },
      optIn: { resendIntervalMs: 86_400_000, maxAttempts: 10 },
      delivery: {
        orderWaitMs: 2000,
        leaseMs: 15_000,
        unconfirmedWaitMs: 600_000,
        maxHeldAgeMs: 2_592_000_000,
        pairIntervalMs: 6_000,
        rates: { WHATSAPP: 80, SMS: 10 },
      },
      whatsapp: { baseUrl: null, apiVersion: 'v25.0', verifyToken: 'assent', timeoutMs: 10_000 },
      sms: { baseUrl: 'https://api.twilio.com', sender: null },
      tracing: { endpoint: null, service: 'assent' },
      warnings: [],
    });
  });

  it('takes every setting from the environment', () => {
    expect(
      readConfig({
        NODE_ENV: 'production',
        PORT: '0',
        HOST: '0.0.0.0',
        PUBLIC_URL: 'https://assent.example.com/here/',
        LOG_LEVEL: 'debug',
        DATABASE_URL: 'postgresql://assent:pw@db/assent',
        DATA_DIR: '/var/lib/assent',
        ASSENT_OPERATOR: 'deploy',
        ENCRYPTION_KEY: key,
        NATS_URL: 'nats://nats:4222,tls://user:pw@other',
        AUTH_JWT_SECRET: 'x'.repeat(32),
        AUTH_JWKS_URL: 'https://login.example.com/keys',
        AUTH_JWT_AUDIENCE: 'https://assent.example.com',
        AUTH_JWT_ISSUER: 'https://login.example.com/',
        ALLOWED_ORIGINS: 'https://app.example.com/, http://localhost:5173',
        OPERATION_TIMEOUT: 'PT3S',
        RATE_LIMIT_CALLER: '600',
        RATE_LIMIT_ORGANIZATION: 'off',
        IDEMPOTENCY_KEY_RETENTION: 'P7D',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/',
        OTEL_SERVICE_NAME: 'consent',
        OPT_IN_RESEND_INTERVAL: 'PT5S',
        OPT_IN_MAX_ATTEMPTS: '3',
        DELIVERY_ORDER_WAIT: 'PT0S',
        DELIVERY_LEASE: 'PT1M',
        WHATSAPP_BASE_URL: 'http://127.0.0.1:9000/',
        WHATSAPP_API_VERSION: 'v26.0',
        WHATSAPP_VERIFY_TOKEN: 'verify',
        WHATSAPP_TIMEOUT: 'PT0.5S',
        SMS_BASE_URL: 'http://127.0.0.1:9001',
        SMS_ACCOUNT_SID: 'AC1',
        SMS_AUTH_TOKEN: 'token',
        SMS_FROM: '+15550100',
        DELIVERY_UNCONFIRMED_WAIT: 'PT30S',
        DELIVERY_MAX_HELD_AGE: 'P3D',
        WHATSAPP_PAIR_INTERVAL: 'PT0S',
        WHATSAPP_MESSAGES_PER_SECOND: '1000',
        SMS_MESSAGES_PER_SECOND: '1',
      }),
    ).toEqual({
      port: 0,
      host: '0.0.0.0',
      publicUrl: 'https://assent.example.com/here',
      production: true,
      logLevel: 'debug',
      databaseUrl: 'postgresql://assent:pw@db/assent',
      dataDir: '/var/lib/assent',
      checkpointUrl: null,
      operator: 'deploy',
      encryptionKeys: [new Uint8Array(32).fill(7)],
      natsUrl: 'nats://nats:4222,tls://user:pw@other',
      auth: {
        jwtSecret: 'x'.repeat(32),
        jwksUrl: 'https://login.example.com/keys',
        audience: 'https://assent.example.com',
        issuer: 'https://login.example.com/',
      },
      allowedOrigins: ['https://app.example.com', 'http://localhost:5173'],
      operations: { timeoutMs: 3_000, rates: { caller: 600, organization: null }, keepKeysMs: 604_800_000 },
      optIn: { resendIntervalMs: 5000, maxAttempts: 3 },
      delivery: {
        orderWaitMs: 0,
        leaseMs: 60_000,
        unconfirmedWaitMs: 30_000,
        maxHeldAgeMs: 259_200_000,
        pairIntervalMs: 0,
        rates: { WHATSAPP: 1000, SMS: 1 },
      },
      whatsapp: { baseUrl: 'http://127.0.0.1:9000', apiVersion: 'v26.0', verifyToken: 'verify', timeoutMs: 500 },
      sms: {
        baseUrl: 'http://127.0.0.1:9001',
        sender: { accountSid: 'AC1', authToken: 'token', from: '+15550100' },
      },
      tracing: { endpoint: 'http://collector:4318', service: 'consent' },
      warnings: [],
    });
  });

  it.each([
    ['PORT', 'http'],
    ['PORT', '70000'],
    ['PORT', '-1'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'mysql://db/assent'],
    ['DATABASE_URL', 'assent'],
    ['ENCRYPTION_KEY', 'secret'],
    ['ENCRYPTION_KEY', ''],
    ['NATS_URL', 'localhost:4222'],
    ['NATS_URL', 'ws://localhost:8080'],
    ['NATS_URL', 'nats://one:4222,two:4222'],
    ['NATS_URL', 'nats://'],
    ['AUTH_JWT_SECRET', 'short'],
    ['AUTH_JWT_SECRET', ''],
    ['AUTH_JWKS_URL', 'login.example.com'],
    ['AUTH_JWT_AUDIENCE', ''],
    ['AUTH_JWT_ISSUER', ' '],
    ['ALLOWED_ORIGINS', 'app.example.com'],
    ['ALLOWED_ORIGINS', 'https://app.example.com/page'],
    ['ALLOWED_ORIGINS', 'https://app.example.com,'],
    ['IDEMPOTENCY_KEY_RETENTION', 'P6DT23H59M'],
    ['IDEMPOTENCY_KEY_RETENTION', 'off'],
    ['OPT_IN_RESEND_INTERVAL', '24h'],
    ['OPT_IN_RESEND_INTERVAL', 'PT0S'],
    ['OPT_IN_MAX_ATTEMPTS', '0'],
    ['OPT_IN_MAX_ATTEMPTS', '2.5'],
    ['DELIVERY_ORDER_WAIT', '2'],
    ['DELIVERY_LEASE', 'P1M'],
    ['WHATSAPP_BASE_URL', 'ftp://graph.facebook.com'],
    ['WHATSAPP_API_VERSION', '25'],
    ['WHATSAPP_TIMEOUT', 'PT'],
    ['SMS_BASE_URL', 'twilio'],
    ['PUBLIC_URL', 'assent.example.com'],
  ])('names %s and says what it should look like when it is "%s"', (name, value) => {
    const problems = problemsOf({ [name]: value });

    expect(problems[0]).toMatch(new RegExp(`^${name} should be .{8,}\\.$`));
  });

  it('names everything that is wrong at once, and repeats no value', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      PORT: 'http',
      ENCRYPTION_KEY: 'hunter2',
      SMS_AUTH_TOKEN: 'hunter2',
    });

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'ENCRYPTION_KEY',
      'SMS_ACCOUNT_SID',
      'SMS_FROM',
      'AUTH_JWT_SECRET',
    ]);
    expect(problems.join()).not.toContain('hunter2');
  });

  it('counts an empty variable as one that is not set', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ', SMS_FROM: '' })).toEqual(readConfig({}));
  });

  it('refuses to be open to all in production, but lets a command run that nobody calls', () => {
    expect(() => readConfig({ NODE_ENV: 'production' })).toThrow(ConfigError);
    expect(readCommandConfig({ NODE_ENV: 'production' }).production).toBe(true);
    expect(problemsOf({ NODE_ENV: 'production', AUTH_JWKS_URL: 'https://login.example.com/keys' })).toEqual([]);
  });

  it('has a verify token of its own only where everyone may call anyway', () => {
    expect(readConfig({ AUTH_JWT_SECRET: 'x'.repeat(32) }).whatsapp.verifyToken).toBeNull();
  });

  it('takes a short secret, and warns of it', () => {
    expect(readConfig({ AUTH_JWT_SECRET: 'eight888' }).warnings).toEqual([
      expect.stringContaining('AUTH_JWT_SECRET is shorter than 32 bytes'),
    ]);
  });

  it('warns of a login whose tokens or keys may be those of others, and of pages of every origin', () => {
    const warningsOf = (env: Readonly<Record<string, string>>) => readConfig(env).warnings;
    const AUTH_JWKS_URL = 'http://login.example.com/keys';

    expect(warningsOf({ AUTH_JWKS_URL })).toEqual([
      expect.stringContaining('AUTH_JWT_AUDIENCE is not set'),
      expect.stringContaining('AUTH_JWKS_URL begins with http'),
    ]);
    expect(warningsOf({ AUTH_JWKS_URL: 'http://127.0.0.1:1/keys', AUTH_JWT_AUDIENCE: 'assent' })).toEqual([]);
    expect(warningsOf({ ALLOWED_ORIGINS: '*' })).toEqual([expect.stringContaining('ALLOWED_ORIGINS holds *')]);
  });

  it('reaches the usual SMS provider unless told of another', () => {
    expect(readConfig({}).sms.baseUrl).toBe('https://api.twilio.com');
    expect(readConfig({ SMS_BASE_URL: 'https://sms.example.com/' }).sms).toEqual({
      baseUrl: 'https://sms.example.com',
      sender: null,
    });
  });

  it('warns when the SMS provider may not reach the server', () => {
    const env = { SMS_ACCOUNT_SID: 'AC1', SMS_AUTH_TOKEN: 'token', SMS_FROM: '+15550100' };

    expect(readConfig(env).warnings).toEqual([expect.stringContaining('PUBLIC_URL')]);
    expect(readConfig({ ...env, PUBLIC_URL: 'https://assent.example.com' }).warnings).toEqual([]);
  });
});

describe('parseDuration', () => {
  it.each([
    ['PT24H', 86_400_000],
    ['P1D', 86_400_000],
    ['P2W', 1_209_600_000],
    ['P1DT2H3M4.5S', 93_784_500],
    ['PT0,25S', 250],
    ['PT90M', 5_400_000],
    ['PT0S', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    'P1Y',
    'P1M',
    'PT1.5H',
    '-PT1S',
    'PT-1S',
    'pt1s',
    '1D',
    'PT1H1H',
    'PT99999999999999H',
  ])('takes "%s" for no duration', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});
