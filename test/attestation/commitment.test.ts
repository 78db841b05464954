import { describe, expect, it } from 'vitest';
import { seal } from '../../src/attestation/seal.js';
import { digestOf, openDisclosure } from '../../src/attestation/verifier/commitment.js';
import { seededBytes } from '../support/attestation-scene.js';

describe('a commitment', () => {
  it('has the digests that RFC 9901 gives for its disclosures', () => {
    const family = 'WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0';
    expect(digestOf(family)).toBe('X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0');
    expect(openDisclosure(family)).toEqual({ name: 'family_name', value: 'Möbius' });
  });

  it('opens to what was sealed, and is another one each time', () => {
    const randomBytes = seededBytes('salts');
    const one = seal('contact.phone', '+12025550142', randomBytes);
    const other = seal('contact.phone', '+12025550142', randomBytes);

    expect(openDisclosure(one.disclosure)).toEqual({ name: 'contact.phone', value: '+12025550142' });
    expect(digestOf(one.disclosure)).toBe(one.digest);
    expect(other.digest).not.toBe(one.digest);
  });

  it.each([
    ['a salt of fewer than 128 bits', '["123456789012345678901","a",1]'],
    ['two parts', '["1234567890123456789012","a"]'],
    ['four parts', '["1234567890123456789012","a",1,2]'],
    ['a name that is no text', '["1234567890123456789012",1,1]'],
    ['an object', '{"salt":"1234567890123456789012"}'],
    ['no JSON', 'salt'],
  ])('does not open with %s', (_, text) => {
    expect(openDisclosure(Buffer.from(text).toString('base64url'))).toBeNull();
  });

  it('does not open in another spelling', () => {
    const { disclosure } = seal('a', 1, seededBytes('spelling'));
    expect(openDisclosure(`${disclosure}=`)).toBeNull();
    expect(openDisclosure(`${disclosure} `)).toBeNull();
  });
});
