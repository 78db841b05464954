/** What can be found by a global id. */
export type GlobalIdType = 'Contact' | 'Message' | 'Organization' | 'OptInRequest';

export type GlobalId = { readonly type: GlobalIdType; readonly id: string };

const shape =
  /^(?<type>Contact|Message|Organization|OptInRequest):(?<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/;

/** The id that callers see: opaque, and unique across all types. */
export function toGlobalId(type: GlobalIdType, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url');
}

/** Reads an id that callers sent; null for anything that `toGlobalId` does not make. */
export function readGlobalId(globalId: string): GlobalId | null {
  const text = Buffer.from(globalId, 'base64url').toString();
  const parts = shape.exec(text)?.groups as GlobalId | undefined;
  if (!parts || toGlobalId(parts.type, parts.id) !== globalId) return null;
  return { type: parts.type, id: parts.id };
}

/** The id behind a global id of this type; null for another type's and for garbage. */
export function fromGlobalId(type: GlobalIdType, globalId: string): string | null {
  const read = readGlobalId(globalId);
  return read?.type === type ? read.id : null;
}
