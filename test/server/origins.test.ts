import { describe, expect, it } from 'vitest';
import { createOrigins } from '../../src/server/origins.js';

const host = 'assent.example.com';

describe('a socket', () => {
  const { mayConnect } = createOrigins({
    allowed: ['https://app.example.com'],
    publicUrl: 'https://public.example.com/a',
  });

  it.each([
    ['a server or a command line, which names no origin', undefined],
    ['a page of the host that is asked', 'https://assent.example.com'],
    ['a page of that host behind whoever ends TLS', 'http://assent.example.com'],
    ['a page of the address that the outside knows', 'https://public.example.com'],
    ['a page of an origin that is allowed', 'https://app.example.com'],
  ])('may be opened by %s', (_, origin) => {
    expect(mayConnect({ host, origin })).toBe(true);
  });

  it.each([
    'https://evil.example.com',
    'https://assent.example.com.evil.example',
    'https://assent.example.com:8443',
    'http://app.example.com',
    'null',
    '',
    'file://',
    'not an origin',
  ])('may not be opened by a page of %j', (origin) => {
    expect(mayConnect({ host, origin })).toBe(false);
    expect(mayConnect({ origin })).toBe(false);
  });

  it('may be opened by every page where that is said', () => {
    expect(createOrigins({ allowed: ['*'] }).mayConnect({ host, origin: 'null' })).toBe(true);
  });

  it('is told from a page of the same host at the usual port, whether it is named or not', () => {
    expect(mayConnect({ host: `${host}:443`, origin: `https://${host}` })).toBe(true);
    expect(mayConnect({ host: 'localhost:4000', origin: 'http://localhost:4000' })).toBe(true);
    expect(mayConnect({ host: 'localhost:4000', origin: 'http://localhost:5173' })).toBe(false);
  });
});

describe('a query by GET', () => {
  const { mayAsk } = createOrigins({ allowed: ['https://app.example.com'] });

  it.each<Readonly<Record<string, string>>>([
    {},
    { authorization: 'Bearer a' },
    { authorization: 'Bearer a', origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' },
  ])('is run as it comes from whoever is no page, may call, or says who they are: %j', (headers) => {
    expect(mayAsk({ host, ...headers })).toBe(true);
  });

  it.each<Readonly<Record<string, string>>>([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
  ])('is not, for a page of another site whose browser did not ask first: %j', (headers) => {
    expect(mayAsk({ host, ...headers })).toBe(false);
  });
});
