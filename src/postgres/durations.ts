/** Upper bounds in milliseconds: each is at most half as long again as the one before. What is longer has none. */
const bounds = [
  1, 1.5, 2, 3, 4, 6, 8, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1_000, 1_500, 2_000, 3_000,
  4_000, 6_000, 8_000, 10_000, 15_000, 30_000,
] as const;

/** The bucket that a duration falls into. */
export function bucketOf(ms: number): number {
  const index = bounds.findIndex((bound) => ms <= bound);
  return index < 0 ? bounds.length : index;
}

/**
 * How many milliseconds this share of the durations took at most, as far as the buckets tell: the bound of the bucket
 * that the last of them is in. Null where nothing was counted, or where it is beyond all bounds.
 */
export function quantile(buckets: ReadonlyMap<number, number>, share: number): number | null {
  const total = [...buckets.values()].reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of [...buckets].sort(([one], [other]) => one - other)) {
    seen += count;
    if (total > 0 && seen >= total * share) return bounds[bucket] ?? null;
  }
  return null;
}
