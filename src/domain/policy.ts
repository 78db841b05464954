/** What operators do not set. */
export const fixedPolicy = {
  maxHeld: 1_000,
  backoffMs: 1_000,
  maxBackoffMs: 5 * 60 * 1_000,
} as const;
