import { createHmac, timingSafeEqual } from 'node:crypto';

const headerShape = /^[\w+/]{27}=$/;
const addressShape = /^(https?):\/\/([^/?#]*?)(?::(\d+))?([/?#].*)?$/s;

/** The value of `X-Twilio-Signature` for a form that is posted to exactly this address. */
export function sign(url: string, form: URLSearchParams, authToken: string): string {
  const names = [...new Set(form.keys())].sort();
  const fields = names.flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value));
  return createHmac('sha1', authToken)
    .update(`${url}${fields.join('')}`)
    .digest('base64');
}

/**
 * Whether the header signs this form for this address; the time it takes tells nothing. The provider may have signed
 * the address with its port or without.
 */
export function verify(url: string, form: URLSearchParams, header: string | undefined, authToken: string): boolean {
  if (header === undefined || !headerShape.test(header) || authToken === '') return false;
  const given = Buffer.from(header, 'base64');
  return formsOf(url).some((address) => timingSafeEqual(given, Buffer.from(sign(address, form, authToken), 'base64')));
}

function formsOf(url: string): readonly string[] {
  const [, scheme, host, port, rest = ''] = addressShape.exec(url) ?? [];
  if (scheme === undefined || host === undefined) return [url];
  const spelledOut = port ?? (scheme === 'https' ? '443' : '80');
  return [`${scheme}://${host}${rest}`, `${scheme}://${host}:${spelledOut}${rest}`];
}
