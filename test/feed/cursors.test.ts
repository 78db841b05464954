import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCursors } from '../../src/feed/cursors.js';

const cursors = createCursors(Buffer.alloc(32, 7));
const position = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const organizationId = fc.uuid();

describe('a cursor', () => {
  it('names its position, for its organization and on every server with the same key', () => {
    const elsewhere = createCursors(Buffer.alloc(32, 7));
    fc.assert(
      fc.property(organizationId, position, (organization, at) => {
        const cursor = cursors.encode(organization, at);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(elsewhere.decode(organization, cursor)).toBe(at);
      }),
    );
  });

  it('is nothing with any single bit changed', () => {
    fc.assert(
      fc.property(organizationId, position, (organization, at) => {
        const bytes = Buffer.from(cursors.encode(organization, at), 'base64url');
        for (let bit = 0; bit < bytes.length * 8; bit += 1) {
          const changed = Buffer.from(bytes);
          changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
          expect(cursors.decode(organization, changed.toString('base64url'))).toBeNull();
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is nothing for another organization, or under another key', () => {
    const others = createCursors(Buffer.alloc(32, 8));
    fc.assert(
      fc.property(organizationId, organizationId, position, (own, other, at) => {
        fc.pre(own !== other);
        expect(cursors.decode(other, cursors.encode(own, at))).toBeNull();
        expect(others.decode(own, cursors.encode(own, at))).toBeNull();
      }),
    );
  });

  it('is nothing when cut short, longer, or written in another alphabet', () => {
    const cursor = cursors.encode('acme', 0xfffffffffffn);
    for (let length = 0; length < cursor.length; length += 1)
      expect(cursors.decode('acme', cursor.slice(0, length))).toBeNull();
    for (const text of [`${cursor}A`, `${cursor}=`, ` ${cursor}`, `${cursor}\n`, cursor.split('').reverse().join('')])
      expect(cursors.decode('acme', text)).toBeNull();
    const standard = Buffer.from(cursor, 'base64url').toString('base64');
    if (standard !== cursor) expect(cursors.decode('acme', standard)).toBeNull();
  });

  it('is nothing when it is any other text, and reading it never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.string({ unit: 'binary' })), (text) => {
        expect(cursors.decode('acme', text)).toBeNull();
      }),
    );
  });
});
