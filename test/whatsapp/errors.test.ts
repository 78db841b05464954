import { describe, expect, it } from 'vitest';
import { failureOfStatus, graphErrorIn, meanings, outcomeOfError } from '../../src/whatsapp/errors.js';

const answer = (code: number, httpStatus = 400, more: object = {}) =>
  outcomeOfError({ httpStatus, error: { code, ...more } });

const kinds: Readonly<Record<string, readonly number[]>> = {
  UNREACHABLE: [131026],
  WINDOW_CLOSED: [131047],
  NOT_DELIVERED_TODAY: [131049, 130472],
  UNWANTED: [131050],
  IDENTITY_CHANGED: [137000],
  TOO_FAST_FOR_CHANNEL: [4, 80007, 130429],
  TOO_FAST_FOR_CONTACT: [131056],
  TEMPLATE_UNUSABLE: [131064, 132000, 132005, 132007, 132012, 132016, 132018],
  CHANNEL_UNHEALTHY: [0, 3, 10, 190, 200, 210, 299, 368, 131005, 131031, 131037, 131042, 131045, 131048, 133010],
  REJECTED: [
    33, 100, 130403, 130497, 131008, 131009, 131021, 131030, 131051, 131052, 131053, 131062, 132001, 132015, 132068,
    132069,
  ],
};
const rows = Object.entries(kinds).flatMap(([kind, codes]) => codes.map((code) => [code, kind] as const));
const unclear = [1, 2, 131000, 131016, 131057, 133004];

describe('an error answer to a send', () => {
  it.each(rows)('with code %i is %s', (code, kind) => {
    expect(answer(code)).toMatchObject({ outcome: 'REFUSED', failure: { kind, code } });
  });

  it.each(unclear)('with code %i leaves open whether the message was sent', (code) => {
    expect(answer(code, 400).outcome).toBe('UNKNOWN');
    expect(answer(code, 500, { is_transient: true }).outcome).toBe('UNKNOWN');
  });

  it('has a tested meaning for every code of the table', () => {
    const tested = new Set([...rows.map(([code]) => code), ...unclear]);
    expect([...meanings.keys()].filter((code) => !tested.has(code))).toEqual([]);
  });

  it('with a code that nobody knows is a refusal, and only that', () => {
    expect(answer(999_999)).toMatchObject({ outcome: 'REFUSED', failure: { kind: 'REJECTED', retryable: false } });
  });

  it('that says it is transient, or 429, may be sent again', () => {
    expect(answer(999_999, 400, { is_transient: true })).toMatchObject({ failure: { kind: 'TOO_FAST_FOR_CHANNEL' } });
    expect(answer(999_999, 429)).toMatchObject({ failure: { kind: 'TOO_FAST_FOR_CHANNEL' } });
    expect(outcomeOfError({ httpStatus: 429, error: null })).toMatchObject({
      failure: { kind: 'TOO_FAST_FOR_CHANNEL' },
    });
    expect(answer(131026, 400, { is_transient: true })).toMatchObject({ failure: { kind: 'UNREACHABLE' } });
  });

  it.each([500, 502, 503, 504, 408])('of status %i without a Graph error leaves it open', (httpStatus) => {
    expect(outcomeOfError({ httpStatus, error: null }).outcome).toBe('UNKNOWN');
  });

  it.each([301, 401, 403, 404, 407])('of status %i without a Graph error is the fault of the set-up', (httpStatus) => {
    expect(outcomeOfError({ httpStatus, error: null })).toMatchObject({ failure: { kind: 'CHANNEL_UNHEALTHY' } });
  });

  it('never passes on what the provider wrote', () => {
    const secret = 'call +15551234567';
    const error = { message: secret, error_data: { details: secret } };
    for (const code of [...meanings.keys(), 999_999])
      expect(JSON.stringify(answer(code, 400, error))).not.toContain(secret);
  });
});

describe('a failed status', () => {
  it.each(rows)('with code %i is %s', (code, kind) => {
    expect(failureOfStatus({ code })).toMatchObject({ kind, code });
  });

  it.each(unclear)('with code %i means that the message did not arrive', (code) => {
    expect(failureOfStatus({ code })).toMatchObject({ kind: 'REJECTED', retryable: true });
  });

  it.each([undefined, null, 'x', {}, { code: '131026' }, { code: Number.NaN }])(
    'without a code (%j) is a failure',
    (e) => {
      expect(failureOfStatus(e)).toMatchObject({ kind: 'REJECTED', code: null });
    },
  );
});

describe('the Graph error of an answer', () => {
  it('is found by its code or its message', () => {
    expect(graphErrorIn({ error: { code: 1 } })).toEqual({ code: 1 });
    expect(graphErrorIn({ error: { message: 'm' } })).toEqual({ message: 'm' });
  });

  it.each([null, 'error', [], {}, { error: 'Bad gateway' }, { error: {} }])('is not found in %j', (body) => {
    expect(graphErrorIn(body)).toBeNull();
  });
});
