import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromGlobalId, readGlobalId, toGlobalId } from '../../src/schema/global-id.js';

const types = ['Contact', 'Message', 'Organization', 'OptInRequest'] as const;

describe('global ids', () => {
  it('give back what they were made of', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.uuid(), (type, id) => {
        const globalId = toGlobalId(type, id);
        expect(readGlobalId(globalId)).toEqual({ type, id });
        expect(fromGlobalId(type, globalId)).toBe(id);
      }),
    );
  });

  it('of one type are nothing to another', () => {
    const contact = toGlobalId('Contact', '01900000-0000-7000-8000-000000000001');
    expect(fromGlobalId('Message', contact)).toBeNull();
  });

  it('are null for any garbage, and have one spelling only', () => {
    fc.assert(fc.property(fc.string(), (text) => readGlobalId(text) === null));
    const contact = toGlobalId('Contact', '01900000-0000-7000-8000-000000000001');
    for (const other of [` ${contact}`, `${contact}=`, `${contact}!`, contact.slice(0, -1)]) {
      expect(readGlobalId(other)).toBeNull();
    }
    for (const inside of ['Contact:', 'Contact:1', 'Contact:01900000-0000-7000-8000-00000000000G', 'Viewer:x']) {
      expect(readGlobalId(Buffer.from(inside).toString('base64url'))).toBeNull();
    }
  });
});
