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
  /** When the caller's permission ends; null when it has no end. */
  readonly expiresAt: Date | null;
  /** What the key of a partner allows; null for people. */
  readonly partner: PartnerAccess | null;
};

const rules: Readonly<Record<Role, readonly Action[]>> = {
  agent: ['read', 'write'],
  supervisor: ['read'],
  admin: ['read', 'write', 'administer'],
  // What a partner may run is limited by the documents that are published for it.
  partner: ['read', 'write'],
};

/** The one rule of roles: whether a caller of this role may do it. */
export function isAllowed(role: Role, action: Action): boolean {
  return rules[role].includes(action);
}
