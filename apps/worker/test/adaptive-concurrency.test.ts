// How many facility resets run at once beside sales.
import { describe, expect, it } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { adaptiveConcurrency } from "../src/resets/adaptive-concurrency.ts";

const quietMs = 40;

function paced(given: { most: number; cores: number }) {
  const limits: number[] = [];
  return { limits, pace: adaptiveConcurrency({ limit: (jobs) => limits.push(jobs) }, { ...given, quietMs }) };
}

describe("facility resets beside sales", () => {
  it.each([
    ["one of two on two cores", { most: 2, cores: 2 }, 1],
    ["one of two on a single core", { most: 2, cores: 1 }, 1],
    ["three of eight on four cores", { most: 8, cores: 4 }, 3],
  ])("are %s, until nothing has been sold for a while", async (_name, given, least) => {
    const { limits, pace } = paced(given);
    pace.onSales();
    pace.onSales();
    expect(limits).toEqual([least]);
    await eventually(() => limits.length === 2);
    expect(limits).toEqual([least, given.most]);
    pace.onSales();
    expect(limits).toEqual([least, given.most, least]);
    pace.stop();
  });

  it("stay few for as long as sales go on", async () => {
    const { limits, pace } = paced({ most: 2, cores: 2 });
    const startedAt = performance.now();
    await eventually(
      () => {
        pace.onSales();
        return performance.now() - startedAt > 4 * quietMs;
      },
      { everyMs: 5 },
    );
    expect(limits[0]).toBe(1);
    // A machine that does not run this for longer than the quiet time makes it quiet; each widening is then followed by a narrowing.
    expect(limits.length % 2).toBe(1);
    pace.stop();
  });

  it.each([
    { most: 1, cores: 2 },
    { most: 2, cores: 3 },
  ])("are as many as ever where there are cores enough: $most on $cores", ({ most, cores }) => {
    const { limits, pace } = paced({ most, cores });
    pace.onSales();
    expect(limits).toEqual([]);
    pace.stop();
  });
});
