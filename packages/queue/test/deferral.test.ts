// How long a deferred job waits until its next try.
import { expect, it } from "vitest";
import { deferralMs } from "../src/consumer/consumer.ts";

const rows: readonly [what: string, firstMs: number, deferrals: number, ms: number][] = [
  ["a lock is looked at again soon at first", 50, 0, 50],
  ["… then less often", 50, 2, 112.5],
  ["… and never less than every quarter of a second", 50, 1_000, 250],
  ["the file before is asked for again within five seconds", 1_000, 1_000, 5_000],
  ["a wait for a known time is as long after a hundred others as at first", 10_100, 100, 10_100],
];

it.each(rows)("%s", (_, firstMs, deferrals, ms) => {
  for (let time = 0; time < 100; time++) {
    const wait = deferralMs(firstMs, deferrals);
    expect(wait).toBeGreaterThanOrEqual(Math.floor(ms * 0.8));
    expect(wait).toBeLessThanOrEqual(Math.ceil(ms * 1.2));
  }
});
