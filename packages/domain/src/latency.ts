// Times as counts in buckets: many workers can add theirs up, and a percentile can be told of any span of time afterwards.

/** Upper bounds of the buckets in milliseconds, each at most about twice the one before; a last bucket takes what is longer. */
export const latencyBoundsMs = [
  ...[2, 5, 10, 15, 20, 30, 50, 75, 100, 150, 250, 400, 650, 1_000, 1_500, 2_500, 4_000, 6_500, 10_000, 20_000, 40_000],
  ...[60_000, 120_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 86_400_000],
] as const;

/** Counts of nothing: one for each bucket. */
export function noLatencies(): number[] {
  return new Array<number>(latencyBoundsMs.length + 1).fill(0);
}

/** The bucket that a time falls into. A time below zero (two clocks that differ) counts as none. */
export function latencyBucket(ms: number): number {
  const bucket = latencyBoundsMs.findIndex((bound) => ms <= bound);
  return bucket < 0 ? latencyBoundsMs.length : bucket;
}

/**
 * The time within which a share of the counted ones were, in milliseconds, taking each bucket as evenly filled; null when
 * nothing was counted. Of times beyond the last bound it says that bound.
 * @param share from 0 to 1, such as 0.95
 */
export function latencyPercentile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = share * total;
  for (const [bucket, count] of counts.entries()) {
    if (left > count || count === 0) {
      left -= count;
      continue;
    }
    const from = latencyBoundsMs[bucket - 1] ?? 0;
    const to = latencyBoundsMs[bucket] ?? from;
    return from + ((to - from) * left) / count;
  }
  return latencyBoundsMs.at(-1) ?? null;
}
