import type { TransitionView } from './readers.js';

/**
 * A hint to read, never the news itself: of one contact (its messages changed), or of the organization's feed (new
 * positions; `contactId` null).
 */
export type Wake = { readonly organizationId: string; readonly contactId: string | null };

/** Hints within the process and across servers. Losing one costs time, not data. */
export interface Wakes {
  publish(wakes: readonly Wake[]): void;
  subscribe(organizationId: string, listener: (wake: Wake) => void): () => void;
}

/** Positions that an organization's transitions were given at once: the last of them, and how many. */
export type Placement = { readonly organizationId: string; readonly through: bigint; readonly placed: number };

/** Transitions as they get their positions on the server that leads, so that the others need not read the log. */
export interface Batches {
  /**
   * Each batch is in order and without a gap. Batches may be lost or repeated, and may overlap: what is missing is in
   * the log.
   */
  subscribe(organizationId: string, listener: (transitions: readonly TransitionView[]) => void): () => void;
}
