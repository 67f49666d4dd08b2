// Latencies as counts: what falls where, and what a percentile says.
import { latencyBoundsMs, latencyBucket, latencyPercentile, noLatencies } from "@inventory-sync/domain";
import { describe, expect, it } from "vitest";

const counted = (times: readonly number[]): number[] => {
  const counts = noLatencies();
  for (const time of times) counts[latencyBucket(time)] = (counts[latencyBucket(time)] ?? 0) + 1;
  return counts;
};

describe("latencies", () => {
  it("fall into the first bucket whose bound they do not exceed", () => {
    for (const [bucket, bound] of latencyBoundsMs.entries()) {
      expect(latencyBucket(bound)).toBe(bucket);
      expect(latencyBucket(bound + 0.1)).toBe(bucket + 1);
    }
    expect(latencyBucket(-5)).toBe(0);
  });

  it("tell a percentile within the width of a bucket, and none of nothing", () => {
    const times = Array.from({ length: 1_000 }, (_, index) => index + 1);
    const counts = counted(times);
    for (const share of [0.05, 0.5, 0.95, 1]) {
      const told = latencyPercentile(counts, share) ?? Number.NaN;
      expect(Math.abs(told - share * 1_000)).toBeLessThan(share * 1_000 * 0.1);
    }
    expect(latencyPercentile(counted([7 * 86_400_000]), 0.5)).toBe(86_400_000);
    expect(latencyPercentile(noLatencies(), 0.5)).toBeNull();
  });
});
