import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buttonPayload, callbackData, readButtonPayload, readCallbackData } from '../../src/whatsapp/payload.js';

describe('the payload of a button', () => {
  it('names the answer and the request', () => {
    expect(buttonPayload({ answer: 'ACCEPT', requestId: 'r-1' })).toBe('optin:v1:accept:r-1');
    expect(buttonPayload({ answer: 'DECLINE', requestId: 'r-1' })).toBe('optin:v1:decline:r-1');
  });

  it('gives back what went in', () => {
    fc.assert(
      fc.property(fc.constantFrom('ACCEPT' as const, 'DECLINE' as const), fc.uuid(), (answer, requestId) => {
        expect(readButtonPayload(buttonPayload({ answer, requestId }))).toEqual({ answer, requestId });
      }),
    );
  });

  it('reads reject as decline', () => {
    expect(readButtonPayload('optin:v1:reject:r-1')).toEqual({ answer: 'DECLINE', requestId: 'r-1' });
  });

  it.each([
    '',
    'Accept',
    'optin:v1:accept:',
    'optin:v1:maybe:r-1',
    'optin:v2:accept:r-1',
    'xoptin:v1:accept:r-1',
    'optin:v1:accept:r 1',
    'optin:v1:accept:r-1\n',
    'OPTIN:V1:ACCEPT:r-1',
    `optin:v1:accept:${'r'.repeat(200)}`,
  ])('does not read %j', (text) => {
    expect(readButtonPayload(text)).toBeNull();
  });

  it('takes any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readButtonPayload(text)));
  });
});

describe('the data that statuses echo', () => {
  it('names the attempt', () => {
    expect(callbackData({ messageId: 'm-1', attempt: 2 })).toBe('1.m-1.2');
  });

  it('gives back what went in', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 1, max: 999_999_999 }), (messageId, attempt) => {
        expect(readCallbackData(callbackData({ messageId, attempt }))).toEqual({ messageId, attempt });
      }),
    );
  });

  it.each(['', '1.m-1', '1.m-1.0', '1.m-1.x', '1..1', '2.m-1.1', '1.m-1.1.1', '1.m-1.-1', '1.m-1.1 '])(
    'does not read %j',
    (text) => {
      expect(readCallbackData(text)).toBeNull();
    },
  );
});
