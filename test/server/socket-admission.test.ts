import { describe, expect, it } from 'vitest';
import { createSocketAdmission } from '../../src/server/socket-admission.js';

const limits = { inTotal: 5, ofCaller: 2, unknownOfAddress: 3 };

describe('the admission of sockets', () => {
  it('takes no more than there is room for, and again when one has gone', () => {
    const { admit, count } = createSocketAdmission(limits);
    const admitted = Array.from({ length: 5 }, (_, index) => admit(`address ${index}`));

    expect(admit('another')).toBeNull();
    expect(count()).toBe(5);
    admitted[0]?.gone();
    admitted[0]?.gone();
    expect(count()).toBe(4);
    expect(admit('another')).not.toBeNull();
    expect(admit('another')).toBeNull();
  });

  it('takes a few of one address until it is known whose they are', () => {
    const { admit } = createSocketAdmission(limits);
    const flood = Array.from({ length: 4 }, () => admit('10.0.0.1'));

    expect(flood.map((one) => one !== null)).toEqual([true, true, true, false]);
    expect(admit('10.0.0.2')).not.toBeNull();
    expect(flood[0]?.isFor('ana')).toBe(true);
    expect(admit('10.0.0.1')).not.toBeNull();
  });

  it('takes a few of one caller, wherever they come from', () => {
    const { admit } = createSocketAdmission(limits);
    const [one, two, three] = ['a', 'b', 'c'].map((address) => admit(address));

    expect([one, two, three].map((each) => each?.isFor('ana'))).toEqual([true, true, false]);
    three?.gone();
    one?.gone();
    expect(admit('d')?.isFor('ana')).toBe(true);
  });

  it('gives nothing to a socket that has gone', () => {
    const { admit, count } = createSocketAdmission(limits);
    const late = admit('a');
    late?.gone();

    expect(late?.isFor('ana')).toBe(false);
    expect(count()).toBe(0);
  });
});
