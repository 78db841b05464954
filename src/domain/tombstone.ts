/** That a contact was erased: what has to be done again after a backup from before was restored. Nothing in it is personal. */
export type Tombstone = {
  readonly organizationId: string;
  readonly contactId: string;
  readonly erasedAt: Date;
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One line of JSON, without its end. */
export function tombstoneLine({ organizationId, contactId, erasedAt }: Tombstone): string {
  return JSON.stringify({ organizationId, contactId, erasedAt: erasedAt.toISOString() });
}

/** The tombstones of a text, and how many of its lines are none; a crash may have torn one, which was then written again. */
export function tombstonesIn(text: string): { readonly tombstones: readonly Tombstone[]; readonly unreadable: number } {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const tombstones = lines.map(tombstoneOf).filter((found) => found !== null);
  return { tombstones, unreadable: lines.length - tombstones.length };
}

function tombstoneOf(line: string): Tombstone | null {
  try {
    const { organizationId, contactId, erasedAt } = JSON.parse(line) as Partial<Record<keyof Tombstone, unknown>>;
    const at = new Date(String(erasedAt));
    if (!isId(organizationId) || !isId(contactId) || Number.isNaN(at.getTime())) return null;
    return { organizationId, contactId, erasedAt: at };
  } catch {
    return null;
  }
}

const isId = (value: unknown): value is string => typeof value === 'string' && uuid.test(value);
