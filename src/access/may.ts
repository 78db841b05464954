import type { Role } from './viewer.js';

/** read: whatever the organization has. write: what reaches contacts. administer: the organization itself. */
export type Action = 'read' | 'write' | 'administer';

const rules: Readonly<Record<Role, readonly Action[]>> = {
  agent: ['read', 'write'],
  supervisor: ['read'],
  admin: ['read', 'write', 'administer'],
};

/** The one place that says what a role allows. */
export function may(role: Role, action: Action): boolean {
  return rules[role].includes(action);
}
