/** What metrics need beyond prom-client: histograms counted elsewhere. */
import { expect, test } from "vitest";
import { countedHistogram, createMetrics } from "../src/index.ts";

test("a histogram that is counted elsewhere is told like any other, as it stands when asked", async () => {
  const registry = createMetrics("test");
  const counted = { counts: [1, 0, 2], sum: 9.5 };
  countedHistogram({ name: "took_seconds", help: "h", registers: [registry], bounds: [0.1, 1], read: () => counted });
  counted.counts[1] = 4;
  const lines = (await registry.metrics()).split("\n").filter((line) => /took_seconds/.test(line));
  expect(lines).toEqual([
    ...["# HELP took_seconds h", "# TYPE took_seconds histogram"],
    ...['took_seconds_bucket{le="0.1",app="test"} 1', 'took_seconds_bucket{le="1",app="test"} 5'],
    ...['took_seconds_bucket{le="+Inf",app="test"} 7', 'took_seconds_sum{app="test"} 9.5'],
    'took_seconds_count{app="test"} 7',
  ]);
});
