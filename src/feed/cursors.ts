import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Cursors } from '../domain/ports/feed.js';

const VERSION = 1;
const HEAD_BYTES = 9;
const SIGNATURE_BYTES = 16;

/** Positions as opaque text, signed together with their organization under the installation's key. */
export function createCursors(key: Uint8Array): Cursors {
  const sign = (organizationId: string, head: Uint8Array): Buffer =>
    createHmac('sha256', key).update(organizationId).update(head).digest().subarray(0, SIGNATURE_BYTES);

  return {
    encode: (organizationId, position) => {
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt8(VERSION, 0);
      head.writeBigUInt64BE(position, 1);
      return Buffer.concat([head, sign(organizationId, head)]).toString('base64url');
    },
    decode: (organizationId, cursor) => {
      const bytes = Buffer.from(cursor, 'base64url');
      if (bytes.length !== HEAD_BYTES + SIGNATURE_BYTES || bytes.toString('base64url') !== cursor) return null;
      const head = bytes.subarray(0, HEAD_BYTES);
      if (head.readUInt8(0) !== VERSION) return null;
      if (!timingSafeEqual(bytes.subarray(HEAD_BYTES), sign(organizationId, head))) return null;
      return head.readBigUInt64BE(1);
    },
  };
}
