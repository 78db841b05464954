/** How long a test waits for a fact. A fact comes in milliseconds; this is for a machine that is slow and busy. */
export const patience = { timeout: 30_000, interval: 20 } as const;
