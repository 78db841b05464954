/** What an agent may do goes by the role: see may.ts. */
export const roles = ['agent', 'supervisor', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who is calling, checked, and for which organization. Nothing that it asks for leaves that organization. */
export type Viewer = {
  readonly kind: 'AGENT';
  /** Who it is, by the id that the organization's own login gives. */
  readonly subject: string;
  readonly name: string;
  readonly role: Role;
  readonly organizationId: string;
  readonly organizationSlug: string;
  /** The language that it reads. */
  readonly locale: string;
  /** When its token ends; null when it has no end. */
  readonly expiresAt: Date | null;
};
