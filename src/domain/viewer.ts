import type { PartnerAccess } from './partner.js';

/** The roles of people, as their tokens name them. */
export const agentRoles = ['agent', 'supervisor', 'admin'] as const;
export type AgentRole = (typeof agentRoles)[number];

/** What a caller is: a person by their role, or a partner's system with its key. */
export type Role = AgentRole | 'partner';

/** read: whatever the organization has. write: what reaches contacts. administer: the organization itself. */
export type Action = 'read' | 'write' | 'administer';

/** Who is calling, already checked, and for which organization; nothing of another organization is theirs to see. */
export type Viewer = {
  /** The name of the caller where they come from: a token's subject, a key's id. */
  readonly subject: string;
  readonly name: string | null;
  readonly role: Role;
  readonly organizationId: string;
  readonly organizationSlug: string;
  /** The language that sentences for the caller are written in. */
  readonly locale: string;
  /** When the caller's token was made; null where it does not say, and for a key. */
  readonly issuedAt: Date | null;
  /** When the caller's permission ends; null when it has no end. */
  readonly expiresAt: Date | null;
  /** What the key of a partner allows; null for people. */
  readonly partner: PartnerAccess | null;
};

/** What each role may do. A partner's key narrows this further, and so do the documents published for the partner. */
const rules: Readonly<Record<Role, readonly Action[]>> = {
  agent: ['read', 'write'],
  supervisor: ['read'],
  admin: ['read', 'write', 'administer'],
  partner: ['read', 'write'],
};

/** The one rule of who may do what: a caller may what the role allows, and a partner of that what its key's scopes name. */
export function isAllowed({ role, partner }: Pick<Viewer, 'role' | 'partner'>, action: Action): boolean {
  if (!rules[role].includes(action)) return false;
  return role !== 'partner' || (partner?.scopes.some((scope) => scope === action) ?? false);
}
