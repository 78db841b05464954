/** The attempt that a report belongs to. */
export type AttemptName = { readonly organizationId: string; readonly messageId: string; readonly attempt: number };

const shape = /^1\.([^\s.]+)\.([^\s.]+)\.([1-9]\d{0,8})$/;

/** The address for reports on an attempt. It tells nothing about the contact. */
export function statusCallback(publicUrl: string, { organizationId, messageId, attempt }: AttemptName): string {
  const name = Buffer.from(`1.${organizationId}.${messageId}.${attempt}`).toString('base64url');
  return `${publicUrl}/webhooks/sms/status?attempt=${name}`;
}

/** Reads the attempt from the address that a report came to; null where it names none. */
export function readStatusCallback(url: string): AttemptName | null {
  const name = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1]).get('attempt') ?? '';
  const [, organizationId, messageId, attempt] = shape.exec(Buffer.from(name, 'base64url').toString('utf8')) ?? [];
  if (!organizationId || !messageId || !attempt) return null;
  return { organizationId, messageId, attempt: Number(attempt) };
}
