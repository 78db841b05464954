import type { Viewer } from '../viewer.js';

/** What hangs on a caller after they were let in: who they are, and by which token or key. */
export type Permission = Pick<Viewer, 'organizationId' | 'subject' | 'issuedAt' | 'partner'>;

export interface Revocations {
  /**
   * For each in its order, whether it still counts: its organization is there, and its token or key was not taken back
   * or has ended. One statement for all.
   */
  stillValid(permissions: readonly Permission[]): Promise<readonly boolean[]>;
}
