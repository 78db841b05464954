/** The name of an organization's log, and of the key that signs it. */
export function originOf(organizationId: string): string {
  return `assent/${organizationId}`;
}
