import type { SmsSender, SmsSenders } from '../../src/domain/ports/sms-senders.js';
import { sign } from '../../src/sms/signature.js';

/** A sender that lacks nothing. */
export const senderOf = (changes: Partial<SmsSender> = {}): SmsSender => ({
  organizationId: 'org-1',
  accountSid: 'AC1',
  authToken: 'token-1',
  from: '+15550100',
  ...changes,
});

/** Senders in memory; `knowing` are the organizations that know whoever writes. */
export const sendersOf = (all: readonly SmsSender[], knowing: readonly string[] = []): SmsSenders => ({
  byOrganization: async (id) =>
    all.find(({ organizationId }) => organizationId === id) ??
    all.find(({ organizationId }) => organizationId === null) ??
    null,
  named: async ({ accountSid, number }) =>
    all.filter((sender) => sender.accountSid === accountSid || sender.from === number),
  enabled: async () => all,
  organizationsKnowing: async () => knowing,
});

/** A form with its signature, as the provider posts it. */
export function signedForm(url: string, fields: Readonly<Record<string, string>>, authToken: string) {
  const form = new URLSearchParams(fields);
  return { body: Buffer.from(form.toString()), signature: sign(url, form, authToken) };
}

/** Posts a form as the provider does, signed for the address that it knows; resolves to the answer. */
export async function postForm(
  url: string,
  fields: Readonly<Record<string, string>>,
  authToken: string,
  known: string = url,
) {
  const { body, signature } = signedForm(known, fields, authToken);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
    body: body.toString(),
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}
