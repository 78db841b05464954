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
      production: false,
      logLevel: 'info',
      databaseUrl: null,
      dataDir: '.assent',
      encryptionKey: null,
      natsUrl: null,
      auth: { jwtSecret: null, jwksUrl: null },
      optIn: { resendIntervalMs: 86_400_000, maxAttempts: 10 },
      delivery: { orderWaitMs: 2000, leaseMs: 15_000 },
      whatsapp: { baseUrl: null, apiVersion: 'v25.0', verifyToken: 'assent', timeoutMs: 10_000 },
      sms: null,
      warnings: [],
    });
  });

  it('takes every setting from the environment', () => {
    expect(
      readConfig({
        NODE_ENV: 'production',
        PORT: '0',
        HOST: '0.0.0.0',
        LOG_LEVEL: 'debug',
        DATABASE_URL: 'postgresql://assent:pw@db/assent',
        DATA_DIR: '/var/lib/assent',
        ENCRYPTION_KEY: key,
        NATS_URL: 'nats://nats:4222',
        AUTH_JWT_SECRET: 'x'.repeat(32),
        AUTH_JWKS_URL: 'https://login.example.com/keys',
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
      }),
    ).toEqual({
      port: 0,
      host: '0.0.0.0',
      production: true,
      logLevel: 'debug',
      databaseUrl: 'postgresql://assent:pw@db/assent',
      dataDir: '/var/lib/assent',
      encryptionKey: new Uint8Array(32).fill(7),
      natsUrl: 'nats://nats:4222',
      auth: { jwtSecret: 'x'.repeat(32), jwksUrl: 'https://login.example.com/keys' },
      optIn: { resendIntervalMs: 5000, maxAttempts: 3 },
      delivery: { orderWaitMs: 0, leaseMs: 60_000 },
      whatsapp: { baseUrl: 'http://127.0.0.1:9000', apiVersion: 'v26.0', verifyToken: 'verify', timeoutMs: 500 },
      sms: { baseUrl: 'http://127.0.0.1:9001', accountSid: 'AC1', authToken: 'token', from: '+15550100' },
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
    ['AUTH_JWT_SECRET', 'short'],
    ['AUTH_JWT_SECRET', ''],
    ['AUTH_JWKS_URL', 'login.example.com'],
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

  it('reaches the usual SMS provider unless told of another', () => {
    const env = { SMS_ACCOUNT_SID: 'AC1', SMS_AUTH_TOKEN: 'token', SMS_FROM: '+15550100' };

    expect(readConfig(env).sms?.baseUrl).toBe('https://api.twilio.com');
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
