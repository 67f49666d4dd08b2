// The benchmarks work: each measure in its smallest form, once, on a stand of its own. A ratio comes out and the ledger adds up
// (every measure ends with the audit, which throws); how fast anything is, no test says.
import { findRedisServer } from "@inventory-sync/local";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measures } from "./catalog.ts";
import { figureOf, percentile, type Result, ratioOf, reaches, sizesOf } from "./support/measure.ts";
import { tableOf } from "./support/report.ts";
import { openStand, type Stand } from "./support/stand.ts";

const smallest = sizesOf({ quick: true, scale: 0.0001, rounds: 1 });

describe.runIf(findRedisServer() !== undefined)("each measure in its smallest form", () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await openStand({ fsync: "off" });
  });
  afterAll(() => stand.close());

  test.each(measures.map((measure) => [measure.name, measure] as const))("%s gives a ratio", async (_name, measure) => {
    const results = await measure.run(stand, smallest);
    for (const id of measure.ids) expect(results.map((result) => result.id)).toContain(id);
    for (const { ratio, product, reference } of results) {
      expect(ratio.median).toBeGreaterThan(0);
      expect(product.rounds).toHaveLength(1);
      expect(reference.median).toBeGreaterThan(0);
    }
    expect(tableOf(results)).toContain(measure.ids[0]);
  });
});

test("every benchmark from B1 to B13 has its measure", () => {
  const wanted = Array.from({ length: 13 }, (_, index) => `B${index + 1}`);
  expect(measures.flatMap(({ ids }) => ids).sort()).toEqual(wanted.sort());
});

test("the median of an even number of rounds lies between the middle two, and the spread is told", () => {
  expect(figureOf([4, 1, 3, 2])).toMatchObject({ median: 2.5, min: 1, max: 4 });
  expect(figureOf([5, 1, 3])).toMatchObject({ median: 3 });
});

test("a ratio is taken round by round", () => {
  expect(ratioOf([10, 30], [10, 15]).rounds).toEqual([1, 2]);
});

test("the 99th percentile of a hundred values is the second largest", () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(values, 0.99)).toBe(99);
  expect(percentile(values, 1)).toBe(100);
});

test("a result is told that misses its target, in either direction", () => {
  const result: Result = {
    ...{ id: "B0", what: "", unit: "", referenceIs: "", target: { ratioMin: 0.8 } },
    ...{ product: figureOf([7]), reference: figureOf([10]), ratio: figureOf([0.7]) },
  };
  expect(reaches(result)).toBe(false);
  expect(reaches({ ...result, target: { ratioMax: 0.8 } })).toBe(true);
  expect(reaches({ ...result, target: { ratioMax: 0.8, productMax: 6 } })).toBe(false);
});
