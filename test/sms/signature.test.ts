import { describe, expect, it } from 'vitest';
import { sign, verify } from '../../src/sms/signature.js';

const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const documented = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
const form = () =>
  new URLSearchParams({
    To: '+18005551212',
    CallSid: 'CA1234567890ABCDE',
    From: '+14158675309',
    Caller: '+14158675309',
    Digits: '1234',
  });

describe('the signature of an SMS webhook', () => {
  it('is that of Twilio’s documented example, whatever the order of the fields', () => {
    expect(sign(url, form(), '12345')).toBe(documented);
    expect(verify(url, form(), documented, '12345')).toBe(true);
  });

  it('covers a repeated field as Twilio’s own libraries do', () => {
    const repeated = new URLSearchParams('Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234');
    expect(sign(url, repeated, '12345')).toBe('IK+Dwps556ElfBT0I3Rgjkr1wJU=');
  });

  it.each([
    ['another token', () => verify(url, form(), documented, '12346')],
    ['no token', () => verify(url, form(), sign(url, form(), ''), '')],
    ['another address', () => verify(`${url}3`, form(), documented, '12345')],
    ['a changed field', () => verify(url, new URLSearchParams(`${form()}0`), documented, '12345')],
    ['a field more', () => verify(url, new URLSearchParams(`${form()}&A=`), documented, '12345')],
    ['no header', () => verify(url, form(), undefined, '12345')],
    ['an empty header', () => verify(url, form(), '', '12345')],
    ['a shorter header', () => verify(url, form(), documented.slice(4), '12345')],
    ['a header that is no signature', () => verify(url, form(), 'x'.repeat(28), '12345')],
  ])('is wrong with %s', (_what, verified) => {
    expect(verified()).toBe(false);
  });

  it.each([
    ['https://mycompany.com:443/sms', 'https://mycompany.com/sms'],
    ['https://mycompany.com/sms', 'https://mycompany.com:443/sms'],
    ['http://mycompany.com/sms?a=1', 'http://mycompany.com:80/sms?a=1'],
    ['https://mycompany.com:8443/sms', 'https://mycompany.com/sms'],
    ['http://[::1]:4000/sms', 'http://[::1]/sms'],
  ])('of %s may be made with the address %s: the provider names the port or leaves it out', (ours, theirs) => {
    expect(verify(ours, form(), sign(theirs, form(), '12345'), '12345')).toBe(true);
    expect(verify(ours, form(), sign(theirs.replace('sms', 'sm'), form(), '12345'), '12345')).toBe(false);
  });
});
