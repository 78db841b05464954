import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignature, sign, verify } from '../../src/whatsapp/signature.js';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('the signature of a webhook', () => {
  it('is the one that Meta computes', () => {
    expect(sign(bytes('what do ya want for nothing?'), 'Jefe')).toBe(
      'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('holds for exactly the bytes that were signed', () => {
    const signature = sign(bytes('{"a":"é"}'), 's');
    expect(verify(bytes('{"a":"é"}'), signature, 's')).toBe(true);
    expect(verify(bytes('{"a":"\\u00e9"}'), signature, 's')).toBe(false);
    expect(verify(bytes('{"a":"é"}'), signature, 't')).toBe(false);
    expect(verify(bytes('{"a":"é"}'), signature.toUpperCase().replace('SHA256', 'sha256'), 's')).toBe(true);
  });

  it('never holds for an empty secret', () => {
    const { body, header } = { body: bytes('{}'), header: `sha256=${'0'.repeat(64)}` };
    expect(verify(body, header, '')).toBe(false);
  });

  it('takes any header and believes none that is made up', () => {
    fc.assert(
      fc.property(fc.option(fc.string(), { nil: undefined }), (header) => {
        expect(verify(bytes('{}'), header, 'secret')).toBe(false);
      }),
    );
    expect(isSignature('sha256=')).toBe(false);
    expect(isSignature(`sha256=${'a'.repeat(65)}`)).toBe(false);
    expect(isSignature(`sha1=${'a'.repeat(64)}`)).toBe(false);
    expect(isSignature(undefined)).toBe(false);
  });
});
