import { createHmac, timingSafeEqual } from 'node:crypto';

const headerShape = /^sha256=([0-9a-f]{64})$/i;

/** The value of `X-Hub-Signature-256` for exactly these bytes. */
export function sign(body: Uint8Array, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}

/** Whether the header could be a signature at all. */
export function isSignature(header: string | undefined): header is string {
  return header !== undefined && headerShape.test(header);
}

/** Whether the header signs exactly these bytes; the time it takes tells nothing. */
export function verify(body: Uint8Array, header: string | undefined, appSecret: string): boolean {
  const hex = header === undefined ? undefined : headerShape.exec(header)?.[1];
  if (hex === undefined || appSecret === '') return false;
  return timingSafeEqual(createHmac('sha256', appSecret).update(body).digest(), Buffer.from(hex, 'hex'));
}
