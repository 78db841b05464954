const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The place of a contact in the list of contacts. */
export type ContactKey = { readonly name: string; readonly id: string };

/** The place of a contact in the list that is ordered by name, as a cursor. */
export function encodeContactCursor({ name, id }: ContactKey): string {
  return encode({ name, id });
}

/** Null for anything that is no cursor of that list. */
export function decodeContactCursor(cursor: string): ContactKey | null {
  const { name, id } = decode(cursor);
  if (typeof name !== 'string' || typeof id !== 'string' || name.includes('\0') || !uuid.test(id)) return null;
  return { name, id };
}

/** The place of a message in its conversation, as a cursor. */
export function encodeMessageCursor(number: number): string {
  return encode({ message: number });
}

/** Null for anything that is no cursor of a conversation. */
export function decodeMessageCursor(cursor: string): number | null {
  const { message } = decode(cursor);
  return typeof message === 'number' && Number.isInteger(message) && message > 0 && message < 2 ** 31 ? message : null;
}

function encode(key: object): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function decode(cursor: string): Readonly<Record<string, unknown>> {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return typeof key === 'object' && key !== null ? { ...key } : {};
  } catch {
    return {};
  }
}
